"""What is taken for the answer to a request for a qualification, and what is looked up instead."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from partnercenter_qual import Qualification, QualificationType, VettingStatus

from .either import Either
from .scripted import CUSTOMER_ID, Answer, Request, Scripted, Step

IN_REVIEW = {"qualification": "Education", "vettingStatus": "InReview"}


def denied(created: datetime) -> dict[str, str]:
    when = created.isoformat().replace("+00:00", "Z")
    return {"qualification": "Education", "vettingStatus": "Denied", "vettingCreateDate": when}


def ask(either: Either, server: Scripted) -> Qualification:
    client = either.client(server)
    return either.call(
        client.update_qualification, CUSTOMER_ID, "Education", education_segment="K12"
    )


def methods(server: Scripted) -> list[str]:
    return [request.method for request in server.requests]


class Losing:
    """A service that loses the first request, and shows what the customer has as of then."""

    def __init__(
        self, created: Callable[[datetime], datetime], clock: timedelta | None = None
    ) -> None:
        self._created = created
        self._clock = clock
        self._lost_at: datetime | None = None

    def __call__(self, request: Request) -> Step:
        if request.method == "POST":
            if self._lost_at is not None:
                return Answer(IN_REVIEW, status=201)
            self._lost_at = datetime.now(UTC)
            return "reset"
        assert self._lost_at is not None
        ahead = self._clock or timedelta()
        now = datetime.now(UTC) + ahead
        headers = {} if self._clock is None else {"Date": format_datetime(now, usegmt=True)}
        return Answer([denied(self._created(self._lost_at + ahead))], headers=headers)


def to_the_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


class TestDenial:
    def test_of_the_same_second_is_the_answer(self, either: Either) -> None:
        with Scripted(Losing(to_the_second)) as server:
            assert ask(either, server).vetting_status is VettingStatus.DENIED
        assert methods(server) == ["POST", "GET"]

    def test_of_milliseconds_before_is_not(self, either: Either) -> None:
        before = datetime.now(UTC) - timedelta(milliseconds=3)
        before = before.replace(microsecond=before.microsecond or 1)  # not a whole second
        with Scripted(Losing(lambda _: before)) as server:
            assert ask(either, server).vetting_status is VettingStatus.IN_REVIEW
        assert methods(server) == ["POST", "GET", "POST"]

    def test_of_the_second_before_is_not(self, either: Either) -> None:
        before = to_the_second(datetime.now(UTC)) - timedelta(seconds=1)
        with Scripted(Losing(lambda _: before)) as server:
            assert ask(either, server).vetting_status is VettingStatus.IN_REVIEW
        assert methods(server) == ["POST", "GET", "POST"]

    @pytest.mark.parametrize("minutes", [-10, 10])
    @pytest.mark.parametrize("form", [to_the_second, datetime.astimezone])
    def test_by_a_clock_that_is_off_is_the_answer(
        self, either: Either, minutes: int, form: Callable[[datetime], datetime]
    ) -> None:
        with Scripted(Losing(form, timedelta(minutes=minutes))) as server:
            assert ask(either, server).vetting_status is VettingStatus.DENIED
        assert methods(server) == ["POST", "GET"]

    @pytest.mark.parametrize("minutes", [-10, 10])
    def test_from_before_by_a_clock_that_is_off_is_not(self, either: Either, minutes: int) -> None:
        def minute_before(lost_at: datetime) -> datetime:
            return lost_at - timedelta(minutes=1)

        with Scripted(Losing(minute_before, timedelta(minutes=minutes))) as server:
            assert ask(either, server).vetting_status is VettingStatus.IN_REVIEW
        assert methods(server) == ["POST", "GET", "POST"]

    def test_a_clock_that_is_right_changes_nothing(self, either: Either) -> None:
        before = datetime.now(UTC) - timedelta(milliseconds=3)
        before = before.replace(microsecond=before.microsecond or 1)
        with Scripted(Losing(lambda _: before, timedelta())) as server:
            assert ask(either, server).vetting_status is VettingStatus.IN_REVIEW
        with Scripted(Losing(to_the_second, timedelta())) as server:
            assert ask(either, server).vetting_status is VettingStatus.DENIED


OTHER = {"qualification": "StateOwnedEntity"}


class TestAnswer:
    @pytest.mark.parametrize("body", [[OTHER], {"items": [OTHER]}, {"qualifications": [OTHER]}, []])
    def test_a_list_without_the_kind_is_looked_up(self, either: Either, body: object) -> None:
        with Scripted([Answer(body, status=201), Answer([OTHER, IN_REVIEW])]) as server:
            asked = ask(either, server)
        assert asked.qualification is QualificationType.EDUCATION
        assert methods(server) == ["POST", "GET"]

    @pytest.mark.parametrize("body", [[OTHER, IN_REVIEW], {"items": [IN_REVIEW, OTHER]}])
    def test_in_a_list_it_is_the_one_of_the_kind(self, either: Either, body: object) -> None:
        with Scripted([Answer(body, status=201)]) as server:
            asked = ask(either, server)
        assert asked == Qualification.from_dict(IN_REVIEW)
        assert methods(server) == ["POST"]

    @pytest.mark.parametrize("body", [OTHER, IN_REVIEW, {"Qualification": "HealthCare"}])
    def test_one_object_is_the_answer_whatever_it_says(
        self, either: Either, body: dict[str, Any]
    ) -> None:
        with Scripted([Answer(body, status=201)]) as server:
            asked = ask(either, server)
        assert asked == Qualification.from_dict(body)
        assert methods(server) == ["POST"]
