"""What lists are asked for: sizes, names and days, and those that are refused."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from partnercenter_qual import InvalidArgumentError

from .either import Either
from .scripted import CUSTOMER_ID, Answer, Scripted, query_of

NO_DAY: list[Any] = [
    "",
    "yesterday",
    "20/11/2026",
    "2026-13-01",
    "2026-11-31",
    "2026",
    "2026-11-20T25:00",
    "2026-11-20 and more",
    "\udcff",
    20261120,
    True,
    b"2026-11-20",
    "0001-01-01T00:00:00+01:00",
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
]


def test_the_query_of_customers(either: Either) -> None:
    with Scripted([Answer({"items": []})]) as server:
        client = either.client(server)
        either.list(client.list_customers(page_size=1, name_prefix='Ö & "Co"+?#'))
    path = server.requests[0].path
    assert path.startswith("/v1/customers?")
    assert query_of(path)["size"] == "1"
    assert json.loads(query_of(path)["filter"]) == {
        "Field": "CompanyName",
        "Value": 'Ö & "Co"+?#',
        "Operator": "starts_with",
    }


@pytest.mark.parametrize(
    "start",
    [
        date(2026, 11, 20),
        "2026-11-20",
        " 2026-11-20T23:59:59Z",
        "20261120",
        "2026-W47-5",
        "2026-11-20 23:59",
        "20261120T235959.5Z",
        "2026-11-21T00:30+02:00",
        datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
        datetime(2026, 11, 20, 23, 30),  # noqa: DTZ001 - naive means UTC
        datetime(2026, 11, 21, 1, tzinfo=timezone(timedelta(hours=2))),
    ],
    ids=repr,
)
def test_the_query_of_audit_records(either: Either, start: date | str) -> None:
    with Scripted([Answer({"items": []})]) as server:
        client = either.client(server)
        either.list(client.list_audit_records(start))
        either.list(client.list_audit_records(start, start, customer_id=CUSTOMER_ID.upper()))
    bare, full = (request.path for request in server.requests)
    assert bare == "/v1/auditrecords?startDate=2026-11-20"
    query = query_of(full)
    assert (query["startDate"], query["endDate"]) == ("2026-11-20", "2026-11-20")
    assert json.loads(query["filter"]) == {
        "Field": "CustomerId",
        "Value": CUSTOMER_ID,
        "Operator": "equals",
    }


@pytest.mark.parametrize("day", NO_DAY, ids=repr)
def test_no_day_is_refused_by_name(either: Either, day: Any) -> None:  # noqa: ANN401 - no day
    client = either.client("http://127.0.0.1:9")
    for field, days in (("start_date", (day,)), ("end_date", ("2026-11-20", day))):
        with pytest.raises(InvalidArgumentError, match="ISO 8601") as caught:
            client.list_audit_records(*days)
        assert caught.value.field == field


def test_a_bad_argument_is_refused_at_once(either: Either) -> None:
    client = either.client("http://127.0.0.1:9")
    with pytest.raises(InvalidArgumentError, match="page_size"):
        client.list_customers(page_size=501)
    with pytest.raises(InvalidArgumentError, match="end_date"):
        client.list_audit_records("2026-11-20", "2026-11-19")
