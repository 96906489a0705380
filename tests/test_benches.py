"""The benchmarks, run with next to nothing to do: they still run, and still write their page."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = str(ROOT / "benches" / "run.py")
QUICK = ["--ours", "--rounds", "1", "--scale", "0.002"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmarks with the package that is tested."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "python")}
    return subprocess.run(
        [sys.executable, RUN, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=150,
    )


def section(page: str, heading: str) -> str:
    """Give what stands below a heading."""
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """Give the rows of the tables in a text, cell by cell, without those of their heads."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line[:1] == "|"]
    return [[cell.strip() for cell in line] for line in lines if "---" not in line[0]]


# Programs of ours in each part.
PARTS = {
    "(a) Many calls": ["sweep into a table", "sweep into objects", "awaited", "in threads"],
    "(b) Single synchronous calls": ["ours"],
    "(c) Bodies into objects and columns": ["dataclasses", "Arrow table"],
    "(d) Against a limit": ["ours: sweep"],
    "(e) Import": ["import partnercenter_qual"],
    "(f) Memory": ["streamed", "collected into a table"],
    "(g) A ledger": ["apply on SQLite", "apply on PostgreSQL", "awaited", "four of", "a quarter"],
}


@pytest.mark.timeout(160)  # it starts some fifty processes, beside other tests
def test_a_quick_run_measures_our_own_clients_and_writes_the_page(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    done = run(*QUICK, "--output", str(path))
    assert done.returncode == 0, done.stderr
    page = path.read_text("utf-8")
    for heading, programs in PARTS.items():
        measured = rows(section(page, heading))
        for program in programs:
            (first, *_) = [row for row in measured if program in row[0]]
            assert all(re.fullmatch(r"-?[\d,.]+%?", cell) for cell in first[1:]), first
    assert {row[0] for row in rows(section(page, "Goals"))} >= set("12345678")
    facts = dict(rows(section(page, "Machine and versions"))[1:])
    assert facts["command"].startswith("`python benches/run.py --ours")
    assert {"processor", "placement", "medians of", "Python", "partnercenter_qual"} <= set(facts)


def test_one_part_can_be_run_alone() -> None:
    done = run("import", *QUICK)
    assert done.returncode == 0, done.stderr
    headings = re.findall(r"^## (.*)", done.stdout, re.MULTILINE)
    assert headings == ["(e) Import", "Goals", "Machine and versions"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sweeping"], "no such part: sweeping"),
        (["--rounds", "0"], "--rounds is at least 1"),
        (["--scale", "2"], "--scale above 0 and at most 1"),
    ],
)
def test_nonsense_is_refused(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
