"""The pages without a test of their own: their snippets run, and their tables are true."""

import io
import json
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

import partnercenter_qual
from partnercenter_qual import Client, Emulator
from partnercenter_qual._environment import _APPLICATION

from .scripted import CUSTOMER_ID, Answer, Scripted
from .snippets import ROOT, run, snippets
from .waiting import until

# What each snippet prints, in the order of each page; each finds what those before it left.
EXPECTED = {
    "docs/quickstart.md": [
        r"(.+\n)+vetting_status\nApproved +\d+\nDenied +\d+\nName: count, dtype: int64",
        r"",
        r"InReview\n(Approved|Denied)",
        r"CredentialReport: no problems\n(.*\n)+.*",
        r"vetting_status\nApproved +1\nInReview +1\nName: count, dtype: int64",
    ],
    "docs/credentials.md": [r"", r"CredentialReport: no problems\n(.*\n)+.*"],
    "docs/vetting.md": [
        r"Approved None",
        r"InReview",
        r"Approved\nApproved\nApproved",
        r"[0-9a-f-]{36} InReview -> Denied Not an Academic Domain",
    ],
    "docs/moving.md": [r"\{'Approved': 1, 'InReview': 1, 'none': 6\}"],
}


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


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Emulator]:
    """Give an emulator that the environment leads to; its last two customers have something."""
    with Emulator(customers=8, seed=1, vetting="immediate") as emulator:
        emulator.decide(emulator.customer_ids[-1], "Education", "InReview")
        emulator.decide(emulator.customer_ids[-2], "Education", "Approved")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PARTNERCENTER_BASE_URL", emulator.url)
        monkeypatch.setenv("PARTNERCENTER_AUTHORITY", emulator.authority)
        monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", emulator.access_token())
        yield emulator


@contextmanager
def denied_meanwhile(emulator: Emulator) -> Iterator[None]:
    """Deny a customer that is in review, once what runs has seen it."""
    customer_id = emulator.customer_ids[-1]
    before = len(emulator.find_requests(customer_id=customer_id))

    def deny() -> None:
        until(lambda: len(emulator.find_requests(customer_id=customer_id)) > before)
        emulator.decide(customer_id, "Education", "Denied", "Not an Academic Domain")

    with ThreadPoolExecutor(1) as pool:
        denial = pool.submit(deny)
        yield
        denial.result()


def beside(snippet: str, emulator: Emulator) -> AbstractContextManager[None]:
    """Give what goes on beside a snippet."""
    return denied_meanwhile(emulator) if "client.watch(" in snippet else nullcontext()


@pytest.mark.parametrize("page", EXPECTED)
def test_every_snippet_does_what_it_shows(
    page: str,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stderr", User(emulator))
    names: dict[str, Any] = {
        "tenant_id": emulator.tenant_id,
        "client_id": emulator.client_id,
        "customer_id": emulator.customer_ids[0],
        "customer_ids": [emulator.customer_ids[-2]] * 3,
        "waiting_customer_id": emulator.customer_ids[-1],
    }
    for snippet, expected in zip(snippets(page), EXPECTED[page], strict=True):
        with beside(snippet, emulator):
            run(snippet, page, dict(names))
        assert re.fullmatch(expected, capsys.readouterr().out.strip()), snippet


def test_every_page_with_snippets_is_tested() -> None:
    tested = "".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    pages = [f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")]
    untested = [page for page in pages if snippets(page) and f'"{page}"' not in tested]
    assert untested == []


class TestShell:
    def test_the_demo_is_a_command(self) -> None:
        *_, start = snippets("docs/quickstart.md", "sh")[0].splitlines()
        assert start.endswith("python -m partnercenter_qual demo")

    def test_the_variables_make_a_credential(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("PARTNERCENTER_ACCESS_TOKEN")
        commands = snippets("docs/quickstart.md", "sh")[1]
        exports = re.findall(r"^export (\w+)=", commands, re.MULTILINE)
        values = (emulator.tenant_id, emulator.client_id, emulator.client_secret)
        for name, value in zip(exports, values, strict=True):
            monkeypatch.setenv(name, value)
        with Client() as client:
            assert client.check_credentials().ok


class TestTables:
    def test_our_calls_beside_theirs_are_there(self) -> None:
        text = (ROOT / "docs/moving.md").read_text("utf-8")
        rows = re.findall(r"^\| .+ \| (.+) \|$", text, re.MULTILINE)
        calls = {call for row in rows for call in re.findall(r"client\.(\w+)\(", row)}
        assert {"get_qualifications", "update_qualification", "sweep"} <= calls
        assert [call for call in calls if not hasattr(Client, call)] == []
        classes = {name for row in rows for name in re.findall(r"`([A-Z]\w+)\(", row)}
        assert classes < {*partnercenter_qual.__all__}

    def test_requests_on_the_wire_are_those_of_the_docstrings(self) -> None:
        text = (ROOT / "docs/wire.md").read_text("utf-8")
        rows = re.findall(r"^\| `(\w+)` \| `(\w+ /v1/\S+)` \| (.+) \|$", text, re.MULTILINE)
        assert len(rows) == 6
        for call, request, title in rows:
            told = re.sub(r"\s+", " ", getattr(Client, call).__doc__)
            assert request in told
            assert title in told

    def test_the_body_of_a_request_is_what_is_sent(self) -> None:
        (body,) = snippets("docs/wire.md", "json")
        told = {"education_segment": "K12", "website": "school.example"}
        answer = Answer({"qualification": "Education"}, status=201)
        with Scripted([answer]) as server, Client("eyJ0.e30.x", base_url=server.url) as client:
            client.update_qualification(CUSTOMER_ID, "Education", **told)
        assert json.loads(server.requests[0].body) == json.loads(body)

    def test_the_variables_are_those_that_are_read(self) -> None:
        text = (ROOT / "docs/credentials.md").read_text("utf-8")
        source = (ROOT / "python/partnercenter_qual/_environment.py").read_text("utf-8")
        read = {*re.findall(r"\b(PARTNERCENTER_[A-Z_]*[A-Z])\b", source)}
        assert {*re.findall(r"`(PARTNERCENTER_\w+)`", text)} == read
        assert {*re.findall(r"`AZURE_(\w+)`", text)} == {*_APPLICATION}


def test_the_api_has_every_public_name_once() -> None:
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "docs/api").glob("*.rst"))
    public = pages.split("currentmodule:: partnercenter_qual.emulator")
    names = re.findall(r"autoclass:: (\w+)", pages)
    assert len(names) == len({*names})
    assert {*partnercenter_qual.__all__} <= {*names}
    assert len(public) == 2
