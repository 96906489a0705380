"""`pcq ledger ...`: questions to a ledger, without any call to the service."""

import json
from typing import Any

import pytest

from partnercenter_qual import Emulator, Ledger
from partnercenter_qual.cli import _columns as columns

from .commands import Pcq

QUESTIONS = {
    "latest": columns.LATEST,
    "history": columns.HISTORY,
    "changes": columns.CHANGE,
    "pending": columns.PENDING,
    "submissions": columns.SUBMISSIONS,
    "diff": columns.DIFFERENCE,
}


@pytest.fixture
def book(pcq: Pcq, emulator: Emulator) -> str:
    """Give a ledger that has seen a request, its denial, and everybody else."""
    school = emulator.customer_ids[0]
    path = str(pcq.folder / "q.db")
    with emulator.client() as client:
        asked = {"customer_id": school, "qualification": "Education", "education_segment": "K12"}
        client.apply([asked], ledger=path).collect()
        client.sweep(ledger=path).collect()
        emulator.decide(school, "Education", "Denied", "Not an Academic Domain")
        client.sweep(ledger=path).collect()
    return path


def asked(pcq: Pcq, question: str, *arguments: str) -> list[dict[str, Any]]:
    told = pcq.result("ledger", question, *arguments, "--ledger", "q.db", "-o", "jsonl")
    return [json.loads(line) for line in told.splitlines()]


def test_every_question(pcq: Pcq, emulator: Emulator, book: str) -> None:
    school, calls = emulator.customer_ids[0], len(emulator.journal)
    arguments = {"history": [school], "diff": ["2020-01-01", "2999-01-01"]}
    answers = {name: asked(pcq, name, *arguments.get(name, [])) for name in QUESTIONS}
    assert {name: len(rows) for name, rows in answers.items()} == {
        "latest": 5,
        "history": 3,
        "changes": 2,
        "pending": 0,
        "submissions": 1,
        "diff": 1,
    }
    for name, rows in answers.items():
        assert all(tuple(row) == QUESTIONS[name] for row in rows), name
    assert answers["changes"][-1]["reason"] == "Not an Academic Domain"
    assert len(emulator.journal) == calls
    assert book


@pytest.mark.usefixtures("book")
def test_yes_and_no_are_words(pcq: Pcq) -> None:
    diff = ("ledger", "diff", "2020-01-01", "2999-01-01", "--ledger", "q.db")
    table = pcq.result(*diff, "--fields", "is_new,is_gone", "-o", "table")
    assert [line.split() for line in table.splitlines()[:2]] == [
        ["is", "new", "is", "gone"],
        ["yes", "no"],
    ]
    assert pcq.result(*diff, "--fields", "is_new,is_gone", "-o", "csv").split() == [
        "is_new,is_gone",
        "true,false",
    ]


@pytest.mark.usefixtures("book")
def test_arguments_narrow_the_answer(pcq: Pcq) -> None:
    assert asked(pcq, "changes", "--since", "2999-01-01") == []
    assert asked(pcq, "submissions", "--state", "refused") == []


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["changes", "--since", "soon", "--ledger", "q.db"], "since: 'soon' was refused"),
        (["diff", "2999-01-01", "2020-01-01", "--ledger", "q.db"], "later"),
        (["submissions", "--state", "lost", "--ledger", "q.db"], "'lost' is not one of"),
        (["latest", "--ledger", "none.db"], "there is no none.db yet"),
        (["latest", "--ledger", "sqlite:///none.db"], "there is no none.db yet"),
        (["latest", "--ledger", "mysql://host/q"], "was refused"),
        (["latest"], "Pass --ledger"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_asked(pcq: Pcq, arguments: list[str], told: str) -> None:
    done = pcq.run("ledger", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert not (pcq.folder / "none.db").exists()


def test_what_is_no_ledger(pcq: Pcq) -> None:
    (pcq.folder / "q.db").write_text("nothing of the kind" * 100)
    done = pcq.run("ledger", "latest", "--ledger", "q.db")
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("pcq: error: ")


def test_columns_of_a_plan_and_of_results(pcq: Pcq, emulator: Emulator) -> None:
    row = {"customer_id": emulator.customer_ids[0], "qualification": "StateOwnedEntity"}
    with emulator.client() as client, Ledger(pcq.folder / "q.db") as ledger:
        plan = client.apply([row], ledger=ledger, dry_run=True)
        results = client.apply([row], ledger=ledger).collect()
    assert plan.column_names == list(columns.PLAN)
    assert results.column_names == list(columns.APPLY)
