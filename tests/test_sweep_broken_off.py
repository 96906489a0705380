"""Sweeps whose customers did not come to an end, and many that share one."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from partnercenter_qual import Emulator, Ledger, ServerError, UnauthorizedError

from .either import Either
from .ledgers import Place
from .postgres import Postgres

FINISHED = "SELECT count(*) FROM sweeps WHERE finished_at IS NOT NULL"


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    with Ledger(place.url) as ledger:
        yield ledger


@pytest.mark.parametrize(
    ("status", "error"), [(500, ServerError), (401, UnauthorizedError)], ids=["500", "401"]
)
def test_a_list_that_breaks_off_is_gone_on_with(
    either: Either, place: Place, ledger: Ledger, status: int, error: type[Exception]
) -> None:
    with Emulator(1_200, seed=7) as emulator:
        client = either.client(emulator, max_retries=0)
        emulator.inject(status, path="seekOperation", times=None)
        first = client.sweep(ledger=ledger)
        with pytest.raises(error):
            either.call(first.collect)
        emulator.clear_faults()
        assert place.value(FINISHED) == "0"
        second = client.sweep(ledger=ledger, resume=True)
        assert len(either.call(second.collect)) >= 1_200
        assert second.known == first.done > 0
    assert place.value(FINISHED) == "1"


def test_a_source_that_breaks_off_is_gone_on_with(either: Either, ledger: Ledger) -> None:
    with Emulator(60, seed=7) as emulator:
        client = either.client(emulator)
        first = client.sweep(broken(emulator.customer_ids[:40]), ledger=ledger)
        with pytest.raises(OSError, match="the disk is gone"):
            either.list(first)
        second = client.sweep(emulator.customer_ids, ledger=ledger, resume=True)
        assert len(either.list(second)) == 60
    assert second.known == 40


def broken(customer_ids: list[str]) -> Iterator[str]:
    yield from customer_ids
    raise OSError("the disk is gone")


def test_many_share_a_sweep_of_many(postgres_url: str, postgres: Postgres) -> None:
    """Each writes many rows at a time, which others are about to write too."""
    place = Place(postgres_url, postgres)

    def swept(emulator: Emulator) -> int:
        with emulator.client() as client, Ledger(place.url) as ledger:
            return len(client.sweep(ledger=ledger, resume=True).collect())

    with Emulator(2_000, seed=7, mix={}) as emulator:
        emulator.inject(path="/qualifications", delay=0.01, times=None)
        results = together(4, lambda: swept(emulator))
        assert results == [2_000] * 4
        assert len(emulator.find_requests(path="/qualifications")) == 2_000


def together(workers: int, work: Callable[[], int]) -> list[int]:
    with ThreadPoolExecutor(workers) as pool:
        return [each.result() for each in [pool.submit(work) for _ in range(workers)]]
