"""What all calls of a client and its derivatives share: pauses, requests in flight, a rate."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from partnercenter_qual import ApiError, AsyncClient, Emulator, RateLimitError

from .either import Blocking, Either
from .scripted import CUSTOMER_ID, Answer, Request, Scripted

NOTHING = Answer([])


class Crowd:
    """A script that takes its time, and counts how many requests it has in hand."""

    def __init__(self, *first: Answer, seconds: float = 0.03) -> None:
        self._first = [*first]
        self._seconds = seconds
        self._lock = threading.Lock()
        self._inside: list[str] = []
        self.sizes: list[int] = []
        """How many requests were in hand, each new one included."""
        self.sizes_of: dict[str, int] = {}
        """The most in hand of each locale."""

    def __call__(self, request: Request) -> Answer:
        locale = request.headers.get("x-locale", "")
        with self._entered(locale):
            if self._first:
                return self._first.pop(0)
            time.sleep(self._seconds)
        return NOTHING

    @contextmanager
    def _entered(self, locale: str) -> Iterator[None]:
        with self._lock:
            self._inside.append(locale)
            self.sizes.append(len(self._inside))
            own = self._inside.count(locale)
            self.sizes_of[locale] = max(own, self.sizes_of.get(locale, 0))
        try:
            yield
        finally:
            with self._lock:
                self._inside.remove(locale)


def seconds_apart(emulator: Emulator) -> float:
    first, second = (entry.at for entry in emulator.journal)
    return (second - first).total_seconds()


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        ({"status": 429, "retry_after": 1}, 1.0),
        ({"status": 503, "retry_after": 1}, 1.0),
        ({"status": 429, "body": "Slow down."}, 0.5),  # no Retry-After: as long as a back-off
    ],
    ids=["429", "503", "429 of no length"],
)
def test_a_pause_for_one_call_is_a_pause_for_all(
    emulator: Emulator, fault: dict[str, Any], seconds: float
) -> None:
    emulator.inject(**fault)
    with emulator.client(max_retries=0) as client:
        derived = client.with_options(locale="de-DE", max_retries=1)
        with pytest.raises(ApiError):
            client.get_qualifications(emulator.customer_ids[0])
        derived.get_qualifications(emulator.customer_ids[1])
    assert seconds_apart(emulator) >= seconds


async def test_a_failing_service_pauses_only_who_it_failed(emulator: Emulator) -> None:
    emulator.inject(503)
    unlucky, lucky, *_ = emulator.customer_ids
    async with emulator.async_client() as client:
        call = asyncio.create_task(client.get_qualifications(unlucky))
        while not emulator.journal:  # noqa: ASYNC110 - the emulator has no event to wait for
            await asyncio.sleep(0)
        await client.get_qualifications(lucky)
        await call
    assert [entry.customer_id for entry in emulator.journal] == [unlucky, lucky, unlucky]


def test_over_a_long_burst_nobody_is_early(either: Either) -> None:
    with Emulator(customers=60, seed=2, requests_per_window=20, window=0.5) as service:
        client = either.client(service)
        results = either.list(client.sweep(service.customer_ids))
        assert [result.error for result in results] == [None] * 60
        refused = [entry for entry in service.journal if entry.status == 429]
        assert refused
        assert len(refused) < 60
        service.assert_retry_after_respected()


def test_calls_that_wait_are_turned_away_from_a_long_pause(either: Either) -> None:
    with Emulator(customers=20, seed=2) as service:
        service.inject(429, retry_after=600, times=None)
        client = either.client(service, max_concurrency=1)
        results = either.list(client.sweep(service.customer_ids))
        assert {type(result.error) for result in results} == {RateLimitError}
        assert len(service.journal) == 1


def test_no_more_requests_are_in_flight_than_allowed(either: Either) -> None:
    crowd = Crowd()
    with Scripted(crowd) as server:
        client = either.client(server, max_concurrency=3)
        either.list(client.sweep([CUSTOMER_ID] * 30))
    assert max(crowd.sizes) == 3


def test_the_bound_holds_for_threads_too() -> None:
    crowd = Crowd()
    with Scripted(crowd) as server:
        client = Blocking().make(server, max_concurrency=2)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(client.get_qualifications, [CUSTOMER_ID] * 16))
        client.close()
    assert max(crowd.sizes) == 2


@pytest.mark.parametrize(("own", "most"), [(1, 1), (2, 2), (100, 3)])
def test_a_sweep_can_only_lower_the_bound(either: Either, own: int, most: int) -> None:
    crowd = Crowd()
    with Scripted(crowd) as server:
        client = either.client(server, max_concurrency=3)
        either.list(client.sweep([CUSTOMER_ID] * 8, max_concurrency=own))
    assert max(crowd.sizes) == most


@pytest.mark.parametrize(("own", "most"), [(1, 1), (100, 3)])
def test_a_derived_client_can_only_lower_the_bound(either: Either, own: int, most: int) -> None:
    crowd = Crowd()
    with Scripted(crowd) as server:
        derived = either.client(server, max_concurrency=3).with_options(max_concurrency=own)
        again = derived.with_options(max_concurrency=100)
        either.list(derived.sweep([CUSTOMER_ID] * 8))
        either.list(again.sweep([CUSTOMER_ID] * 8))
    assert max(crowd.sizes) == most


async def test_the_bounds_of_parent_and_child_hold_at_the_same_time() -> None:
    crowd = Crowd()
    with Scripted(crowd) as server:
        async with AsyncClient("a-token", base_url=server.url, max_concurrency=4) as client:
            child = client.with_options(max_concurrency=2, locale="de-DE")
            calls = [each.get_qualifications(CUSTOMER_ID) for each in (client, child) * 20]
            await asyncio.gather(*calls)
    assert max(crowd.sizes) == 4
    assert crowd.sizes_of["de-DE"] == 2


async def test_after_a_pause_concurrency_starts_low_and_climbs_back() -> None:
    refused = Answer(status=429, headers={"Retry-After": "1"})
    crowd = Crowd(refused, seconds=0.2)
    with Scripted(crowd) as server:
        async with AsyncClient("a-token", base_url=server.url, max_concurrency=8) as client:
            calls = [client.get_qualifications(CUSTOMER_ID) for _ in range(40)]
            await asyncio.gather(*calls)
        refused_at = server.requests[0].at
        after = [
            size
            for size, request in zip(crowd.sizes, server.requests, strict=True)
            if request.at >= refused_at + 1
        ]
    assert len(after) > 30
    assert after[:2] == [1, 1], "one request alone, until it is answered"
    assert max(after) > 4
    assert all(size <= place for place, size in enumerate(after, start=1))


async def never_sent(client: AsyncClient, emulator: Emulator) -> None:
    """Check that a call waits for its turn, and sends nothing meanwhile."""
    before = len(emulator.journal)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.get_qualifications(emulator.customer_ids[0]), 0.3)
    assert len(emulator.journal) == before


async def test_no_more_are_sent_in_a_minute_than_allowed(emulator: Emulator) -> None:
    async with emulator.async_client(requests_per_minute=3) as client:
        for customer_id in emulator.customer_ids[:3]:
            await client.get_qualifications(customer_id)
        await never_sent(client, emulator)


async def test_the_rate_counts_what_derived_clients_send(emulator: Emulator) -> None:
    async with emulator.async_client(requests_per_minute=3) as client:
        derived = client.with_options(locale="de-DE")
        await client.get_qualifications(emulator.customer_ids[0])
        await derived.get_qualifications(emulator.customer_ids[0])
        await derived.get_qualifications(emulator.customer_ids[0])
        await never_sent(client, emulator)
        await never_sent(derived, emulator)


async def test_the_rate_counts_retries(emulator: Emulator) -> None:
    emulator.inject(503)
    async with emulator.async_client(requests_per_minute=2) as client:
        await client.get_qualifications(emulator.customer_ids[0])
        await never_sent(client, emulator)


async def test_a_call_given_up_while_it_waits_costs_nothing(emulator: Emulator) -> None:
    emulator.inject(429, retry_after=1)
    async with emulator.async_client(requests_per_minute=3) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.get_qualifications(emulator.customer_ids[0]), 0.3)
        await client.get_qualifications(emulator.customer_ids[0])
        await client.get_qualifications(emulator.customer_ids[0])
    assert len(emulator.journal) == 3
