"""What the emulator's journal finds, and what its assertions say when they hold and when not."""

import re
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from uuid import UUID, uuid4

import pytest

from partnercenter_qual import (
    Client,
    ConflictError,
    Emulator,
    InvalidArgumentError,
    NotFoundError,
    RateLimitError,
)
from partnercenter_qual.emulator import JournalEntry, VettingRule


def hammer(emulator: Emulator, customer_id: str, times: int) -> list[int]:
    """Read one customer's qualifications again and again under one id, whatever is answered."""
    connection = HTTPConnection(emulator.url.removeprefix("http://"), timeout=20)
    headers = {
        "Authorization": f"Bearer {emulator.access_token()}",
        "MS-RequestId": str(uuid4()),
    }

    def ask() -> int:
        connection.request("GET", f"/v1/customers/{customer_id}/qualifications", headers=headers)
        with connection.getresponse() as answer:
            answer.read()
            return answer.status

    statuses = [ask() for _ in range(times)]
    connection.close()
    return statuses


class TestFinding:
    @pytest.fixture
    def visited(self, emulator: Emulator) -> Emulator:
        """Give an emulator that had two reads, two posts, a list and a customer nobody knows."""
        one, other, *_ = emulator.customer_ids
        with emulator.client(max_retries=0) as client:
            client.get_qualifications(one)
            client.get_qualifications(other)
            client.update_qualification(one, "StateOwnedEntity")
            with pytest.raises(ConflictError):
                client.update_qualification(one, "StateOwnedEntity")
            list(client.list_customers(name_prefix="A"))
            with pytest.raises(NotFoundError):
                client.get_customer(UUID(int=5))
        return emulator

    @pytest.mark.parametrize(
        ("query", "places"),
        [
            ({}, [0, 1, 2, 3, 4, 5]),
            ({"method": "post"}, [2, 3]),
            ({"method": "PATCH"}, []),
            ({"path": "/QUALIFICATIONS"}, [0, 1, 2, 3]),
            ({"path": "size=500"}, [4]),
            ({"status": 200}, [0, 1, 4]),
            ({"status": 404}, [5]),
            ({"status": 404, "method": "POST"}, []),
            ({"early": False}, [0, 1, 2, 3, 4, 5]),
            ({"early": True}, []),
            ({"customer_id": UUID(int=5)}, [5]),
            ({"customer_id": "{00000000-0000-0000-0000-000000000005}"}, [5]),
        ],
        ids=str,
    )
    def test_all_that_is_given_must_match(
        self, visited: Emulator, query: dict[str, Any], places: list[int]
    ) -> None:
        journal = visited.journal
        assert visited.find_requests(**query) == [journal[place] for place in places]
        visited.assert_requested(len(places), **query)
        for wrong in {len(places) + 1, 0} - {len(places)}:
            with pytest.raises(AssertionError, match=f"{len(places)} such requests instead of"):
                visited.assert_requested(wrong, **query)

    def test_by_customer(self, visited: Emulator) -> None:
        one, other, third, *_ = visited.customer_ids
        found = visited.find_requests(customer_id=UUID(one))
        assert [(entry.method, entry.status) for entry in found] == [
            ("GET", 200),
            ("POST", 201),
            ("POST", 409),
        ]
        visited.assert_requested(customer_id=other)
        with pytest.raises(AssertionError, match="0 such requests instead of at least one"):
            visited.assert_requested(customer_id=third)

    def test_a_failure_lists_the_last_requests(self, visited: Emulator) -> None:
        with pytest.raises(AssertionError) as caught:
            visited.assert_requested(3, method="POST")
        head, *lines = str(caught.value).splitlines()
        assert head == "2 such requests instead of 3; the last of all requests were:"
        assert lines == [str(entry) for entry in visited.journal]
        request_id = visited.journal[-1].request_id
        missing = f"GET /v1/customers/{UUID(int=5)} -> 404, MS-RequestId {request_id}"
        assert re.fullmatch(rf"20\S+\+00:00 {re.escape(missing)}", lines[-1])
        visited.reset()
        with pytest.raises(AssertionError, match=r"requests were:\nnone$"):
            visited.assert_requested()

    def test_but_ten_of_them_at_most(self, emulator: Emulator) -> None:
        hammer(emulator, emulator.customer_ids[0], 30)
        with pytest.raises(AssertionError) as caught:
            emulator.assert_requested(31)
        assert str(caught.value).count("MS-RequestId") == 10

    def test_an_entry_says_what_is_special(self, emulator: Emulator) -> None:
        emulator.inject(reset=True)
        with emulator.client(max_retries=0) as client, suppress(Exception):
            client.get_qualifications(emulator.customer_ids[0])
        (entry,) = emulator.find_requests()
        assert entry.status is None
        assert "-> reset, MS-RequestId" in str(entry)

    @pytest.mark.parametrize(
        ("query", "value", "cure"),
        [
            ({"method": 5}, "5", "str"),
            ({"path": b"/"}, "b'/'", "str"),
            ({"status": "200"}, "'200'", "whole number"),
            ({"status": -1}, "-1", "not negative"),
            ({"status": 1 << 16}, "65536", "not too large"),
            ({"early": 1}, "1", "True or False"),
            ({"customer_id": 5}, "5", "GUID"),
            ({"customer_id": "me"}, "me", "GUID"),
        ],
        ids=str,
    )
    def test_nonsense_is_refused_by_name(
        self, emulator: Emulator, query: dict[str, Any], value: str, cure: str
    ) -> None:
        for lever in (emulator.find_requests, emulator.assert_requested):
            with pytest.raises(InvalidArgumentError) as caught:
                lever(**query)
            assert caught.value.field == next(iter(query))
            assert value in caught.value.value
            assert cure in caught.value.cure

    @pytest.mark.parametrize("times", [-1, 1.0, "1", True])
    def test_so_are_times_that_cannot_be(self, emulator: Emulator, times: Any) -> None:  # noqa: ANN401 - anything
        with pytest.raises(InvalidArgumentError, match="times") as caught:
            emulator.assert_requested(times)
        assert caught.value.value == repr(times)


