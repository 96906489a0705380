"""The guide to the emulator, held to what it says: snippets, tables, and requests over HTTP."""

import json
import re
import shlex
from pathlib import Path
from typing import Any, get_type_hints
from urllib.request import Request, urlopen

import pytest

from partnercenter_qual import Emulator
from partnercenter_qual.emulator import VettingRule, Wire

from .snippets import ROOT, run, snippets

GUIDE = "docs/emulator.md"
TEXT = (ROOT / GUIDE).read_text("utf-8")
URL = r"http://127\.0\.0\.1:\d+"

# What each snippet prints, in the order of the page.
EXPECTED = [
    rf"{URL} 500",
    URL,
    r"\[Qualification\(.*=Denied, .*='Not an Academic Domain', .*=StateOwnedEntity, .*\]",
    r"Approved|Denied",
    r"",
]


def table(heading: str) -> list[list[str]]:
    """Give the rows of the first table below a heading, cell by cell."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
    assert re.fullmatch(r"[-|]+", rows[1][0])
    return rows[2:]


def codes(cell: str) -> list[str]:
    """Give what stands in a cell between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def test_every_snippet_is_run() -> None:
    assert len(snippets(GUIDE)) == len(EXPECTED)


@pytest.mark.parametrize(("snippet", "expected"), list(zip(snippets(GUIDE), EXPECTED, strict=True)))
def test_a_snippet_prints_what_it_should(
    snippet: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(snippet, GUIDE)
    assert re.fullmatch(expected, capsys.readouterr().out.strip())


def test_the_snippet_for_pytest_is_a_test_that_passes(pytester: pytest.Pytester) -> None:
    (snippet,) = snippets(GUIDE, "py")
    automation = """
def my_automation(client):
    for customer in client.list_customers():
        client.update_qualification(customer.customer_id, "Education", education_segment="K12")
"""
    pytester.makepyfile(automation + snippet)
    outcome = pytester.runpytest_subprocess()
    outcome.assert_outcomes(passed=1)


def wire_of(wire: Any = None) -> dict[str, Any]:  # noqa: ANN401 - what the guide says
    """Give all switches of an emulator that is made with some."""
    with Emulator(1, wire=wire) as emulator:
        state = json.loads(emulator.snapshot().json)["state"]
        return dict(state["config"]["wire"])


class TestTables:
    def test_columns_of_customers(self, tmp_path: Path) -> None:
        names = [name for row in table("Customers") for name in codes(row[0])]
        assert len(names) == 7
        file = tmp_path / "customers.csv"
        file.write_text(",".join(names))
        Emulator(file).close()

    @pytest.mark.parametrize("row", table("Vetting"), ids=lambda row: str(row[0]))
    def test_ways_to_vet(self, row: list[str]) -> None:
        (vetting,) = codes(row[0])
        Emulator(1, vetting=eval(vetting, {"VettingRule": VettingRule})).close()  # noqa: S307 - our own

    @pytest.mark.parametrize("row", table("Faults"), ids=lambda row: str(row[0]))
    def test_faults(self, row: list[str], emulator: Emulator) -> None:
        for code in codes(row[1]):
            call = code if code.startswith("inject(") else f"inject({code})"
            eval(call, {"inject": emulator.inject})  # noqa: S307 - our own
        assert emulator.faults

    def test_switches_of_the_wire_are_all_there(self) -> None:
        rows = table("Other forms of the wire")
        told = {codes(name)[0]: codes(values) for name, values in rows}
        assert told.keys() == get_type_hints(Wire).keys()

    @pytest.mark.parametrize("row", table("Other forms of the wire"), ids=lambda row: str(row[0]))
    def test_switches_of_the_wire(self, row: list[str]) -> None:
        (switch,) = codes(row[0])
        words = codes(re.sub(r"\(.*?\)|:.*", "", row[1]))  # without what explains them
        spelled: dict[str, Any] = {"True": True, "False": False}
        default, *others = [spelled.get(word, word) for word in words]
        assert wire_of() == wire_of({switch: default})
        assert others
        for other in others:
            assert wire_of() | {switch: other} == wire_of({switch: other})


COMMANDS = [line for line in snippets(GUIDE, "sh")[1].splitlines() if line]


@pytest.mark.parametrize("command", COMMANDS)
def test_requests_over_http_are_answered(command: str, emulator: Emulator) -> None:
    curl, silent, url, *options = shlex.split(command)
    assert (curl, silent) == ("curl", "-s")
    given = dict(zip(options[::2], options[1::2], strict=True))
    headers = dict([given["-H"].split(": ")]) if "-H" in given else {}
    body = given["-d"].encode() if "-d" in given else None
    url = re.sub(rf"^{URL}", emulator.url, url)
    with urlopen(Request(url, body, headers)) as answer:  # noqa: S310 - our own
        assert answer.status == (201 if "faults" in url else 200)
