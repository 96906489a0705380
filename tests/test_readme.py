"""README's snippets, run as they stand against the emulator."""

import re
from pathlib import Path

import pytest

from partnercenter_qual import Emulator

from .snippets import run, snippets

SNIPPETS = snippets("README.md")

# What each prints, in the order of the page.
EXPECTED = [
    r"Nonprofit Approved None",
    r"SweepTable, 5 rows: Approved 1, none 4\n(.+\n)+.+",
    r"(.+ \[('Nonprofit')?\]\n){4}.+ \[('Nonprofit')?\]",
    r"Approved None",
    r"([0-9a-f-]{36} [01]\n){4}[0-9a-f-]{36} [01]",
    r"\[Qualification\(qualification=Education, vetting_status=(Approved|Denied), .*\)\]",
    r"([1-5] answered \n){5}Apply: 5 of 5 rows done: 5 answered",
    r"",  # the last line of a cell shows in a notebook alone
]


def test_every_snippet_is_run() -> None:
    assert len(SNIPPETS) == len(EXPECTED)


@pytest.mark.parametrize(("snippet", "expected"), list(zip(SNIPPETS, EXPECTED, strict=True)))
def test_a_snippet_does_what_it_shows(
    snippet: str,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    with Emulator(customers=5, vetting="immediate") as emulator:
        customer_id = emulator.customer_ids[0]
        lines = [f"{each},Education,K12" for each in emulator.customer_ids]
        names_of_columns = "customer_id,qualification,education_segment"
        (tmp_path / "requests.csv").write_text("\n".join([names_of_columns, *lines]))
        emulator.decide(customer_id, "Nonprofit", "Approved")
        monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", emulator.access_token())
        monkeypatch.setenv("PARTNERCENTER_BASE_URL", emulator.url)
        run(snippet, "README.md", {"customer_id": customer_id})
    assert re.fullmatch(expected, capsys.readouterr().out.strip())
