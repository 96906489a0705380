"""What is sent again, how often, when, and under which ids."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from partnercenter_qual import (
    ApiError,
    Client,
    DecodeError,
    Emulator,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnauthorizedError,
)

from .either import Either

LONG_AGO = "Fri, 01 Jan 2021 00:00:00 GMT"

PASSING: dict[str, dict[str, Any]] = {
    **{str(status): {"status": status} for status in (408, 429, 500, 502, 503, 504)},
    "a status whose body hopes": {"status": 500, "body": {"code": 1, "isRetryable": True}},
    "Retry-After that is over": {"status": 503, "retry_after": LONG_AGO},
    "Retry-After of nothing": {"status": 429, "retry_after": 0},
    "Retry-After of nonsense": {"status": 503, "retry_after": "soon"},
    "reset": {"reset": True},
    # The body is a byte order mark and `[]`.
    **{f"cut to {length}": {"cut": length} for length in range(5)},
    "an empty body": {"body": ""},
    "JSON that stops": {"body": '[{"qualification": "Educa'},
}

FINAL: dict[str, dict[str, Any]] = {
    **{
        str(status): {"status": status}
        for status in (301, 400, 403, 404, 405, 406, 409, 412, 417, 501, 505)
    },
    "400 that hopes": {"status": 400, "body": {"code": 1, "isRetryable": True}},
    "429 that does not": {"status": 429, "body": {"code": 1, "isRetryable": False}},
    "500 that does not": {"status": 500, "body": {"code": 1, "isRetryable": False}},
    "503 that does not": {"status": 503, "body": {"code": 1, "isRetryable": False}},
    "a body that is no JSON": {"body": "<p>Welcome to the hotel</p>"},
    "a body of something else": {"body": "17"},
}


@pytest.fixture
def service() -> Iterator[Emulator]:
    with Emulator(customers=max(len(PASSING), len(FINAL)), seed=3) as service:
        yield service


def befall(service: Emulator, faults: dict[str, dict[str, Any]], **more: Any) -> dict[str, str]:  # noqa: ANN401 - as `inject`
    """Inject each fault for a customer of its own, and give the faults' names by customer."""
    names = dict(zip(service.customer_ids, faults, strict=False))
    for customer_id, name in names.items():
        service.inject(customer_id=customer_id, **faults[name], **more)
    return names


def requests_by_name(service: Emulator, names: dict[str, str]) -> dict[str, int]:
    return dict(Counter(names[str(entry.customer_id)] for entry in service.journal))


def test_a_passing_fault_is_asked_about_once_more(either: Either, service: Emulator) -> None:
    names = befall(service, PASSING)
    results = either.list(either.client(service, max_retries=1).sweep(names))
    assert {names[result.customer_id]: result.error for result in results} == dict.fromkeys(PASSING)
    assert requests_by_name(service, names) == dict.fromkeys(PASSING, 2)


def test_a_final_fault_is_not(either: Either, service: Emulator) -> None:
    names = befall(service, FINAL)
    results = either.list(either.client(service).sweep(names))
    kinds = {
        names[result.customer_id]: type(result.error)
        for result in results
        if not isinstance(result.error, ApiError | DecodeError) or result.error.attempts != 1
    }
    assert kinds == {}
    assert requests_by_name(service, names) == dict.fromkeys(FINAL, 1)


def test_what_the_body_says_of_retrying_is_told(either: Either, service: Emulator) -> None:
    client = either.client(service, max_retries=0)
    for body, is_retryable in [({}, True), ({"isRetryable": False}, False)]:
        service.inject(500, body=body)
        with pytest.raises(ServerError) as raised:
            either.call(client.get_qualifications, service.customer_ids[0])
        assert raised.value.is_retryable is is_retryable


@pytest.mark.parametrize("max_retries", [0, 2])
def test_a_fault_that_stays_is_raised_after_max_retries(
    service: Emulator, max_retries: int
) -> None:
    service.inject(503, times=None)
    with service.client(max_retries=max_retries) as client, pytest.raises(ServerError) as raised:
        client.get_qualifications(service.customer_ids[0])
    assert raised.value.attempts == max_retries + 1
    assert len(service.journal) == max_retries + 1


def test_an_answer_that_never_comes_whole_is_raised_as_what_it_was(
    either: Either, service: Emulator
) -> None:
    kinds = {"reset": TransportError, "cut to 2": DecodeError, "an empty body": DecodeError}
    names = befall(service, {name: PASSING[name] for name in kinds}, times=None)
    for result in either.list(either.client(service, max_retries=1).sweep(names)):
        assert type(result.error) is kinds[names[result.customer_id]]
        assert result.error.attempts == 2
    assert requests_by_name(service, names) == dict.fromkeys(kinds, 2)


def test_an_attempt_that_takes_too_long_is_made_again(either: Either, emulator: Emulator) -> None:
    emulator.inject(delay=10)
    client = either.client(emulator, timeout=0.5)
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []
    assert len(emulator.journal) >= 2


