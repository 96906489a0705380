"""The guide to the command line, held to what it says: its snippets are run as they stand."""

import re
import shutil
import subprocess
import tomllib

import pytest

from partnercenter_qual import Emulator
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
    {"all.csv": "customer_id"},
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


def test_every_snippet_is_run() -> None:
    assert len(SNIPPETS) == len(EXPECTED)


@pytest.mark.parametrize(
    ("snippet", "expected"), list(zip(SNIPPETS, EXPECTED, strict=True)), ids=range(len(SNIPPETS))
)
def test_a_snippet_does_what_it_shows(shell: Pcq, snippet: str, expected: dict[str, str]) -> None:
    if "jq " in snippet and not shutil.which("jq"):
        pytest.skip("there is no jq")
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
    for name, words in expected.items():
        content = (shell.folder / name).read_text("utf-8", "replace") if name else done.stdout
        assert re.search(words, content, re.DOTALL), content


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
