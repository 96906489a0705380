"""Sweeps that are written down in a ledger: they are like others, and nothing is given before it is
recorded."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pytest

from partnercenter_qual import (
    Customer,
    CustomerResult,
    Emulator,
    InvalidArgumentError,
    Ledger,
    LedgerError,
    NotFoundError,
    RateLimitError,
    ServerError,
    SweepTable,
)

from .either import TOKEN, Either
from .ledgers import TENANT_ID, Place, columns
from .scripted import CUSTOMER_ID, Answer, Scripted

CALL = {"request_id", "correlation_id", "observed_at"}

SOURCES: dict[str, Callable[[list[Customer]], Any]] = {
    "all": lambda _: None,
    "ids": lambda listed: [customer.customer_id for customer in listed],
    "customers": lambda listed: listed,
    "no ids": lambda listed: ["Contoso", "", listed[0].customer_id.upper(), None],
    "a column": lambda listed: pl.Series([listed[0].customer_id, None, "Contoso"]),
    "a frame": lambda listed: pl.DataFrame(
        {"customer_id": [each.customer_id for each in listed], "company_name": ["x", None] * 4}
    ),
    "none": lambda _: [],
}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(8, seed=7, mix={"Education": 0.3, "Education:Denied": 0.3}) as emulator:
        first, second, third, *_ = emulator.customer_ids
        emulator.decide(first, "StateOwnedEntity", "Approved")
        emulator.inject(404, customer_id=second, times=None)
        emulator.inject(500, customer_id=third, times=None)
        yield emulator


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    with Ledger(place.url) as ledger:
        yield ledger


def without_call(results: list[CustomerResult]) -> list[tuple[object, ...]]:
    """Give all of some results but what is each call's own."""
    return [
        (each.customer_id, each.qualifications, type(each.error), each.customer) for each in results
    ]


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("source", SOURCES)
def test_results_are_those_of_a_plain_sweep(
    either: Either, emulator: Emulator, ledger: Ledger, source: str, *, ordered: bool
) -> None:
    client = either.client(emulator, max_retries=0)
    listed = either.list(client.list_customers())
    given = SOURCES[source](listed)
    plain = without_call(either.list(client.sweep(given, ordered=ordered)))
    sweep = client.sweep(given, ordered=ordered, ledger=ledger)
    recorded = either.list(sweep)
    assert sweep.known == 0
    if ordered:
        assert without_call(recorded) == plain
    else:
        assert sorted(without_call(recorded), key=str) == sorted(plain, key=str)
    entries = {entry.request_id: entry for entry in emulator.journal}
    for result in recorded:
        if not isinstance(result.error, InvalidArgumentError):
            assert result.request_id is not None
            entry = entries[result.request_id]
            assert (entry.customer_id, entry.correlation_id) == (
                result.customer_id,
                result.correlation_id,
            )


def test_a_table_is_that_of_a_plain_sweep(
    either: Either, emulator: Emulator, ledger: Ledger
) -> None:
    client = either.client(emulator, max_retries=0)
    plain = either.call(client.sweep(ordered=True).collect)
    sweep = client.sweep(ordered=True, ledger=ledger)
    recorded = either.call(sweep.collect)
    assert type(recorded) is SweepTable
    assert recorded.column_names == plain.column_names
    assert recorded.counts == plain.counts == sweep.counts
    names = [name for name in plain.column_names if name not in CALL]
    assert columns(recorded, *names) == columns(plain, *names)
    batches = list(emulator.client(max_retries=0).sweep(ordered=True, ledger=ledger).batches(3))
    assert [row for each in batches for row in columns(each, *names)] == columns(plain, *names)


def test_a_result_is_given_after_it_was_recorded(
    either: Either, emulator: Emulator, ledger: Ledger
) -> None:
    client = either.client(emulator, max_retries=0, max_concurrency=3)
    sweep = client.sweep(ledger=ledger)
    for _ in emulator.customer_ids:
        (result,) = either.list(sweep, limit=1)
        rows = [*ledger.history(result.customer_id)]
        if result.error is not None:
            assert rows == []
            continue
        assert columns(rows, "observed_at") == [result.observed_at] * len(rows)
        kinds = [str(item.qualification) for item in result.qualifications]
        assert columns(rows, "qualification", "source") == [
            (kind, "sweep") for kind in kinds or ["None"]
        ]
    assert either.list(sweep) == []


