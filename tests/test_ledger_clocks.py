"""What a ledger makes of looks that cross each other, and of clocks that are wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from partnercenter_qual import Emulator, Ledger, RateLimitError

from .asking import education
from .either import Either
from .ledgers import Place, columns, moment
from .waiting import until
from .watching import in_a_thread


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(3, seed=7, vetting="manual") as emulator:
        yield emulator


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    with Ledger(place.url) as ledger:
        yield ledger


def statuses(ledger: Ledger, customer_id: str) -> list[tuple[str | None, str | None]]:
    rows = [row for row in ledger.latest() if row["customer_id"] == customer_id]
    return columns(rows, "qualification", "vetting_status")


def test_a_read_that_was_on_its_way_during_a_request_tells_of_no_later_time(
    either: Either, emulator: Emulator, ledger: Ledger
) -> None:
    """It was answered before the request took effect, and arrives after that."""
    client, school = either.client(emulator), emulator.customer_ids[0]
    either.call(client.sweep(ledger=ledger).collect)
    before = len(emulator.journal)
    emulator.inject(method="GET", customer_id=school, delay=2)
    with emulator.client() as other:
        reading = in_a_thread(lambda: other.sweep([school], ledger=ledger).collect())
        until(lambda: len(emulator.journal) > before)
        (result,) = either.list(client.apply([education(school)], ledger=ledger))
        reading.join(20)
    assert result.outcome == "answered"
    assert statuses(ledger, school) == [("Education", "InReview")]
    assert len(ledger.pending()) == 1
    assert columns(ledger.changes(), "old_status", "new_status") == [(None, "InReview")]


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(days=400)])
def test_what_was_seen_by_a_clock_that_was_ahead_is_not_the_last_word(
    either: Either, emulator: Emulator, place: Place, ledger: Ledger, ahead: timedelta
) -> None:
    client, school = either.client(emulator), emulator.customer_ids[0]
    either.call(client.sweep(ledger=ledger).collect)
    later = moment(datetime.now(UTC) + ahead)
    place.sql(f"UPDATE observations SET confirmed_at = '{later}'")  # noqa: S608 - of our own
    (result,) = either.list(client.apply([education(school)], ledger=ledger))
    assert result.outcome == "answered"
    assert statuses(ledger, school) == [("Education", "InReview")]
    emulator.decide(school, "Education", "Approved")
    either.call(client.sweep(ledger=ledger).collect)
    assert statuses(ledger, school) == [("Education", "Approved")]


def test_a_lease_of_a_clock_that_was_ahead_holds_nobody_up(
    either: Either, emulator: Emulator, place: Place, ledger: Ledger
) -> None:
    client, school = either.client(emulator), emulator.customer_ids[0]
    emulator.inject(400, method="POST")
    either.list(client.apply([education(school)], ledger=ledger))
    later = moment(datetime.now(UTC) + timedelta(days=400))
    place.sql(f"UPDATE submissions SET state = 'unknown', lease_until = '{later}'")  # noqa: S608
    (result,) = either.list(client.apply([education(school)], ledger=ledger))
    assert result.outcome == "answered"


def test_what_was_not_sent_does_not_count_as_sent(
    either: Either, emulator: Emulator, place: Place, ledger: Ledger
) -> None:
    """Or else what others asked for since would be taken for the answer."""
    client, school = either.client(emulator), emulator.customer_ids[0]
    emulator.inject(429, method="POST", retry_after=300)
    with pytest.raises(RateLimitError):
        either.list(client.apply([education(school)], ledger=ledger))
    assert place.sql("SELECT state, sent_at FROM submissions") == [("intended", "")]