def post(client: Client, customer_id: str, **more: Any) -> None:  # noqa: ANN401 - as the client takes them
    client.update_qualification(customer_id, "Education", education_segment="K12", **more)


class TestPosts:
    def test_asking_for_two_things_or_for_two_customers_is_no_offence(
        self, emulator: Emulator
    ) -> None:
        one, other, *_ = emulator.customer_ids
        with emulator.client() as client:
            for customer_id in (one, other):
                post(client, customer_id)
                client.update_qualification(customer_id, "StateOwnedEntity")
        emulator.assert_each_posted_once()
        emulator.assert_no_duplicates()
        assert emulator.duplicates == 0

    def test_asking_again_after_a_denial_is_none_either(self) -> None:
        rule = VettingRule(after=0, outcomes={"Denied": 1})
        with Emulator(1, vetting=rule) as emulator, emulator.client() as client:
            for _ in range(3):
                post(client, emulator.customer_ids[0])
                client.get_qualifications(emulator.customer_ids[0])
            emulator.assert_each_posted_once()

    def test_asking_twice_is_told_with_the_ids(self, emulator: Emulator) -> None:
        one, first, second = emulator.customer_ids[0], uuid4(), uuid4()
        with emulator.client() as client:
            post(client, one, request_id=first)
            with pytest.raises(ConflictError):
                post(client, one, request_id=second)
        with pytest.raises(AssertionError) as caught:
            emulator.assert_each_posted_once()
        assert str(caught.value) == (
            "requested more than once:\n"
            f"Education of customer {one}: 2 times, MS-RequestId {first}, {second}"
        )
        emulator.assert_no_duplicates()

    @pytest.mark.parametrize("dedupe", [True, False])
    def test_a_repeated_id_is_a_duplicate(self, dedupe: bool) -> None:  # noqa: FBT001 - a row
        with Emulator(2, dedupe=dedupe) as emulator, emulator.client() as client:
            request_id = uuid4()
            post(client, emulator.customer_ids[0], request_id=request_id)
            emulator.assert_no_duplicates()
            with suppress(ConflictError):
                post(client, emulator.customer_ids[0], request_id=request_id)
            assert emulator.duplicates == 1
            with pytest.raises(AssertionError) as caught:
                emulator.assert_no_duplicates()
        head, line = str(caught.value).splitlines()
        assert head == "sent more than once:"
        assert line.startswith(f"POST /v1/customers/{emulator.customer_ids[0]}/qualifications at ")
        assert line.endswith(f", MS-RequestId {request_id}")

    def test_what_was_never_carried_out_is_not_repeated(self, emulator: Emulator) -> None:
        emulator.inject(503, method="POST")
        with emulator.client() as client:  # which sends it again under the same id
            post(client, emulator.customer_ids[0])
        first, *_, last = emulator.find_requests(method="POST")
        assert first.request_id == last.request_id
        emulator.assert_requested(2, method="POST")
        emulator.assert_no_duplicates()
        emulator.assert_each_posted_once()


