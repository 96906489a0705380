"""Bad arguments of calls: refused before anything is sent, with an error that names the cure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from partnercenter_qual import Emulator, InvalidArgumentError, QualificationType

from .either import Either
from .scripted import Answer, Scripted

CUSTOMER_ID = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
SURROGATE = "\udcff"

NO_TEXT: list[Any] = [5, 1.5, True, b"x", ["x"], object(), SURROGATE]
NO_GUID: list[Any] = [
    "",
    " ",
    "customer",
    "0c39d6d5-c70d-4c55-bc02-f620844f3fd",
    "0c39d6d5-c70d-4c55-bc02-f620844f3fd11",
    "0c39d6d5-c70d-4c55-bc02-f620844f3fdg",
    "../../audit",
    f"{CUSTOMER_ID}/qualifications",
    f"{CUSTOMER_ID}\r\nX-Evil: 1",
    "00000000-0000-0000-0000-000000000000",
    UUID(int=0),
    "everybody" * 100,
    *NO_TEXT,
]
NO_LENGTH: list[Any] = [
    float("nan"),
    float("inf"),
    float("-inf"),
    -1,
    -0.001,
    1e300,
    10**400,
    True,
    "5",
    b"5",
    timedelta(seconds=5),
]
NO_QUALIFICATION: list[Any] = [
    "",
    "Educatoin",
    "Education,GovernmentCommunityCloud",
    "None",
    "none",
    0,
    5,
    -1,
    10**30,
    QualificationType.NONE,
    QualificationType("Astronomy"),
    True,
    None,
    1.0,
    b"Education",
    SURROGATE,
]
NO_DAY: list[Any] = [
    "",
    "yesterday",
    "07/09/2020",
    "2026-13-01",
    "2026-02-30",
    "20261120x",
    20261120,
    timedelta(days=1),
    *NO_TEXT,
]

Bad = tuple[str, str, list[Any], dict[str, Any]]

EDUCATION = {"qualification": "Education", "education_segment": "K12"}
GCC = {"qualification": "GovernmentCommunityCloud", "validation_code": "12345"}

# A method, the argument at fault, what it may not be, and the other arguments.
CALLS: list[Bad] = [
    ("get_qualifications", "customer_id", [*NO_GUID, None], {}),
    ("get_customer", "customer_id", [*NO_GUID, None], {}),
    ("update_qualification", "customer_id", [*NO_GUID, None], EDUCATION),
    ("update_qualification", "request_id", NO_GUID, EDUCATION),
    ("update_qualification", "qualification", [*NO_QUALIFICATION, "Nonprofit", 2], {}),
    ("update_qualification", "education_segment", [None], {"qualification": "Education"}),
    ("update_qualification", "education_segment", ["", "K-13", *NO_TEXT], EDUCATION),
    ("update_qualification", "education_segment", ["K12"], GCC),
    ("update_qualification", "education_segment", ["K12"], {"qualification": "StateOwnedEntity"}),
    ("update_qualification", "website", ["", " ", *NO_TEXT], EDUCATION),
    ("update_qualification", "website", ["school.example"], GCC),
    ("update_qualification", "website", ["a.example"], {"qualification": "StateOwnedEntity"}),
    (
        "update_qualification",
        "validation_code",
        [None],
        {"qualification": "GovernmentCommunityCloud"},
    ),
    ("update_qualification", "validation_code", ["", " ", *NO_TEXT], GCC),
    ("update_qualification", "validation_code", ["12345"], EDUCATION),
    ("update_qualification", "validation_code", ["12345"], {"qualification": 4}),
    ("wait_for_vetting", "customer_id", [*NO_GUID, None], {"qualification": "Education"}),
    ("wait_for_vetting", "qualification", NO_QUALIFICATION, {}),
    ("wait_for_vetting", "timeout", NO_LENGTH, {"qualification": "Education"}),
    ("wait_for_vetting", "poll_interval", [*NO_LENGTH, 0, 1e-30], {"qualification": "Education"}),
    ("wait_for_vetting", "on_poll", [5, "print"], {"qualification": "Education"}),
]
STREAMS: list[Bad] = [
    ("list_customers", "page_size", [0, -1, 501, 10**30, True, "5", 1.5, None], {}),
    ("list_customers", "name_prefix", ["", " ", *NO_TEXT], {}),
    ("list_audit_records", "start_date", [*NO_DAY, None], {}),
    ("list_audit_records", "end_date", NO_DAY, {"start_date": "2026-11-01"}),
    ("list_audit_records", "end_date", ["2026-10-31"], {"start_date": "2026-11-01"}),
    ("list_audit_records", "customer_id", NO_GUID, {"start_date": "2026-11-01"}),
    ("sweep", "customers", [CUSTOMER_ID, CUSTOMER_ID.encode(), 5, object()], {}),
    ("sweep", "max_concurrency", [0, -1, 10**30, True, "5", 1.5], {}),
    ("sweep", "progress", [5, "bar", None], {}),
]


@dataclass(frozen=True)
class Case:
    """One value that an argument may not have."""

    method: str
    field: str
    value: Any
    others: dict[str, Any]
    number: int

    def __str__(self) -> str:
        shown = ascii(self.value)[:30].partition(" object at")[0]
        kind = self.others.get("qualification", "")
        return f"{self.method}-{kind}-{self.field}-{self.number}-{shown}"


def cases(table: list[Bad]) -> list[Case]:
    return [
        Case(method, field, value, others, number)
        for method, field, values, others in table
        for number, value in enumerate(values)
    ]


def check(error: InvalidArgumentError, field: str) -> None:
    assert isinstance(error, ValueError)
    assert error.field == field
    assert isinstance(error.value, str)
    assert error.cure
    assert str(error).startswith((f"{field}: ", f"{field} is missing: "))
    assert error.args[0].endswith(error.cure)
    assert len(str(error)) < 400
    assert "\n" not in str(error)
    assert error.request_id is None
    str(error).encode()


@pytest.mark.parametrize("case", cases(CALLS), ids=str)
def test_a_bad_argument_of_a_call_is_refused(
    either: Either, emulator: Emulator, case: Case
) -> None:
    arguments = {"customer_id": CUSTOMER_ID, **case.others, case.field: case.value}
    client = either.client(emulator)
    with pytest.raises(InvalidArgumentError) as raised:
        either.call(getattr(client, case.method), **arguments)
    check(raised.value, case.field)
    assert emulator.journal == []


@pytest.mark.parametrize("case", cases(STREAMS), ids=str)
def test_a_bad_argument_of_a_stream_is_refused_at_once(
    either: Either, emulator: Emulator, case: Case
) -> None:
    client = either.client(emulator)
    with pytest.raises(InvalidArgumentError) as raised:
        getattr(client, case.method)(**case.others, **{case.field: case.value})
    check(raised.value, case.field)
    assert emulator.journal == []


def test_a_bad_id_in_a_sweep_is_a_row(either: Either, emulator: Emulator) -> None:
    client = either.client(emulator)
    results = either.list(client.sweep([*NO_GUID, emulator.customer_ids[0]]))
    assert len(results) == len(NO_GUID) + 1
    assert len(emulator.journal) == 1
    for result in results:
        if result.customer_id != emulator.customer_ids[0]:
            assert isinstance(result.error, InvalidArgumentError)
            check(result.error, "customer_id")


def test_an_unknown_argument_is_a_type_error(either: Either, emulator: Emulator) -> None:
    client: Any = either.client(emulator)
    for method in ("get_qualifications", "update_qualification", "list_customers", "sweep"):
        with pytest.raises(TypeError, match="customer_ids"):
            getattr(client, method)(customer_ids=[CUSTOMER_ID])


FORMS: dict[str, str | UUID] = {
    "lower case": CUSTOMER_ID,
    "upper case": CUSTOMER_ID.upper(),
    "bare": UUID(CUSTOMER_ID).hex,
    "bare upper case": UUID(CUSTOMER_ID).hex.upper(),
    "braces": f"{{{CUSTOMER_ID}}}",
    "bare in braces": f"{{{UUID(CUSTOMER_ID).hex}}}",
    "urn": UUID(CUSTOMER_ID).urn,
    "spaces": f"  {CUSTOMER_ID}\t\n",
    "UUID": UUID(CUSTOMER_ID),
}


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted([Answer([])]) as server:
        yield server


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_an_id_is_read_in_any_form_and_sent_in_one(
    either: Either, server: Scripted, form: str | UUID
) -> None:
    assert UUID(str(form).strip()) == UUID(CUSTOMER_ID)
    client = either.client(server)
    either.call(client.get_qualifications, form)
    (result,) = either.list(client.sweep([form]))
    assert result.error is None
    paths = [request.path for request in server.requests]
    assert paths == [f"/v1/customers/{CUSTOMER_ID}/qualifications"] * 2


def test_a_request_id_is_read_in_any_form_too(either: Either) -> None:
    with Scripted([Answer({"qualification": "StateOwnedEntity"})]) as server:
        client = either.client(server)
        for form in FORMS.values():
            either.call(
                client.update_qualification, CUSTOMER_ID, "StateOwnedEntity", request_id=form
            )
        assert {r.headers["ms-requestid"] for r in server.requests} == {CUSTOMER_ID}


class Mine(StrEnum):
    """What a program may call things by."""

    SCHOOL = "Education"


SPELLINGS: list[Any] = [
    "Education",
    "education",
    "EDUCATION",
    " education ",
    1,
    "1",
    QualificationType.EDUCATION,
    Mine.SCHOOL,
]


def test_a_qualification_is_read_in_any_spelling_and_sent_in_one(either: Either) -> None:
    with Scripted([Answer({"qualification": "Education"})]) as server:
        client = either.client(server)
        for spelling in SPELLINGS:
            either.call(
                client.update_qualification,
                CUSTOMER_ID,
                spelling,
                education_segment=" k12 ",
                website=" school.example ",
            )
            assert server.requests[-1].json() == {
                "qualification": "Education",
                "educationSegment": "K12",
                "website": "school.example",
            }


AUDITED: list[tuple[Any, str]] = [
    ("2026-11-01", "2026-11-01"),
    (date(2026, 11, 1), "2026-11-01"),
    (datetime(2026, 11, 1, 23, tzinfo=UTC), "2026-11-01"),
    (datetime(2026, 11, 1, 23, tzinfo=timezone(timedelta(hours=-3))), "2026-11-02"),
    (datetime(2026, 11, 1, 23), "2026-11-01"),  # noqa: DTZ001 - naive: UTC
    ("2026-11-01T23:00:00-03:00", "2026-11-02"),
    ("2026-11-01T23:00:00Z", "2026-11-01"),
]


def test_a_day_is_read_in_any_form_and_sent_in_one(either: Either) -> None:
    with Scripted([Answer({"items": []})]) as server:
        client = either.client(server)
        for day, sent in AUDITED:
            either.list(client.list_audit_records(day, day))
            assert server.requests[-1].path.endswith(f"?startDate={sent}&endDate={sent}")
