"""The emulator's window of requests, and how it tells who comes back before a Retry-After ends."""

import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from uuid import uuid4

import pytest

from partnercenter_qual import Emulator, RateLimitError


def test_coming_back_too_soon_is_told() -> None:
    with Emulator(1, requests_per_window=1, window=3600) as emulator:
        emulator.assert_retry_after_respected()
        pause = threading.Event()
        for _ in range(3):
            # Each with a throttle of its own, which is what makes them come back too soon.
            with emulator.client(max_retries=0) as client:
                try:
                    client.get_qualifications(emulator.customer_ids[0])
                except RateLimitError:
                    pause.wait(0.06)  # past the grace for what was under way already
        with pytest.raises(AssertionError, match="/qualifications at 20") as caught:
            emulator.assert_retry_after_respected()
        assert str(caught.value).count("MS-RequestId") == 1


def test_a_window_opens_again_when_its_time_has_passed() -> None:
    with Emulator(1, requests_per_window=1, window=60) as emulator:
        customer_id = emulator.customer_ids[0]
        with emulator.client(max_retries=0) as client:
            client.get_qualifications(customer_id)
            with pytest.raises(RateLimitError) as caught:
                client.get_qualifications(customer_id)
        assert 59 <= (caught.value.retry_after or 0) <= 60
        emulator.advance(60)
        with emulator.client(max_retries=0) as client:
            client.get_qualifications(customer_id)
        emulator.assert_retry_after_respected()


class Visitor:
    """A caller that pays no heed to what it is told."""

    def __init__(self, emulator: Emulator) -> None:
        self._path = f"/v1/customers/{emulator.customer_ids[0]}/qualifications"
        self._token = emulator.access_token()
        self._connection = HTTPConnection(emulator.url.removeprefix("http://"), timeout=30)

    def visit(self, request_id: str | None = None) -> int:
        """Ask over the one connection it has, and give the status."""
        headers = {"Authorization": f"Bearer {self._token}"}
        headers["MS-RequestId"] = request_id or str(uuid4())
        self._connection.request("GET", self._path, headers=headers)
        with self._connection.getresponse() as response:
            response.read()
            return response.status

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def closed() -> Iterator[Emulator]:
    """Give an emulator whose window is used up."""
    with Emulator(1, requests_per_window=1, window=60) as emulator:
        with closing(Visitor(emulator)) as visitor:
            assert visitor.visit() == 200
        yield emulator


def early(emulator: Emulator) -> list[bool]:
    return [entry.early for entry in emulator.journal]


def test_the_same_request_over_and_over_is_early(closed: Emulator) -> None:
    request_id = str(uuid4())
    with closing(Visitor(closed)) as visitor:
        assert [visitor.visit(request_id) for _ in range(3)] == [429, 429, 429]
    assert early(closed) == [False, False, True, True]
    with pytest.raises(AssertionError, match="/qualifications at 20") as caught:
        closed.assert_retry_after_respected()
    assert str(caught.value).count("MS-RequestId") == 2


def test_the_same_request_over_another_connection_is_early(closed: Emulator) -> None:
    request_id = str(uuid4())
    for _ in range(2):
        with closing(Visitor(closed)) as visitor:
            assert visitor.visit(request_id) == 429
    assert early(closed) == [False, False, True]


def test_the_same_request_after_the_wait_is_not(closed: Emulator) -> None:
    request_id = str(uuid4())
    with closing(Visitor(closed)) as visitor:
        assert visitor.visit(request_id) == 429
        closed.advance(60)
        assert visitor.visit(request_id) == 200
    assert early(closed) == [False, False, False]
