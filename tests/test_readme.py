"""README's snippets, run as they stand against the emulator."""

import re
from pathlib import Path

import pytest

from partnercenter_qual import Emulator

README = (Path(__file__).parent.parent / "README.md").read_text()
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)

# What each prints, in the order of the page.
EXPECTED = [
    r"Nonprofit Approved None",
    r"(.+ \[('Nonprofit')?\]\n){4}.+ \[('Nonprofit')?\]",
    r"Approved None",
    r"([0-9a-f-]{36} [01]\n){4}[0-9a-f-]{36} [01]",
    r"\[Qualification\(qualification=Education, vetting_status=(Approved|Denied), .*\)\]",
]


def test_every_snippet_is_run() -> None:
    assert len(SNIPPETS) == len(EXPECTED)


@pytest.mark.parametrize(("snippet", "expected"), list(zip(SNIPPETS, EXPECTED, strict=True)))
def test_a_snippet_does_what_it_shows(
    snippet: str,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Emulator(customers=5, vetting="immediate") as emulator:
        customer_id = emulator.customer_ids[0]
        emulator.decide(customer_id, "Nonprofit", "Approved")
        monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", emulator.access_token())
        monkeypatch.setenv("PARTNERCENTER_BASE_URL", emulator.url)
        exec(compile(snippet, "README.md", "exec"), {"customer_id": customer_id})  # noqa: S102 - our own
    assert re.fullmatch(expected, capsys.readouterr().out.strip())
