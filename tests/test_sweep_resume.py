"""Sweeps that are interrupted and go on, in one process or in several, and ledgers that fail."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from partnercenter_qual import Emulator, Ledger, LedgerError, ServerError

from .either import Either
from .ledgers import Place
from .postgres import Postgres
from .waiting import until

LONG = 30.0  # seconds; what waits for it fails by its time limit
CUSTOMERS = 40

READ = "SELECT count(*) FROM sweep_customers WHERE read_at IS NOT NULL"

# Waits for its turn, then takes part in a sweep, and tells what it was given.
WORKER = """
import json, sys
from partnercenter_qual import Client, Ledger
place, lease, token, base_url, customer_ids, limit = json.loads(sys.argv[1])
with Ledger(place, lease=lease) as ledger, Client(token, base_url=base_url) as client:
    print("ready", flush=True)
    sys.stdin.readline()
    if limit:
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    sweep = client.sweep(customer_ids, ledger=ledger, resume=True, max_concurrency=2)
    found = [result.customer_id for result in sweep if result.error is None]
    print(json.dumps([found, sweep.known]))
"""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(CUSTOMERS, seed=7, mix={"Education": 0.3, "StateOwnedEntity": 0.3}) as emulator:
        yield emulator


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    with Ledger(place.url) as ledger:
        yield ledger


@pytest.fixture
def workers() -> Iterator[ExitStack]:
    """End the processes that a test starts."""
    with ExitStack() as workers:
        yield workers


def start(
    workers: ExitStack, place: Place, emulator: Emulator, *, lease: float = 120.0, limit: int = 0
) -> subprocess.Popen[str]:
    """Start a process that is about to sweep all customers."""
    given = place.url, lease, emulator.access_token(), emulator.url, emulator.customer_ids, limit
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, json.dumps(given)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    workers.callback(process.communicate)
    workers.callback(process.kill)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def told(process: subprocess.Popen[str]) -> tuple[list[str], int]:
    """Give what a process says that it was given, and how much of it was known."""
    printed, complaint = process.communicate(timeout=LONG)
    assert process.returncode == 0, complaint
    found, known = json.loads(printed)
    return found, known


def reads(emulator: Emulator) -> Counter[str | None]:
    """Give how often each customer's qualifications were asked for."""
    return Counter(entry.customer_id for entry in emulator.find_requests(path="/qualifications"))


def interrupted(either: Either, emulator: Emulator, ledger: Ledger, count: int) -> None:
    """Begin with a sweep, and end it after some results."""
    client = either.client(emulator, max_concurrency=2)
    sweep = client.sweep(emulator.customer_ids, ledger=ledger)
    assert len(either.list(sweep, limit=count)) == count
    sweep.close()


@pytest.mark.parametrize("ordered", [True, False])
def test_what_was_closed_goes_on(
    either: Either, emulator: Emulator, place: Place, *, ordered: bool
) -> None:
    with Ledger(place.url, lease=1.0) as ledger, emulator.client() as client:
        interrupted(either, emulator, ledger, 10)
        until(lambda: len({entry.at for entry in emulator.journal}) >= 10)
        read, before = int(place.value(READ)), reads(emulator)
        sweep = either.client(emulator).sweep(
            emulator.customer_ids, ledger=ledger, resume=True, ordered=ordered
        )
        results = either.list(sweep)
        after = reads(emulator) - before
        plain = {result.customer_id: result for result in client.sweep(emulator.customer_ids)}
    assert 10 <= read <= before.total() < 20
    assert sweep.known == read
    assert after.total() == CUSTOMERS - read
    assert max(after.values()) == 1
    assert len(results) == CUSTOMERS
    ids = [result.customer_id for result in results]
    assert (ids if ordered else sorted(ids)) == (
        emulator.customer_ids if ordered else sorted(emulator.customer_ids)
    )
    for result in results:
        assert result.error is None
        assert result.qualifications == plain[result.customer_id].qualifications
        assert (result.request_id is None) == (result.customer_id not in after)
    known = [result.observed_at for result in results if result.request_id is None]
    news = [result.observed_at for result in results if result.request_id is not None]
    assert max(known) < min(news)


@pytest.mark.timeout(30)
def test_what_was_closed_goes_on_at_once(
    either: Either, emulator: Emulator, ledger: Ledger
) -> None:
    """A lease is for who gives no sign of life; who closes a sweep has let go of its customers."""
    emulator.inject(delay=0.1, times=None)
    interrupted(either, emulator, ledger, 10)
    sweep = either.client(emulator).sweep(emulator.customer_ids, ledger=ledger, resume=True)
    assert len(either.list(sweep)) == CUSTOMERS


def test_all_customers_of_the_partner_go_on(
    either: Either, emulator: Emulator, place: Place
) -> None:
    with Ledger(place.url, lease=1.0) as ledger:
        first = either.client(emulator, max_concurrency=2).sweep(ledger=ledger)
        either.list(first, limit=5)
        first.close()
        until(lambda: len(reads(emulator)) >= 5)
        read = int(place.value(READ))
        sweep = either.client(emulator).sweep(ledger=ledger, resume=True)
        table = either.call(sweep.collect)
    assert {row["customer_id"] for row in table} == {*emulator.customer_ids}
    assert all(row["company_name"] for row in table)
    assert sweep.known == read >= 5


