"""The guide to the ledger, held to what it says: its snippets and its SQL."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from partnercenter_qual import Emulator

from .snippets import run, snippets

GUIDE = "docs/ledger.md"

# What each snippet prints, in the order of the page; each finds the ledger of those before it.
EXPECTED = [
    r"PlanTable, 20 rows: .+\n(.+\n)+.+",
    r"Apply: 20 of 20 rows done: 20 answered",
    r"\{'InReview': 20\}",
    (
        r"vetting_status\nInReview +20\nName: count, dtype: int64\n20 in review or not answered\n"
        r"20 requests answered\n20 changes"
    ),
]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Emulator]:
    """Give an emulator that the environment leads to, and a file of requests to it."""
    with Emulator(customers=20, seed=1, vetting="manual") as emulator:
        lines = [f"{each};Education;K12" for each in emulator.customer_ids]
        (tmp_path / "requests.csv").write_text(
            "\n".join(["CustomerId;Qualification;EducationSegment", *lines])
        )
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PARTNERCENTER_BASE_URL", emulator.url)
        monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", emulator.access_token())
        yield emulator


def test_every_snippet_does_what_it_says(
    emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    for snippet, expected in zip(snippets(GUIDE), EXPECTED, strict=True):
        run(snippet, GUIDE, {})
        assert re.fullmatch(expected, capsys.readouterr().out.strip())
    assert len(emulator.effects) == 20


def test_the_statement_finds_what_was_approved(emulator: Emulator) -> None:
    school = emulator.customer_ids[0]
    emulator.decide(school, "Education", "Approved")
    for snippet in snippets(GUIDE)[1:3]:
        run(snippet, GUIDE, {})
    (statement,) = snippets(GUIDE, "sql")
    with sqlite3.connect("quals.db") as ledger:
        found = ledger.execute(re.sub(r"'2026-[^']+'", "'9999'", statement)).fetchall()
    ledger.close()
    assert found == [(school,)]