class TestWaits:
    def test_who_waits_is_not_early(self, emulator: Emulator) -> None:
        emulator.inject(429, retry_after=60)
        one = emulator.customer_ids[0]
        assert hammer(emulator, one, 1) == [429]
        emulator.advance(60)
        assert hammer(emulator, one, 1) == [200]
        emulator.assert_retry_after_respected()

    def test_who_does_not_is_told_by_request(self, emulator: Emulator) -> None:
        emulator.inject(429, retry_after=60)
        assert hammer(emulator, emulator.customer_ids[0], 3) == [429, 200, 200]
        assert [entry.early for entry in emulator.journal] == [False, True, True]
        with pytest.raises(AssertionError) as caught:
            emulator.assert_retry_after_respected()
        head, *lines = str(caught.value).splitlines()
        assert head == "back before the Retry-After ended:"
        assert lines == [_told(entry) for entry in emulator.find_requests(early=True)]
        assert "early" in str(emulator.journal[-1])
        emulator.assert_requested(2, early=True)

    def test_a_date_is_a_wait_too(self, emulator: Emulator) -> None:
        until = emulator.now + timedelta(seconds=100)
        emulator.inject(429, retry_after=f"{until:%a, %d %b %Y %H:%M:%S} GMT")
        hammer(emulator, emulator.customer_ids[0], 2)
        emulator.assert_requested(1, early=True)

    def test_the_wait_of_one_customer_binds_nobody_else(self) -> None:
        with Emulator(2, customer_requests_per_window=1, window=3600) as emulator:
            one, other = emulator.customer_ids
            assert hammer(emulator, one, 3) == [200, 429, 429]
            assert hammer(emulator, other, 1) == [200]
            with emulator.client(max_retries=0) as client:
                list(client.list_customers())
                with pytest.raises(RateLimitError):
                    client.get_qualifications(other)
            early = emulator.find_requests(early=True)
        assert [(entry.customer_id, entry.status) for entry in early] == [(one, 429)]


def _told(entry: JournalEntry) -> str:
    return f"{entry.method} {entry.path} at {entry.at.isoformat()}, MS-RequestId {entry.request_id}"


class TestFaults:
    def test_each_must_have_fired_as_often_as_it_was_to(self, emulator: Emulator) -> None:
        emulator.assert_faults_fired()
        emulator.inject(500, times=None)
        emulator.inject(delay=0.001, nth=2, path="/qualifications")
        often = emulator.inject(503, times=3, method="POST")
        emulator.switch_fault(1, enabled=False)
        assert hammer(emulator, emulator.customer_ids[0], 2) == [200, 200]
        with pytest.raises(AssertionError) as caught:
            emulator.assert_faults_fired()
        assert str(caught.value) == (
            "not fired as often as they should:\n"
            f"fault {often}: 0 times instead of 3; 0 requests were of its kind"
        )
        emulator.switch_fault(often, enabled=False)
        emulator.assert_faults_fired()