def test_where_none_was_interrupted_a_sweep_begins(
    either: Either, emulator: Emulator, ledger: Ledger
) -> None:
    client = either.client(emulator)
    for number in range(1, 4):
        sweep = client.sweep(emulator.customer_ids, ledger=ledger, resume=True)
        assert len(either.list(sweep)) == CUSTOMERS
        assert sweep.known == 0
        assert reads(emulator) == dict.fromkeys(emulator.customer_ids, number)


def test_without_resume_all_is_read_again(
    either: Either, emulator: Emulator, ledger: Ledger
) -> None:
    interrupted(either, emulator, ledger, 10)
    before = reads(emulator)
    sweep = either.client(emulator).sweep(emulator.customer_ids, ledger=ledger)
    assert len(either.list(sweep)) == CUSTOMERS
    assert sweep.known == 0
    assert (reads(emulator) - before).total() == CUSTOMERS


def test_errors_are_asked_again(either: Either, emulator: Emulator, place: Place) -> None:
    broken, *_, slow = emulator.customer_ids
    emulator.inject(500, customer_id=broken)
    emulator.inject(customer_id=slow, delay=LONG)
    with Ledger(place.url, lease=1.0) as ledger:
        client = either.client(emulator, max_retries=0)
        first = client.sweep(emulator.customer_ids, ledger=ledger)
        results = either.list(first, limit=CUSTOMERS - 1)
        first.close()
        errors = {result.customer_id: type(result.error) for result in results if result.error}
        assert errors == {broken: ServerError}
        sweep = client.sweep(emulator.customer_ids, ledger=ledger, resume=True)
        results = either.list(sweep)
    assert [result.error for result in results] == [None] * CUSTOMERS
    assert sweep.known == CUSTOMERS - 2
    twice = {customer_id for customer_id, count in reads(emulator).items() if count == 2}
    assert twice == {broken, slow}


def test_what_was_killed_goes_on(emulator: Emulator, place: Place, workers: ExitStack) -> None:
    emulator.inject(delay=0.05, times=None)
    process = start(workers, place, emulator, lease=1.0)
    go(process)
    until(lambda: len(emulator.journal) >= 10)
    process.kill()
    process.wait()
    before, read = reads(emulator), int(place.value(READ))
    emulator.clear_faults()
    second = start(workers, place, emulator, lease=1.0)
    go(second)
    found, known = told(second)
    assert sorted(found) == sorted(emulator.customer_ids)
    assert 0 < known == read < CUSTOMERS
    assert (reads(emulator) - before).total() == CUSTOMERS - read
    assert before.total() - read <= 4


class TestTogether:
    """Several processes with one ledger on PostgreSQL."""

    @pytest.fixture
    def place(self, postgres_url: str, postgres: Postgres) -> Place:
        return Place(postgres_url, postgres)

    def test_each_customer_is_read_once_in_all(
        self, emulator: Emulator, place: Place, workers: ExitStack
    ) -> None:
        emulator.inject(delay=0.1, times=None)
        processes = [start(workers, place, emulator) for _ in range(4)]
        go(*processes)
        given = [told(process) for process in processes]
        for found, _ in given:
            assert sorted(found) == sorted(emulator.customer_ids)
        assert reads(emulator) == dict.fromkeys(emulator.customer_ids, 1)
        assert sum(known for _, known in given) == 3 * CUSTOMERS

    def test_who_is_killed_loses_its_customers_to_the_others(
        self, emulator: Emulator, place: Place, workers: ExitStack
    ) -> None:
        emulator.inject(delay=0.1, times=None)
        first, second = (start(workers, place, emulator, lease=1.0) for _ in range(2))
        go(first)
        until(lambda: len(emulator.journal) >= 4)
        go(second)
        until(lambda: len(emulator.journal) >= 12)
        first.kill()
        found, known = told(second)
        assert sorted(found) == sorted(emulator.customer_ids)
        assert known > 0
        counts = reads(emulator)
        assert {*counts} == {*emulator.customer_ids}
        assert counts.total() - CUSTOMERS <= 4


class TestFailingLedger:
    def test_a_file_that_takes_no_more_ends_a_sweep(
        self, emulator: Emulator, tmp_path: Path, workers: ExitStack
    ) -> None:
        place = Place(str(tmp_path / "quals.db"))
        process = start(workers, place, emulator, limit=100_000)  # bytes of a file
        go(process)
        _, complaint = process.communicate(timeout=LONG)
        assert process.returncode == 1
        assert "partnercenter_qual.LedgerError: the ledger" in complaint
        again = start(workers, place, emulator)
        go(again)
        assert sorted(told(again)[0]) == sorted(emulator.customer_ids)

    def test_a_file_that_is_gone_ends_a_sweep(self, emulator: Emulator, tmp_path: Path) -> None:
        emulator.inject(delay=0.02, times=None)
        with (
            Ledger(tmp_path / "quals.db") as ledger,
            emulator.client(max_concurrency=1) as client,
        ):
            sweep = client.sweep(ledger=ledger)
            next(sweep)
            for path in tmp_path.glob("quals.db*"):
                path.unlink()
            with pytest.raises(LedgerError):
                list(sweep)

    def test_a_server_that_stops_ends_a_sweep(self, either: Either, emulator: Emulator) -> None:
        emulator.inject(delay=0.02, times=None)
        with Postgres(fsync=False) as server:
            ledger = Ledger(server.create_database())
            sweep = either.client(emulator, max_concurrency=1).sweep(ledger=ledger)
            assert len(either.list(sweep, limit=3)) == 3
        with pytest.raises(LedgerError):
            either.list(sweep)
        assert either.list(sweep) == []
        ledger.close()
