"""What keeps a second watch from a ledger, and until when."""

import gc
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Timer

import pytest

from partnercenter_qual import Emulator, Ledger, LedgerError, UnauthorizedError, Watch

from .either import Either
from .ledgers import TENANT_ID, Place
from .postgres import Postgres
from .waiting import until
from .watching import QUICK, in_a_thread, in_review, once_it_is_free, start, watched

LOOKS = "/qualifications"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with in_review() as emulator:
        yield emulator


@pytest.fixture
def ledger(place: Place, emulator: Emulator) -> Iterator[Ledger]:
    with watched(place, emulator) as ledger:
        yield ledger


class TestSecond:
    def test_it_is_refused_until_the_first_is_closed(
        self, either: Either, emulator: Emulator, place: Place, ledger: Ledger
    ) -> None:
        client = either.client(emulator)
        emulator.decide(emulator.customer_ids[0], "Education", "Approved")
        first = client.watch(ledger=ledger, interval=QUICK)
        either.list(first, limit=1)
        for of in (ledger, place.url):
            with pytest.raises(LedgerError, match="in use: another watch"):
                either.list(client.watch(ledger=of, interval=QUICK), limit=1)
        first.close()
        with client.watch(ledger=place.url, interval=QUICK) as second:
            assert len(either.list(second, limit=1)) == 1

    def test_it_is_refused_until_nobody_has_the_first(
        self, either: Either, emulator: Emulator, place: Place
    ) -> None:
        with watched(place, emulator, lease=600.0) as ledger:
            client = either.client(emulator)
            emulator.decide(emulator.customer_ids[0], "Education", "Approved")
            first = client.watch(ledger=ledger, interval=QUICK)
            either.list(first, limit=1)
            del first
            gc.collect()
            with client.watch(ledger=ledger, interval=QUICK) as second:
                assert len(either.list(second, limit=1)) == 1

    def test_it_may_begin_when_the_first_has_failed(
        self, either: Either, emulator: Emulator, ledger: Ledger
    ) -> None:
        """As in a notebook, where the traceback of the last cell holds the first one."""
        client = either.client(emulator)
        first = client.watch(ledger=ledger, interval=QUICK)
        refusal = emulator.inject(401, times=None)
        with pytest.raises(UnauthorizedError):
            either.list(first, limit=1)
        emulator.remove_fault(refusal)
        one, other, _ = emulator.customer_ids
        emulator.decide(one, "Education", "Approved")
        with client.watch(ledger=ledger, interval=QUICK) as second:
            assert len(either.list(second, limit=1)) == 1
            with pytest.raises(LedgerError, match="in use: another watch"):
                either.list(first, limit=1)
        emulator.decide(other, "Education", "Approved")
        (given_again, change) = either.list(first, limit=2)
        assert (given_again.customer_id, change.customer_id) == (one, other)

    def test_it_may_begin_when_the_first_was_interrupted(
        self, emulator: Emulator, ledger: Ledger
    ) -> None:
        with emulator.client() as client:
            first = client.watch(ledger=ledger, interval=QUICK)
            begun = len(emulator.journal)
            interrupt = in_a_thread(lambda: press_ctrl_c(lambda: len(emulator.journal) > begun))
            with pytest.raises(KeyboardInterrupt):
                next(first)
            interrupt.join(20)
            emulator.decide(emulator.customer_ids[0], "Education", "Approved")
            with client.watch(ledger=ledger, interval=QUICK) as second:
                assert next(second).customer_id == emulator.customer_ids[0]

    def test_who_was_killed_keeps_it_no_longer_than_a_lease(
        self, either: Either, emulator: Emulator, place: Place, ledger: Ledger
    ) -> None:
        client = either.client(emulator)
        with start(place, emulator) as process:
            with pytest.raises(LedgerError, match="in use: another watch"):
                either.list(client.watch(ledger=ledger, interval=QUICK), limit=1)
            process.kill()
        emulator.decide(emulator.customer_ids[0], "Education", "Approved")
        second = client.watch(ledger=ledger, interval=QUICK)
        assert len(once_it_is_free(lambda: either.list(second, limit=1))) == 1

    @pytest.mark.parametrize("busy", ["with a change", "with a slow answer"])
    def test_a_lease_does_not_end_under_who_lives(
        self, emulator: Emulator, postgres_url: str, postgres: Postgres, busy: str
    ) -> None:
        place = Place(postgres_url, postgres)
        first = emulator.customer_ids[0]
        with watched(place, emulator, lease=1.0) as ledger, emulator.client() as client:
            watch = client.watch(ledger=ledger, interval=QUICK)
            emulator.decide(first, "Education", "Approved")
            next(watch)
            waiting = None
            if busy == "with a slow answer":
                emulator.inject(path=LOOKS, delay=4.0, times=None)
                before = len(emulator.find_requests(path=LOOKS))
                waiting = in_a_thread(lambda: ask(watch))
                until(lambda: len(emulator.find_requests(path=LOOKS)) > before)
            time.sleep(2.5)  # longer than the lease
            emulator.clear_faults()
            emulator.decide(emulator.customer_ids[1], "Education", "Approved")
            with pytest.raises(LedgerError, match="in use: another watch"):
                next(client.watch(ledger=ledger, interval=QUICK))
            if waiting is not None:
                waiting.join(20)


def test_who_was_suspended_goes_on_from_where_another_has_come_to(
    postgres_url: str, postgres: Postgres
) -> None:
    place = Place(postgres_url, postgres)
    with (
        in_review() as emulator,
        watched(place, emulator, lease=2.0) as ledger,
        start(place, emulator) as process,
    ):
        try:
            one, other, third = emulator.customer_ids
            process.send_signal(signal.SIGSTOP)
            for customer_id in (one, other):
                emulator.decide(customer_id, "Education", "Approved")
            with emulator.client() as client:
                second = client.watch(ledger=ledger, interval=QUICK)
                found = once_it_is_free(lambda: next(second))
                assert {found.customer_id, next(second).customer_id} == {one, other}
                closing = Timer(0.5, second.close)
                closing.start()
                assert [*second] == []  # both are done with
                closing.join()
            process.send_signal(signal.SIGCONT)
            emulator.decide(third, "Education", "Approved")
            assert process.stdout is not None
            assert process.stdout.readline() == f"{third}\n"
        finally:
            process.kill()


def press_ctrl_c(once: Callable[[], bool]) -> None:
    until(once)
    os.kill(os.getpid(), signal.SIGINT)


def ask(watch: Watch) -> None:
    with suppress(LedgerError, RuntimeError):  # when this test has failed
        next(watch)


def test_another_tenant_is_refused_before_anything_is_sent(
    either: Either, emulator: Emulator, place: Place
) -> None:
    with Ledger(place.url, tenant_id=TENANT_ID) as ledger:
        watch = either.client(emulator).watch(ledger=ledger)
        with pytest.raises(LedgerError, match=f"of tenant {TENANT_ID}"):
            either.list(watch, limit=1)
    assert emulator.journal == []
