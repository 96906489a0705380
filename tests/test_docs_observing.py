"""The page about logging, hooks and traces: its snippets run, each as a program of its own."""

import json
import os
import subprocess
import sys

import pytest

from partnercenter_qual import Emulator
from partnercenter_qual._hooks import HOOKS

from .snippets import ROOT, snippets

PAGE = "docs/observing.md"


def run(emulator: Emulator, number: int) -> tuple[str, str]:
    """Give what a snippet writes to stdout and stderr."""
    customer_id = emulator.customer_ids[0]
    program = f"customer_id = {customer_id!r}\n" + snippets(PAGE)[number]
    environment = os.environ | {
        "PARTNERCENTER_BASE_URL": emulator.url,
        "PARTNERCENTER_ACCESS_TOKEN": emulator.access_token(),
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout, done.stderr


class TestSnippets:
    def test_logging(self, emulator: Emulator) -> None:
        _, said = run(emulator, 0)
        path = f"/v1/customers/{emulator.customer_ids[0]}/qualifications"
        (line,) = said.splitlines()
        assert line.startswith(f"DEBUG GET {path}: 200 in ")

    def test_hooks(self, emulator: Emulator) -> None:
        shown, _ = run(emulator, 1)
        assert shown == f"Counter({{200: {len(emulator.customer_ids) + 1}}})\n"

    def test_opentelemetry(self, emulator: Emulator) -> None:
        shown, _ = run(emulator, 2)
        span = json.loads(shown)
        assert span["name"] == "GET /v1/customers/{customer_id}/qualifications"
        assert span["attributes"]["http.response.status_code"] == 200

    def test_there_are_no_others(self) -> None:
        assert len(snippets(PAGE)) == 3


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_explained(name: str) -> None:
    assert f"\n| `{name}` |" in (ROOT / PAGE).read_text()