def test_each_given_has_a_result_however_often_it_is_given(
    either: Either, emulator: Emulator, ledger: Ledger
) -> None:
    first, second, third, last, *_ = emulator.customer_ids
    given = [first, last, first.upper(), second] * 200 + [third]
    sweep = either.client(emulator, max_retries=0).sweep(given, ledger=ledger)
    results = either.list(sweep)
    counts = Counter(result.customer_id for result in results)
    assert counts == {first: 400, last: 200, second: 200, third: 1}
    errors = {result.customer_id: type(result.error) for result in results if result.error}
    assert errors == {second: NotFoundError, third: ServerError}
    assert len(ledger.history(last)) == 1
    assert len(ledger.history(first)) == len(emulator_has(emulator, first))


def emulator_has(emulator: Emulator, customer_id: str) -> list[object]:
    with emulator.client() as client:
        return [*client.get_qualifications(customer_id)]


def test_many_customers_are_all_recorded(either: Either, place: Place) -> None:
    with Emulator(700, seed=7, mix={"Education": 0.5}) as emulator, Ledger(place.url) as ledger:
        client = either.client(emulator)
        plain = either.call(client.sweep(ordered=True).collect)
        recorded = either.call(client.sweep(ordered=True, ledger=ledger).collect)
        assert columns(recorded, "customer_id") == emulator.customer_ids
        assert recorded.counts == plain.counts
        latest = {row["customer_id"]: row["vetting_status"] for row in ledger.latest()}
    assert latest == dict(columns(recorded, "customer_id", "vetting_status"))


def test_a_pause_that_is_too_long_is_an_error_of_each(
    either: Either, emulator: Emulator, ledger: Ledger
) -> None:
    emulator.clear_faults()
    emulator.inject(429, retry_after=600, path="qualifications", times=None)
    results = either.list(either.client(emulator).sweep(ledger=ledger))
    assert [type(result.error) for result in results] == [RateLimitError] * 8
    assert len(ledger.latest()) == 0


def test_a_path_or_a_url_will_do(either: Either, emulator: Emulator, place: Place) -> None:
    either.list(either.client(emulator, max_retries=0).sweep(ledger=place.url))
    with Ledger(place.url) as ledger:
        assert {row["customer_id"] for row in ledger.latest()} < {*emulator.customer_ids}
        assert len({row["customer_id"] for row in ledger.latest()}) == 6


def test_a_ledger_of_another_tenant_is_refused_before_anything_is_sent(
    either: Either, emulator: Emulator, place: Place
) -> None:
    with Ledger(place.url, tenant_id=TENANT_ID) as ledger:
        sweep = either.client(emulator).sweep(emulator.customer_ids, ledger=ledger)
        with pytest.raises(LedgerError, match=f"of tenant {TENANT_ID}"):
            either.list(sweep)
    assert emulator.journal == []


def test_a_token_that_names_no_tenant_needs_a_ledger_that_does(
    either: Either, place: Place
) -> None:
    with Scripted([Answer([])]) as server:
        client = either.client(server)
        with Ledger(place.url) as ledger, pytest.raises(LedgerError, match="tenant_id=") as caught:
            either.list(client.sweep([CUSTOMER_ID], ledger=ledger))
        assert TOKEN not in str(caught.value)
        assert server.requests == []
        with Ledger(place.url, tenant_id=TENANT_ID) as ledger:
            assert len(either.list(client.sweep([CUSTOMER_ID], ledger=ledger))) == 1


def test_bad_arguments_are_refused_at_once(
    either: Either, emulator: Emulator, ledger: Ledger
) -> None:
    client = either.client(emulator)
    wrong: Any = 5
    calls: list[tuple[str, Callable[[], object]]] = [
        ("resume", lambda: client.sweep(resume=True)),
        ("resume", lambda: client.sweep(ledger=ledger, resume=wrong)),
        ("ledger", lambda: client.sweep(ledger=wrong)),
    ]
    for field, call in calls:
        with pytest.raises(InvalidArgumentError) as caught:
            call()
        assert caught.value.field == field
    assert emulator.journal == []


def test_a_closed_ledger_ends_its_sweeps(emulator: Emulator, ledger: Ledger) -> None:
    emulator.clear_faults()
    with emulator.client(max_concurrency=1) as client:
        sweep = client.sweep(ledger=ledger)
        next(sweep)
        ledger.close()
        with pytest.raises(LedgerError):
            list(sweep)
        with pytest.raises(RuntimeError, match="closed"):
            client.sweep(ledger=ledger)