def test_a_timeout_is_told_apart_from_other_failures(either: Either, emulator: Emulator) -> None:
    emulator.inject(delay=10, times=None)
    client = either.client(emulator, timeout=0.1, max_retries=0)
    with pytest.raises(RequestTimeoutError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert isinstance(raised.value, TimeoutError)
    assert raised.value.attempts == 1


def test_a_refused_connection_is_tried_again(either: Either) -> None:
    gone = Emulator(customers=1)
    gone.close()
    client = either.client(gone, max_retries=1)
    with pytest.raises(TransportError) as raised:
        either.call(client.get_qualifications, gone.customer_ids[0])
    assert raised.value.attempts == 2
    assert raised.value.customer_id == gone.customer_ids[0]


def test_a_service_that_comes_back_is_found_again(either: Either) -> None:
    gone = Emulator(customers=1)
    gone.close()
    port = int(gone.url.rpartition(":")[2])
    back = list[Emulator]()
    timer = threading.Timer(0.2, lambda: back.append(Emulator(customers=1, port=port)))
    timer.start()

    def token() -> str:  # the one that comes back knows none of the one before
        return (back or [gone])[0].access_token()

    try:
        client = either.client(gone, credential=token)
        assert either.call(client.get_qualifications, gone.customer_ids[0]) == []
    finally:
        timer.join()
        for emulator in back:
            emulator.close()


def waited(emulator: Emulator) -> float:
    """Give the seconds between the first two requests."""
    first, second = (entry.at for entry in emulator.journal)
    return (second - first).total_seconds()


def test_the_seconds_of_retry_after_are_waited(either: Either, emulator: Emulator) -> None:
    emulator.inject(429, retry_after=1)
    either.call(either.client(emulator).get_qualifications, emulator.customer_ids[0])
    assert waited(emulator) >= 1
    emulator.assert_retry_after_respected()


def test_the_date_of_retry_after_is_waited_for(emulator: Emulator) -> None:
    date = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    emulator.inject(503, retry_after=format_datetime(date, usegmt=True))
    with emulator.client() as client:
        client.get_qualifications(emulator.customer_ids[0])
    assert emulator.journal[1].at >= date


async def test_a_retry_after_of_two_minutes_is_waited_out(emulator: Emulator) -> None:
    emulator.inject(429, retry_after=120)
    async with emulator.async_client() as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.get_qualifications(emulator.customer_ids[0]), 0.5)
    assert [entry.status for entry in emulator.journal] == [429]


def pause(either: Either, emulator: Emulator, seconds: float) -> Client:
    """Give a client that was told to leave the service alone for long."""
    client = either.client(emulator)
    emulator.inject(429, retry_after=seconds)
    with pytest.raises(RateLimitError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert raised.value.attempts == 1
    assert raised.value.retry_after == seconds
    return client


def test_a_longer_retry_after_is_raised_at_once(either: Either, emulator: Emulator) -> None:
    pause(either, emulator, 121)
    assert len(emulator.journal) == 1


def test_until_it_ends_nothing_is_sent(either: Either, emulator: Emulator) -> None:
    client = pause(either, emulator, 3600)
    derived = client.with_options(locale="de-DE")
    remaining = [3600.0]
    for paused in (client, derived, derived.with_options(max_concurrency=1)):
        with pytest.raises(RateLimitError) as raised:
            either.call(paused.get_qualifications, emulator.customer_ids[1])
        assert raised.value.attempts == 0
        assert raised.value.status_code == 429
        assert raised.value.is_retryable
        assert raised.value.customer_id == emulator.customer_ids[1]
        remaining.append(raised.value.retry_after or 0)
    assert len(emulator.journal) == 1
    assert remaining[-1] > 3600 - 60
    assert remaining == sorted(remaining, reverse=True)
    assert len(set(remaining)) == len(remaining)


def test_a_write_is_not_sent_during_such_a_pause_either(either: Either, emulator: Emulator) -> None:
    client = pause(either, emulator, 600)
    with pytest.raises(RateLimitError):
        either.call(client.update_qualification, emulator.customer_ids[0], "StateOwnedEntity")
    assert len(emulator.journal) == 1
    assert emulator.effects == []


def test_a_pause_is_a_matter_of_one_client_and_its_derivatives(
    either: Either, emulator: Emulator
) -> None:
    pause(either, emulator, 600)
    other = either.client(emulator)
    assert either.call(other.get_qualifications, emulator.customer_ids[0]) == []


def test_an_unavailable_service_that_names_a_long_pause_gets_it(
    either: Either, emulator: Emulator
) -> None:
    client = either.client(emulator)
    emulator.inject(503, retry_after=600)
    with pytest.raises(ServerError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert raised.value.retry_after == 600
    with pytest.raises(RateLimitError):
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert len(emulator.journal) == 1


def test_one_call_has_one_pair_of_ids_over_its_retries(either: Either, emulator: Emulator) -> None:
    emulator.inject(503)
    emulator.inject(401)
    client = either.client(emulator, max_retries=1)
    either.call(client.get_qualifications, emulator.customer_ids[0])
    ids = {(entry.request_id, entry.correlation_id) for entry in emulator.journal}
    assert [entry.status for entry in emulator.journal] == [503, 401, 200]
    assert len(ids) == 1


def test_two_calls_have_nothing_in_common(either: Either, emulator: Emulator) -> None:
    client = either.client(emulator)
    for _ in range(2):
        either.call(client.get_qualifications, emulator.customer_ids[0])
    first, second = emulator.journal
    ids = {first.request_id, first.correlation_id, second.request_id, second.correlation_id}
    assert len(ids) == 4


def test_an_error_names_the_ids_that_were_sent(either: Either, emulator: Emulator) -> None:
    emulator.inject(404)
    client = either.client(emulator)
    with pytest.raises(ApiError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    (entry,) = emulator.journal
    assert raised.value.request_id == entry.request_id
    assert raised.value.correlation_id == entry.correlation_id
    assert entry.request_id in str(raised.value)


def test_a_refused_token_costs_one_new_one_and_no_retry(either: Either, emulator: Emulator) -> None:
    emulator.inject(401)
    client = either.client(emulator, max_retries=0)
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []
    assert [entry.status for entry in emulator.journal] == [401, 200]


def test_a_second_refusal_is_final(either: Either, emulator: Emulator) -> None:
    emulator.inject(401, times=None)
    client = either.client(emulator)
    with pytest.raises(UnauthorizedError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert raised.value.attempts == len(emulator.journal) == 2
    assert raised.value.hint
