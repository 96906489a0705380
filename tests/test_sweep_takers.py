"""A sweep whose rows are taken by several at once, or whose end comes from elsewhere."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from partnercenter_qual import AsyncClient, AsyncSweep, Client, Emulator

from .either import Either
from .waiting import until

LONG = 30.0  # seconds; what waits for it fails by its time limit


@pytest.fixture
def many() -> Iterator[Emulator]:
    with Emulator(customers=300) as emulator:
        yield emulator


async def collected(sweep: AsyncSweep) -> int:
    return len(await sweep.collect())


async def in_batches(sweep: AsyncSweep) -> int:
    return sum([len(batch) async for batch in sweep.batches(50)])


class TestAsynchronousSource:
    @pytest.mark.parametrize("take", [collected, in_batches])
    async def test_it_is_asked_for_more_as_soon_as_there_is_room(
        self, many: Emulator, take: Callable[[AsyncSweep], asyncio.Future[int]]
    ) -> None:
        async def ids() -> AsyncIterator[str]:
            for each in many.customer_ids * 4:
                await asyncio.sleep(0)
                yield each

        async with many.async_client(max_concurrency=4) as client:
            started = time.monotonic()
            assert await take(client.sweep(ids())) == 1200
            assert time.monotonic() - started < 3.0  # with a stall of 1 s for each look ahead: 4 s


class TestTwoCollections:
    async def test_the_second_task_is_refused(
        self, async_client: AsyncClient, emulator: Emulator
    ) -> None:
        emulator.inject(delay=0.3, times=None)
        sweep = async_client.sweep(emulator.customer_ids)
        first, second = await asyncio.gather(
            sweep.collect(), sweep.collect(), return_exceptions=True
        )
        assert isinstance(second, RuntimeError)
        assert "still running" in str(second)
        assert await sweep.collect() is first
        assert len(await sweep.collect()) == 5

    def test_the_second_thread_is_refused(self, client: Client, emulator: Emulator) -> None:
        emulator.inject(customer_id=emulator.customer_ids[0], delay=LONG)
        sweep = client.sweep(emulator.customer_ids)
        first = threading.Thread(target=sweep.collect)
        first.start()
        until(lambda: sweep.done == 4)
        with pytest.raises(RuntimeError, match="still running"):
            sweep.collect()
        sweep.close()
        first.join()
        assert len(sweep.collect()) == 4

    async def test_after_a_cancelled_one_it_may_be_taken(
        self, async_client: AsyncClient, emulator: Emulator
    ) -> None:
        emulator.inject(customer_id=emulator.customer_ids[0], delay=LONG)
        sweep = async_client.sweep(emulator.customer_ids)
        first = asyncio.ensure_future(sweep.collect())
        await asyncio.to_thread(until, lambda: sweep.done == 4)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert len(await sweep.collect()) == 4
        assert sweep.closed


class TestClosedClient:
    def test_nothing_more_is_sent_for_a_collection(self, many: Emulator) -> None:
        many.inject(path="qualifications", delay=0.1, times=None)
        client = many.client(max_concurrency=4)
        sweep = client.sweep(many.customer_ids)
        failures: list[RuntimeError] = []

        def collect() -> None:
            try:
                sweep.collect()
            except RuntimeError as error:
                failures.append(error)

        collecting = threading.Thread(target=collect)
        collecting.start()
        until(lambda: sweep.done > 0)
        client.close()
        collecting.join()
        assert "closed" in str(failures)
        assert sweep.closed
        self.quiet(many)

    def test_nothing_more_is_sent_in_the_background(self, either: Either, many: Emulator) -> None:
        many.inject(path="qualifications", delay=0.1, times=None)
        client = either.client(many, max_concurrency=4)
        sweep = client.sweep()
        until(lambda: len(many.journal) > 4)
        either.close(client)
        self.quiet(many)
        sweep.close()

    @staticmethod
    def quiet(emulator: Emulator) -> None:
        time.sleep(0.1)  # for what was sent before to arrive
        sent = len(emulator.journal)
        time.sleep(0.4)
        assert len(emulator.journal) == sent
        assert sent < 100


class TestEnd:
    def test_it_is_told_from_being_stopped(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        sweep = client.sweep()
        assert len(either.list(sweep, limit=2)) == 2
        assert not sweep.closed
        sweep.close()
        assert bool(sweep.closed)
        whole = client.sweep()
        either.list(whole)
        whole.close()
        assert not whole.closed

    def test_of_no_customers_there_are_none(self, either: Either) -> None:
        with Emulator(customers=0) as emulator:
            sweep = either.client(emulator).sweep()
            assert sweep.total is None
            assert either.list(sweep) == []
            assert sweep.total == 0
