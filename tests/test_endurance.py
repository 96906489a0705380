"""What a wait, a sweep or a list outlasts, and what it must not hide."""

import asyncio
from typing import Any

import pytest

from partnercenter_qual import (
    AsyncClient,
    Emulator,
    InvalidArgumentError,
    PermissionDeniedError,
    Progress,
    Qualification,
    RateLimitError,
    ServerError,
    VettingStatus,
)

from .either import Either

QUICK = 0.02  # seconds between two looks


def in_review(emulator: Emulator) -> str:
    customer_id = emulator.customer_ids[0]
    emulator.decide(customer_id, "Education", "InReview")
    return customer_id


class TestWait:
    @pytest.mark.parametrize("fault", [{"status": 503}, {"reset": True}])
    def test_passing_faults_do_not_end_it(
        self, either: Either, emulator: Emulator, fault: dict[str, Any]
    ) -> None:
        customer_id = in_review(emulator)
        told = []

        def break_down(seen: Qualification | None) -> None:
            told.append(seen)
            if len(told) == 1:
                emulator.inject(**fault, path=customer_id, times=3)
                emulator.decide(customer_id, "Education", "Approved")

        client = either.client(emulator, max_retries=0)
        decided = either.call(
            client.wait_for_vetting,
            customer_id,
            "Education",
            poll_interval=QUICK,
            on_poll=break_down,
        )
        assert decided.vetting_status is VettingStatus.APPROVED
        assert len(told) == 2, "a look that failed is none"

    def test_a_long_pause_is_waited_out_until_the_timeout(
        self, either: Either, emulator: Emulator
    ) -> None:
        customer_id = in_review(emulator)

        def throttle(_: object) -> None:
            emulator.inject(429, path=customer_id, retry_after=500)

        client = either.client(emulator)
        with pytest.raises(TimeoutError) as caught:
            either.call(
                client.wait_for_vetting,
                customer_id,
                "Education",
                timeout=0.3,
                poll_interval=QUICK,
                on_poll=throttle,
            )
        assert not isinstance(caught.value, RateLimitError)
        asked = [entry for entry in emulator.journal if entry.customer_id == customer_id]
        assert [entry.status for entry in asked] == [200, 429]

    def test_the_first_read_has_to_succeed(self, either: Either, emulator: Emulator) -> None:
        customer_id = in_review(emulator)
        emulator.inject(503, path=customer_id)
        client = either.client(emulator, max_retries=0)
        with pytest.raises(ServerError):
            either.call(client.wait_for_vetting, customer_id, "Education", poll_interval=QUICK)

    def test_what_does_not_pass_ends_it(self, either: Either, emulator: Emulator) -> None:
        customer_id = in_review(emulator)
        client = either.client(emulator)
        with pytest.raises(PermissionDeniedError):
            either.call(
                client.wait_for_vetting,
                customer_id,
                "Education",
                poll_interval=QUICK,
                on_poll=lambda _: emulator.inject(403, path=customer_id),
            )


def test_a_callback_that_raises_costs_no_result(either: Either, emulator: Emulator) -> None:
    class HiccupError(Exception):
        pass

    raised: list[Progress] = []

    def hiccup(progress: Progress) -> None:
        if progress.done == 2 and not raised:
            raised.append(progress)
            raise HiccupError

    sweep = either.client(emulator).sweep(emulator.customer_ids, progress=hiccup)
    found = either.list(sweep, limit=1)
    with pytest.raises(HiccupError):
        either.list(sweep)
    found += either.list(sweep)
    assert {result.customer_id for result in found} == set(emulator.customer_ids)
    assert [progress.done for progress in raised] == [2]


async def test_a_plain_loop_in_an_event_loop_is_refused(
    async_client: AsyncClient, emulator: Emulator
) -> None:
    assert asyncio.get_running_loop().is_running()
    streams: list[Any] = [async_client.sweep(emulator.customer_ids), async_client.list_customers()]
    for stream in streams:
        with pytest.raises(RuntimeError, match="async for"):
            next(stream)
        assert len([item async for item in stream]) == 5


@pytest.mark.parametrize("data", ["x", None, [], 5])
def test_what_is_no_object_is_no_value(data: Any) -> None:  # noqa: ANN401 - any JSON
    with pytest.raises(InvalidArgumentError, match="JSON object") as caught:
        Qualification.from_dict(data)
    assert caught.value.field == "data"


@pytest.mark.parametrize("website", ["a\nb", "school.example\0"])
def test_a_website_is_one_line(either: Either, emulator: Emulator, website: str) -> None:
    client = either.client(emulator)
    with pytest.raises(InvalidArgumentError) as caught:
        either.call(
            client.update_qualification,
            emulator.customer_ids[0],
            "Education",
            education_segment="K12",
            website=website,
        )
    assert caught.value.field == "website"
    assert emulator.journal == []


def test_a_qualification_of_many_digits_stays_verbatim(either: Either, emulator: Emulator) -> None:
    digits = 99999999999999999999999
    emulator.inject(body=[{"qualification": digits}])
    found = either.call(either.client(emulator).get_qualifications, emulator.customer_ids[0])
    assert found == [Qualification.from_dict({"qualification": digits})]
    assert found[0].qualification == str(digits)
