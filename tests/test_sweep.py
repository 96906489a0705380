"""Sweeps: one result for each customer, whatever happens to it."""

import gc
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from partnercenter_qual import (
    Client,
    Customer,
    Emulator,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    QualificationType,
    ServerError,
)

from .either import Either
from .waiting import until

LONG = 30.0  # seconds; what waits for it fails by its time limit


def test_results_come_as_they_are_answered(either: Either, emulator: Emulator) -> None:
    first, *others = emulator.customer_ids
    emulator.inject(customer_id=first, delay=0.3)
    results = either.list(either.client(emulator).sweep(emulator.customer_ids))
    assert results[-1].customer_id == first
    assert {result.customer_id for result in results[:-1]} == set(others)


def test_a_result_says_what_was_found_when_and_under_which_ids(
    either: Either, emulator: Emulator
) -> None:
    customer_id = emulator.customer_ids[2]
    emulator.decide(customer_id, "Education", "Approved")
    emulator.decide(customer_id, "StateOwnedEntity", "Approved")
    before = datetime.now(UTC)
    (result,) = either.list(either.client(emulator).sweep([customer_id]))
    (entry,) = emulator.journal
    assert [item.qualification for item in result.qualifications] == [
        QualificationType.EDUCATION,
        QualificationType.STATE_OWNED_ENTITY,
    ]
    assert (result.customer_id, result.error, result.customer) == (customer_id, None, None)
    assert (result.request_id, result.correlation_id) == (entry.request_id, entry.correlation_id)
    assert timedelta() <= result.observed_at - before < timedelta(seconds=30)


def test_an_error_is_a_row_with_the_ids_of_its_call(either: Either, emulator: Emulator) -> None:
    broken, missing, *_ = emulator.customer_ids
    emulator.inject(500, customer_id=broken, times=None)
    emulator.inject(404, customer_id=missing)
    client = either.client(emulator, max_retries=0)
    results = either.list(client.sweep(emulator.customer_ids))
    errors = {result.customer_id: result.error for result in results if result.error}
    assert {key: type(error) for key, error in errors.items()} == {
        broken: ServerError,
        missing: NotFoundError,
    }
    assert len(results) == 5
    for result in results:
        if result.error is not None:
            assert result.qualifications == ()
            assert result.error.customer_id == result.customer_id
            assert result.error.request_id == result.request_id is not None
            assert result.error.correlation_id == result.correlation_id is not None


def test_an_id_that_is_none_is_a_row_and_sends_nothing(either: Either, emulator: Emulator) -> None:
    given = ["Contoso", *emulator.customer_ids, "00000000-0000-0000-0000-000000000000", ""]
    results = either.list(either.client(emulator).sweep(given))
    refused = [result for result in results if result.error]
    assert Counter(result.customer_id for result in results) == Counter(given)
    assert {result.customer_id for result in refused} == {given[0], given[-2], given[-1]}
    for result in refused:
        assert isinstance(result.error, InvalidArgumentError)
        assert result.error.field == "customer_id"
        assert result.error.cure
        assert result.request_id is None
    assert len(emulator.journal) == 5


def test_duplicates_are_read_as_often_as_they_are_given(either: Either, emulator: Emulator) -> None:
    first, second, *_ = emulator.customer_ids
    results = either.list(either.client(emulator).sweep([first, second, first, first.upper()]))
    assert Counter(result.customer_id for result in results) == {first: 3, second: 1}
    assert len(emulator.journal) == 4


def test_none_stands_for_all_customers(either: Either, emulator: Emulator) -> None:
    client = either.client(emulator)
    listed = {customer.customer_id: customer for customer in either.list(client.list_customers())}
    results = either.list(client.sweep())
    assert len(results) == 5
    assert {result.customer_id: result.customer for result in results} == listed


def test_each_customer_given_is_in_its_result(either: Either, emulator: Emulator) -> None:
    client = either.client(emulator)
    first, second, third, *_ = either.list(client.list_customers())
    odd = replace(third, customer_id=f"{{{third.customer_id.upper()}}}")
    broken = replace(third, customer_id="Contoso")
    given: list[Customer | str] = [first, second, first, odd, broken, emulator.customer_ids[4]]
    results = either.list(client.sweep(given))
    swept = [result.customer for result in results if result.customer is not None]
    assert sorted(swept, key=repr) == sorted([first, second, first, odd, broken], key=repr)
    ids = {result.customer.customer_id: result.customer_id for result in results if result.customer}
    assert ids[odd.customer_id] == third.customer_id
    assert ids[first.customer_id] == first.customer_id


def test_no_customers_give_no_results(either: Either) -> None:
    with Emulator(customers=0) as emulator:
        client = either.client(emulator)
        assert either.list(client.sweep([])) == []
        assert either.list(client.sweep()) == []


