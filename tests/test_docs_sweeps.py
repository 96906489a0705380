"""The guide to sweeps, held to what it says: its snippets and its table of columns."""

import re
from pathlib import Path

import pytest

from partnercenter_qual import Client, Emulator

from .snippets import ROOT, run, snippets

GUIDE = "docs/sweeps.md"
TEXT = (ROOT / GUIDE).read_text("utf-8")

# What each snippet prints, in the order of the page.
EXPECTED = [
    r"vetting_status\nApproved +3\nName: count, dtype: int64",
    r"SweepTable, 50 rows: Approved 3, none 47\n(.+\n)+.+",
    r"\{'Approved': 3, 'none': 47\}",
    r"\{'Approved': 3, 'none': 47\} 50 50 0 \d+\.\d s",
]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """Give an emulator that the environment leads to."""
    emulator = Emulator(customers=50, seed=1, vetting="immediate")
    for customer_id in emulator.customer_ids[:3]:
        emulator.decide(customer_id, "Education", "Approved")
    monkeypatch.setenv("PARTNERCENTER_BASE_URL", emulator.url)
    monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", emulator.access_token())
    return emulator


def test_every_snippet_is_run() -> None:
    assert len(snippets(GUIDE)) == len(EXPECTED)


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(("snippet", "expected"), list(zip(snippets(GUIDE), EXPECTED, strict=True)))
def test_a_snippet_prints_what_it_should(
    snippet: str, expected: str, emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    with emulator:
        run(snippet, GUIDE, {})
    assert re.fullmatch(expected, capsys.readouterr().out.strip())


def test_the_columns_are_those_of_the_table(client: Client) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", TEXT, re.MULTILINE)
    schema = client.sweep([]).collect().to_pyarrow().schema
    types = {"utf8": "string", "dictionary<int32,": "dictionary", "timestamp[us,": "timestamp"}
    assert [name for name, _ in rows] == schema.names
    for (name, told), found in zip(rows, schema.types, strict=True):
        kind = types.get(told.split(" ")[0], told)
        assert str(found).startswith(kind), name
