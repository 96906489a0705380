"""README's snippets, run as they stand against the emulator."""

import io
import json
import re
import sys
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
    r"",
    r"CredentialReport: no problems\n(.*\n)+.*",
]


class User(io.StringIO):
    """Reads stderr, and signs in when told to."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        self._emulator = emulator

    def write(self, text: str, /) -> int:
        code = re.search(r"enter the code (\w+)", text)
        if code:
            self._emulator.approve_device_code(code[1])
        return len(text)


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
        names = {
            "customer_id": customer_id,
            "tenant_id": emulator.tenant_id,
            "client_id": emulator.client_id,
        }
        if "RefreshTokenCredential" in snippet:  # the snippet before it made the file
            store = tmp_path / "token.json"
            store.touch(0o600)
            store.write_text(json.dumps({"refresh_token": emulator.refresh_token}))
        emulator.decide(customer_id, "Nonprofit", "Approved")
        monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", emulator.access_token())
        monkeypatch.setenv("PARTNERCENTER_BASE_URL", emulator.url)
        monkeypatch.setenv("PARTNERCENTER_AUTHORITY", emulator.authority)
        monkeypatch.setattr(sys, "stderr", User(emulator))
        run(snippet, "README.md", names)
    assert re.fullmatch(expected, capsys.readouterr().out.strip())
