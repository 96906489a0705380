"""The guide to the command line, held to what it says: its snippets are run as they stand."""

import csv
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from partnercenter_qual import CustomerResult, Emulator
from partnercenter_qual.cli import _configuration as configuration
from partnercenter_qual.cli._failures import Exit
from partnercenter_qual.cli._settings import FORMATS

from .commands import Pcq
from .snippets import ROOT, snippets

GUIDE = "docs/cli.md"
TEXT = (ROOT / GUIDE).read_text("utf-8")
SNIPPETS = snippets(GUIDE, "sh")

# What each leaves: words of its stdout, or files and words in them, in the order of the page.
EXPECTED: list[dict[str, str]] = [
    {"quals.csv": "Denied"},
    {"": "1 row\n"},
    {"": "customer_id,qualification"},
    {"results.csv": "answered"},
    {"quals.parquet": "PAR1", "quals.jsonl": "vetting_status"},
    {"pcq.bash": "complete", "_pcq": "compdef", "pcq.fish": "complete", "pcq.ps1": "Register"},
    {"": "1 Not an Academic Domain"},
    {"ask.csv": "customer_id,qualification,education_segment\n.*Education"},
    {"all.jsonl": "customer_id", "again.jsonl": "^$"},
    {"": "Denied"},
]


@pytest.fixture
def shell(pcq: Pcq, emulator: Emulator) -> Pcq:
    """Set up what the page takes for granted."""
    ids = emulator.customer_ids
    emulator.decide(ids[0], "Education", "InReview")
    with emulator.client() as client:
        client.sweep(ledger=pcq.folder / "quals.db").collect()
        emulator.decide(ids[0], "Education", "Denied", "Not an Academic Domain")
        client.sweep(ledger=pcq.folder / "quals.db").collect()
    rows = "".join(f"{each},Education,K12\n" for each in ids[1:3])
    sheet = f"customer_id,qualification,education_segment\n{rows}"
    (pcq.folder / "requests.csv").write_text(sheet)
    del pcq.env["PARTNERCENTER_ACCESS_TOKEN"]
    pcq.env |= {"PCQ_PROFILE": "emulator", "PATH": pcq.install(), "ID": ids[3]}
    return pcq


def run(shell: Pcq, snippet: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["/bin/sh", "-euc", snippet],
        cwd=shell.folder,
        env=shell.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=55,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_every_snippet_is_run() -> None:
    assert len(SNIPPETS) == len(EXPECTED)


@pytest.mark.parametrize(
    ("snippet", "expected"), list(zip(SNIPPETS, EXPECTED, strict=True)), ids=range(len(SNIPPETS))
)
def test_a_snippet_does_what_it_shows(shell: Pcq, snippet: str, expected: dict[str, str]) -> None:
    if "jq " in snippet and not shutil.which("jq"):
        pytest.skip("there is no jq")
    done = run(shell, snippet)
    for name, words in expected.items():
        content = (shell.folder / name).read_text("utf-8", "replace") if name else done.stdout
        assert re.search(words, content, re.DOTALL), content


def recipe(word: str) -> str:
    (found,) = (each for each in SNIPPETS if word in each)
    return found


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[Pcq]:
    """Serve customers with all kinds of qualifications, several at once too."""
    mix = {"Education": 0.2, "Education:Denied": 0.1, "StateOwnedEntity": 0.2}
    with Emulator(120, seed=3, mix=mix) as emulator:
        pcq = Pcq(emulator, tmp_path)
        pcq.env |= {"PATH": pcq.install()}
        yield pcq


@pytest.mark.skipif(not shutil.which("jq"), reason="there is no jq")
def test_the_sheet_has_who_neither_has_education_nor_waits_for_it(mixed: Pcq) -> None:
    emulator, ids = mixed.emulator, mixed.emulator.customer_ids
    with emulator.client() as client:
        none = next(each for each in client.sweep(ids) if not each.qualifications).customer_id
        emulator.decide(none, "Education", "InReview")
        both = next(each for each in client.sweep(ids) if names(each) == ["Education"]).customer_id
        client.update_qualification(both, "StateOwnedEntity")
        lost = next(each for each in client.sweep(ids) if not each.qualifications).customer_id
        wanted = {
            each.customer_id
            for each in client.sweep(ids)
            if each.customer_id != lost
            and not any(
                item.qualification == "Education" and item.vetting_status != "Denied"
                for item in each.qualifications
            )
        }
    emulator.inject(404, customer_id=lost, times=None)
    run(mixed, recipe("ask.csv"))
    rows = list(csv.DictReader((mixed.folder / "ask.csv").read_text("utf-8").splitlines()))
    assert {row["customer_id"] for row in rows} == wanted
    assert len(rows) == len(wanted)
    assert {(row["qualification"], row["education_segment"]) for row in rows} == {
        ("Education", "K12")
    }


def names(result: CustomerResult) -> list[str]:
    return [str(each.qualification) for each in result.qualifications]


@pytest.mark.skipif(not shutil.which("jq"), reason="there is no jq")
def test_those_that_failed_are_read_once_more_and_no_others(mixed: Pcq) -> None:
    emulator = mixed.emulator
    failing = set(emulator.customer_ids[5:8])
    for customer in failing:
        emulator.inject(404, customer_id=customer)
    run(mixed, recipe("again.jsonl"))
    again = [json.loads(line) for line in (mixed.folder / "again.jsonl").read_text().splitlines()]
    assert {row["customer_id"] for row in again} == failing
    assert {row["error_code"] for row in again} == {None}
    assert len(emulator.find_requests(path="qualifications")) == len(emulator.customer_ids) + 3


def test_the_profiles_are_in_order(pcq: Pcq, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = snippets(GUIDE, "toml")
    pcq.configuration.write_text(text)
    monkeypatch.setenv("PCQ_CONFIG", str(pcq.configuration))
    assert configuration.profiles().keys() == tomllib.loads(text)["profiles"].keys()
    for name in configuration.TEXTS + configuration.PATHS + configuration.NUMBERS:
        assert re.search(rf"\b{name}\b", TEXT), name


def test_tables_are_complete() -> None:
    codes = re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE)
    assert [int(code) for code in codes] == sorted(Exit)
    forms = re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)
    assert set(FORMATS) <= set(forms)
