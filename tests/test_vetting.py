"""Waiting until vetting has ended."""

import asyncio
import threading
import time
from itertools import pairwise
from uuid import UUID

import pytest

from partnercenter_qual import (
    AsyncClient,
    Emulator,
    NotFoundError,
    PermissionDeniedError,
    Qualification,
    QualificationType,
    ServerError,
    TransportError,
    VettingStatus,
    VettingTimeoutError,
)

from .either import Either
from .holding import Holding
from .scripted import CUSTOMER_ID

QUICK = 0.02  # seconds between two looks
LONG = 30.0  # seconds; what waits for it fails by its time limit
DAY = 24 * 3600.0


@pytest.fixture
def customer_id(emulator: Emulator) -> str:
    """Give a customer whose request for Education nobody has decided yet."""
    customer_id = emulator.customer_ids[0]
    emulator.decide(customer_id, "Education", "InReview")
    return customer_id


class TestDecision:
    @pytest.mark.parametrize("status", list(VettingStatus)[1:])
    def test_it_is_returned_with_its_reason(
        self, either: Either, emulator: Emulator, customer_id: str, status: VettingStatus
    ) -> None:
        reason = "Not an Academic Domain" if status == VettingStatus.DENIED else None

        def decide(_: object) -> None:
            emulator.decide(customer_id, "Education", status, reason)

        client = either.client(emulator)
        decided = either.call(
            client.wait_for_vetting, customer_id, "Education", poll_interval=QUICK, on_poll=decide
        )
        assert decided.qualification is QualificationType.EDUCATION
        assert decided.vetting_status is status
        assert decided.vetting_reason == reason
        assert either.call(client.get_qualifications, customer_id) == [decided]

    def test_it_is_noticed_while_one_waits(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        decide = threading.Timer(0.1, emulator.decide, (customer_id, "Education", "Approved"))
        decide.start()
        client = either.client(emulator)
        decided = either.call(
            client.wait_for_vetting, customer_id, "Education", poll_interval=QUICK, timeout=LONG
        )
        decide.join()
        assert decided.vetting_status is VettingStatus.APPROVED
        assert len(emulator.journal) > 1

    def test_it_comes_with_the_days(self, either: Either, emulator: Emulator) -> None:
        customer_id = emulator.customer_ids[1]
        client = either.client(emulator)
        asked = either.call(
            client.update_qualification, customer_id, "Education", education_segment="K12"
        )
        decided = either.call(
            client.wait_for_vetting,
            customer_id,
            "Education",
            poll_interval=QUICK,
            on_poll=lambda _: emulator.advance(DAY / 4),
        )
        assert asked.vetting_status is VettingStatus.IN_REVIEW
        assert decided.vetting_status in {VettingStatus.APPROVED, VettingStatus.DENIED}
        assert decided.vetting_created_date == asked.vetting_created_date
        assert len(emulator.journal) > 3

    @pytest.mark.parametrize(
        "wanted", ["education", QualificationType.EDUCATION, 1, "EDUCATION", " Education "]
    )
    def test_one_that_is_there_is_returned_at_once(
        self, either: Either, emulator: Emulator, customer_id: str, wanted: str | int
    ) -> None:
        emulator.decide(customer_id, "Education", "Approved")
        client = either.client(emulator)
        decided = either.call(client.wait_for_vetting, UUID(customer_id), wanted)
        assert decided.vetting_status is VettingStatus.APPROVED
        assert len(emulator.journal) == 1

    def test_what_is_not_vetted_is_returned_at_once(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        client = either.client(emulator)
        either.call(client.update_qualification, customer_id, "StateOwnedEntity")
        owned = either.call(client.wait_for_vetting, customer_id, "StateOwnedEntity")
        assert owned == Qualification(qualification=QualificationType.STATE_OWNED_ENTITY)

    def test_a_status_that_no_document_lists_is_a_decision(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        emulator.inject(body=[{"qualification": "Education", "vettingStatus": "Expired"}])
        client = either.client(emulator)
        decided = either.call(client.wait_for_vetting, customer_id, "Education")
        assert decided.vetting_status == "Expired"
        assert decided.vetting_status is not None
        assert not decided.vetting_status.is_known

    def test_review_is_review_in_any_spelling(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        emulator.inject(body=[{"Qualification": "education", "VettingStatus": "In review"}])
        emulator.decide(customer_id, "Education", "Approved")
        client = either.client(emulator)
        either.call(client.wait_for_vetting, customer_id, "Education", poll_interval=QUICK)
        assert len(emulator.journal) == 2


class TestPolls:
    def test_each_look_is_told(self, either: Either, emulator: Emulator, customer_id: str) -> None:
        told: list[Qualification | None] = []

        def tell(seen: Qualification | None) -> None:
            told.append(seen)
            if len(told) == 3:
                emulator.decide(customer_id, "Education", "Denied", "Not an eligible Library")

        client = either.client(emulator)
        decided = either.call(
            client.wait_for_vetting, customer_id, "Education", poll_interval=QUICK, on_poll=tell
        )
        assert len(told) == len(emulator.journal) == 4
        assert all(seen and seen.vetting_status == "InReview" for seen in told[:3])
        assert told[3] == decided

    def test_they_are_an_interval_apart(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        with pytest.raises(VettingTimeoutError):
            either.call(
                either.client(emulator).wait_for_vetting,
                customer_id,
                "Education",
                poll_interval=0.1,
                timeout=0.35,
            )
        arrived = [entry.at for entry in emulator.journal]
        apart = [(later - at).total_seconds() for at, later in pairwise(arrived)]
        assert 2 <= len(arrived) <= 5
        assert all(seconds > 0.09 for seconds in apart[:-1])  # the last one comes at the timeout

    def test_without_an_interval_the_second_is_seconds_away(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        with pytest.raises(VettingTimeoutError):
            either.call(
                either.client(emulator).wait_for_vetting, customer_id, "Education", timeout=0.3
            )
        assert len(emulator.journal) == 2  # the first, and the last one at the timeout

    async def test_what_is_told_of_them_is_awaited(
        self, async_client: AsyncClient, emulator: Emulator, customer_id: str
    ) -> None:
        told: list[Qualification | None] = []

        async def tell(seen: Qualification | None) -> None:
            await asyncio.sleep(0)
            told.append(seen)
            emulator.decide(customer_id, "Education", "Approved")

        decided = await async_client.wait_for_vetting(
            customer_id, "Education", poll_interval=QUICK, on_poll=tell
        )
        assert [seen and seen.vetting_status for seen in told] == ["InReview", "Approved"]
        assert told[-1] == decided

    async def test_what_is_awaited_for_them_may_raise(
        self, async_client: AsyncClient, customer_id: str
    ) -> None:
        async def refuse(_: object) -> None:
            await asyncio.sleep(0)
            raise OSError("the log is full")

        with pytest.raises(OSError, match="the log is full"):
            await async_client.wait_for_vetting(customer_id, "Education", on_poll=refuse)

    def test_what_is_told_of_them_may_raise(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        def refuse(_: object) -> None:
            raise OSError("the log is full")

        with pytest.raises(OSError, match="the log is full"):
            either.call(
                either.client(emulator).wait_for_vetting, customer_id, "Education", on_poll=refuse
            )
        assert len(emulator.journal) == 1

    def test_an_error_ends_the_wait(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        emulator.inject(403, nth=3)
        client = either.client(emulator)
        with pytest.raises(PermissionDeniedError) as caught:
            either.call(
                client.wait_for_vetting, customer_id, "Education", poll_interval=QUICK, timeout=LONG
            )
        assert caught.value.customer_id == customer_id
        assert len(emulator.journal) == 3

    def test_a_customer_that_is_unknown_is_an_error(
        self, either: Either, emulator: Emulator
    ) -> None:
        unknown = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
        with pytest.raises(NotFoundError):
            either.call(either.client(emulator).wait_for_vetting, unknown, "Education")


class TestTimeout:
    def test_its_error_has_what_was_seen_last(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        client = either.client(emulator)
        (seen,) = either.call(client.get_qualifications, customer_id)
        with pytest.raises(VettingTimeoutError, match=customer_id) as caught:
            either.call(
                client.wait_for_vetting, customer_id, "Education", timeout=0.1, poll_interval=QUICK
            )
        assert isinstance(caught.value, TimeoutError)
        assert caught.value.last == seen
        assert caught.value.customer_id == customer_id
        assert caught.value.request_id == emulator.journal[-1].request_id

    def test_zero_looks_once(self, either: Either, emulator: Emulator, customer_id: str) -> None:
        client = either.client(emulator)
        with pytest.raises(VettingTimeoutError) as caught:
            either.call(client.wait_for_vetting, customer_id, "Education", timeout=0)
        assert caught.value.last is not None
        assert len(emulator.journal) == 1
        emulator.decide(customer_id, "Education", "Approved")
        decided = either.call(client.wait_for_vetting, customer_id, "Education", timeout=0)
        assert decided.vetting_status is VettingStatus.APPROVED

    def test_what_the_customer_does_not_have_is_none(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        told: list[Qualification | None] = []
        with pytest.raises(VettingTimeoutError) as caught:
            either.call(
                either.client(emulator).wait_for_vetting,
                customer_id,
                "GovernmentCommunityCloud",
                timeout=0.1,
                poll_interval=QUICK,
                on_poll=told.append,
            )
        assert caught.value.last is None
        assert set(told) == {None}
        assert len(told) > 1

    def test_what_shows_late_is_still_found(self, either: Either, emulator: Emulator) -> None:
        customer_id = emulator.customer_ids[3]
        told: list[Qualification | None] = []

        def tell(seen: Qualification | None) -> None:
            told.append(seen)
            if len(told) == 2:
                emulator.decide(customer_id, "Education", "Approved")

        client = either.client(emulator)
        decided = either.call(
            client.wait_for_vetting, customer_id, "Education", poll_interval=QUICK, on_poll=tell
        )
        assert told == [None, None, decided]

    def test_it_holds_though_there_never_was_an_answer(self, either: Either) -> None:
        with Holding() as server:
            client = either.client(server.url)
            started = time.monotonic()
            with pytest.raises(VettingTimeoutError) as caught:
                either.call(client.wait_for_vetting, CUSTOMER_ID, "Education", timeout=0.2)
            assert time.monotonic() - started < 20  # an attempt has 60 s
        error = caught.value
        assert (error.last, error.customer_id, error.attempts) == (None, CUSTOMER_ID, 1)
        assert UUID(error.request_id) != UUID(error.correlation_id)
        for known in (CUSTOMER_ID, error.request_id, error.correlation_id):
            assert str(known) in str(error)

    def test_its_ids_are_those_of_the_last_look(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        emulator.inject(delay=LONG, nth=2)
        with pytest.raises(VettingTimeoutError) as caught:
            either.call(
                either.client(emulator).wait_for_vetting, customer_id, "Education", timeout=0.1
            )
        look = emulator.journal[-1]
        assert len(emulator.journal) == 2
        assert caught.value.request_id == look.request_id
        assert caught.value.correlation_id == look.correlation_id
        assert caught.value.attempts == 1

    def test_it_holds_while_the_service_is_silent(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        emulator.inject(delay=LONG, nth=2)
        started = time.monotonic()
        with pytest.raises(VettingTimeoutError) as caught:
            either.call(
                either.client(emulator).wait_for_vetting,
                customer_id,
                "Education",
                timeout=0.2,
                poll_interval=QUICK,
            )
        assert caught.value.last is not None
        assert time.monotonic() - started < LONG / 2

    def test_where_it_could_not_be_read_that_is_said(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        client = either.client(emulator)
        emulator.decide(customer_id, "Education", "InReview")
        emulator.inject(503, path="/qualifications", times=None)
        with pytest.raises(VettingTimeoutError) as caught:
            either.call(client.wait_for_vetting, customer_id, "Education", timeout=1)
        error = caught.value
        assert (error.last, type(error.__cause__)) == (None, ServerError)
        assert "could not be read within" in str(error)
        assert "503" in str(error)
        assert "asked for first" not in str(error)

    def test_what_could_be_read_before_is_kept(
        self, either: Either, emulator: Emulator, customer_id: str
    ) -> None:
        client = either.client(emulator, max_retries=0)
        emulator.decide(customer_id, "Education", "InReview")
        with pytest.raises(VettingTimeoutError) as caught:
            either.call(
                client.wait_for_vetting,
                customer_id,
                "Education",
                timeout=1,
                poll_interval=0.1,
                on_poll=lambda _: emulator.inject(reset=True, path="/qualifications", times=None),
            )
        error = caught.value
        assert error.last is not None
        assert "when it could last be read" in str(error)
        assert isinstance(error.__cause__, TransportError)