def test_a_finished_sweep_stays_finished(either: Either, emulator: Emulator) -> None:
    sweep = either.client(emulator).sweep(emulator.customer_ids)
    assert len(either.list(sweep)) == 5
    assert either.list(sweep) == []
    assert len(emulator.journal) == 5


class TestList:
    def test_results_come_while_it_is_still_being_read(self, either: Either) -> None:
        with Emulator(customers=501) as emulator:
            emulator.inject(path="/customers?", nth=2, delay=LONG)
            sweep = either.client(emulator).sweep()
            first_page = either.list(sweep, limit=500)
            sweep.close()
        assert {result.customer_id for result in first_page} == set(emulator.customer_ids[:500])

    def test_one_that_cannot_be_read_raises(self, either: Either, emulator: Emulator) -> None:
        emulator.inject(403, path="/customers", times=None)
        with pytest.raises(PermissionDeniedError) as caught:
            either.list(either.client(emulator).sweep())
        assert caught.value.customer_id is None
        assert len(emulator.journal) == 1

    def test_one_that_breaks_off_raises_after_what_it_named(self, either: Either) -> None:
        with Emulator(customers=501) as emulator:
            emulator.inject(403, path="/customers?", nth=2)
            sweep = either.client(emulator).sweep()
            assert len(either.list(sweep, limit=500)) == 500
            with pytest.raises(PermissionDeniedError):
                either.list(sweep)
            assert either.list(sweep) == []


class TestEnd:
    def test_closing_drops_what_is_in_flight(self, either: Either, emulator: Emulator) -> None:
        quick, *slow = emulator.customer_ids
        for customer_id in slow:
            emulator.inject(customer_id=customer_id, delay=LONG)
        with either.client(emulator).sweep(emulator.customer_ids) as sweep:
            (result,) = either.list(sweep, limit=1)
        assert result.customer_id == quick
        assert either.list(sweep) == []
        sweep.close()  # again is fine

    def test_what_was_collected_before_can_still_be_taken(
        self, either: Either, emulator: Emulator
    ) -> None:
        *quick, slow = emulator.customer_ids
        emulator.inject(customer_id=slow, delay=LONG)
        emulator.inject(path="qualifications", delay=0.05, times=4)
        sweep = either.client(emulator).sweep(emulator.customer_ids)
        taken = either.list(sweep, limit=1)
        time.sleep(0.3)  # until the answers of the other quick ones are there
        taken += either.list(sweep, limit=1)
        sweep.close()
        taken += either.list(sweep)
        assert Counter(result.customer_id for result in taken) == Counter(quick)

    def test_what_closing_finds_answered_can_still_be_taken(self, either: Either) -> None:
        with Emulator(customers=6, seed=7) as emulator:
            first, *answered, last = emulator.customer_ids
            emulator.inject(customer_id=last, delay=LONG)
            for customer_id in answered:
                emulator.inject(customer_id=customer_id, delay=0.1)
            sweep = either.client(emulator).sweep()
            taken = either.list(sweep, limit=1)
            until(lambda: len(emulator.journal) == 1 + 6)
            time.sleep(0.4)  # until their answers are there, which nobody has asked for
            sweep.close()
            assert [result.customer_id for result in taken] == [first]
            left = either.list(sweep)
            assert Counter(result.customer_id for result in left) == Counter(answered)
            assert all(result.error is None for result in left)
            assert either.list(sweep) == []

    def test_closing_ends_a_wait_in_another_thread(self, emulator: Emulator) -> None:
        emulator.inject(delay=LONG, times=None)
        with emulator.client() as client:
            sweep = client.sweep(emulator.customer_ids)
            waiting = threading.Thread(target=list, args=(sweep,))
            waiting.start()
            until(lambda: len(emulator.journal) == 5)
            sweep.close()
            waiting.join(timeout=LONG / 2)
            assert not waiting.is_alive()

    def test_leaving_the_loop_ends_the_requests(self, either: Either) -> None:
        with Emulator(customers=200) as emulator:
            emulator.inject(delay=0.02, times=None)
            client = either.client(emulator, max_concurrency=4)
            assert len(either.list(client.sweep(), limit=3)) == 3
            gc.collect()
            time.sleep(0.1)  # until what was on its way has arrived
            settled = len(emulator.journal)
            time.sleep(0.2)
            assert len(emulator.journal) == settled < 30

    def test_a_closed_client_ends_its_sweeps(self, client: Client) -> None:
        sweep = client.sweep()
        next(sweep)
        client.close()
        with pytest.raises(RuntimeError, match="closed"):
            list(sweep)


def test_it_shows_how_far_it_has_come(either: Either, emulator: Emulator) -> None:
    client = either.client(emulator)
    sweep = client.sweep(emulator.customer_ids)
    name = type(sweep).__name__
    assert repr(sweep) == f"<{name}: 0 of 5 done>"
    either.list(sweep)
    assert repr(sweep) == f"<{name}: 5 of 5 done>"
    assert repr(client.sweep(iter(()))) == f"<{name}: 0 done>"
