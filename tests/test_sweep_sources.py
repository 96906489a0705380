"""Where a sweep takes its customers from: how far ahead it reads, and what it does with faults."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from partnercenter_qual import (
    AsyncClient,
    Client,
    Emulator,
    InvalidArgumentError,
    Progress,
)

from .either import Either

LONG = 30.0  # seconds; what waits for it fails by its time limit


class Counted:
    """Ids from a generator, and how far the sweep was ahead of its results at most."""

    def __init__(self, ids: list[str], count: int) -> None:
        self._ids = ids
        self._count = count
        self._given = 0
        self._taken = 0
        self.ahead = 0

    def __iter__(self) -> Iterator[str]:
        for number in range(self._count):
            self._given += 1
            self.ahead = max(self.ahead, self._given - self._taken)
            yield self._ids[number % len(self._ids)]

    async def __aiter__(self) -> AsyncIterator[str]:
        for customer_id in iter(self):
            yield customer_id

    def taken(self, progress: Progress) -> None:
        self._taken = progress.done


@pytest.mark.parametrize("concurrency", [1, 4])
def test_an_iterator_is_read_a_bounded_number_ahead(
    either: Either, emulator: Emulator, concurrency: int
) -> None:
    source = Counted(emulator.customer_ids, 600)
    client = either.client(emulator, max_concurrency=concurrency)
    results = either.list(client.sweep(iter(source), progress=source.taken))
    assert len(results) == 600
    assert concurrency <= source.ahead < 2 * concurrency + 256


async def test_an_asynchronous_iterator_is_read_a_bounded_number_ahead(
    async_client: AsyncClient, emulator: Emulator
) -> None:
    source = Counted(emulator.customer_ids, 600)
    sweep = async_client.sweep(aiter(source), max_concurrency=4, progress=source.taken)
    assert len([result async for result in sweep]) == 600
    assert 4 <= source.ahead < 2 * 4 + 256


def test_an_infinite_source_is_no_problem(either: Either, emulator: Emulator) -> None:
    def ids() -> Iterator[str]:
        while True:
            yield from emulator.customer_ids

    assert len(either.list(either.client(emulator).sweep(ids()), limit=100)) == 100


class TestSlow:
    """Nothing here measures time: where results were held back, the tests would stand still."""

    def test_a_blocking_source_holds_a_result_back_by_one_item_at_most(
        self, either: Either, emulator: Emulator
    ) -> None:
        taken = 0

        def count(progress: Progress) -> None:
            nonlocal taken
            taken = progress.done

        def ids() -> Iterator[str]:
            for number, customer_id in enumerate(emulator.customer_ids):
                assert taken >= number - 1, "asked for more before a result was handed over"
                yield customer_id
                time.sleep(0.1)  # until the answer is there

        results = either.list(either.client(emulator).sweep(ids(), progress=count))
        assert len(results) == 5

    async def test_a_source_that_waits_for_results_gets_them(
        self, async_client: AsyncClient, emulator: Emulator
    ) -> None:
        queue: asyncio.Queue[str | None] = asyncio.Queue()

        async def ids() -> AsyncIterator[str]:
            while (customer_id := await queue.get()) is not None:
                yield customer_id

        first, *left = emulator.customer_ids
        queue.put_nowait(first)
        seen = []
        async for result in async_client.sweep(ids()):
            seen.append(result.customer_id)
            queue.put_nowait(left.pop(0) if left else None)
        assert seen == emulator.customer_ids

    async def test_leaving_the_loop_gives_the_source_up(
        self, async_client: AsyncClient, emulator: Emulator
    ) -> None:
        given_up = asyncio.Event()

        async def ids() -> AsyncIterator[str]:
            yield emulator.customer_ids[0]
            try:
                await asyncio.sleep(LONG)
            except asyncio.CancelledError:
                given_up.set()
                raise

        async for result in async_client.sweep(ids()):
            assert result.error is None
            break
        async with asyncio.timeout(LONG / 2):
            await given_up.wait()


class TestPager:
    """The customers of one listing as the source of a sweep."""

    def test_each_result_has_its_customer(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        results = either.list(client.sweep(client.list_customers(page_size=2)))
        customers = {
            customer.customer_id: customer for customer in either.list(client.list_customers())
        }
        assert {result.customer_id: result.customer for result in results} == customers

    async def test_results_come_while_it_waits_for_a_page(
        self, async_client: AsyncClient, emulator: Emulator
    ) -> None:
        emulator.inject(path="/customers?", nth=2, delay=LONG)
        sweep = async_client.sweep(async_client.list_customers(page_size=2))
        async with asyncio.timeout(LONG / 2):
            results = [await anext(sweep), await anext(sweep)]
        sweep.close()
        assert {result.customer_id for result in results} == set(emulator.customer_ids[:2])
        assert all(result.customer is not None for result in results)


class TestFaults:
    def test_what_an_iterator_raises_comes_after_its_results(
        self, either: Either, emulator: Emulator
    ) -> None:
        def ids() -> Iterator[str]:
            yield from emulator.customer_ids[:3]
            raise OSError("the file ends here")

        sweep = either.client(emulator).sweep(ids())
        assert len(either.list(sweep, limit=3)) == 3
        with pytest.raises(OSError, match="the file ends here"):
            either.list(sweep)
        assert either.list(sweep) == []

    async def test_what_an_asynchronous_iterator_raises_comes_after_its_results(
        self, async_client: AsyncClient, emulator: Emulator
    ) -> None:
        async def ids() -> AsyncIterator[str]:
            for customer_id in emulator.customer_ids[:3]:
                yield customer_id
                await asyncio.sleep(0)
            raise OSError("the stream ends here")

        sweep = async_client.sweep(ids())
        for _ in range(3):
            assert (await anext(sweep)).error is None
        with pytest.raises(OSError, match="the stream ends here"):
            await anext(sweep)

    def test_ctrl_c_in_the_source_is_not_put_off(self, either: Either, emulator: Emulator) -> None:
        def ids() -> Iterator[str]:
            yield emulator.customer_ids[0]
            raise KeyboardInterrupt

        emulator.inject(delay=LONG, times=None)
        with pytest.raises(KeyboardInterrupt):
            either.list(either.client(emulator).sweep(ids()))

    def test_the_blocking_client_takes_no_asynchronous_source(self, client: Client) -> None:
        async def ids() -> AsyncIterator[str]:
            yield ""

        with pytest.raises(InvalidArgumentError, match="pass an iterable") as caught:
            client.sweep(ids())
        assert caught.value.field == "customers"


SWEEP = """
import asyncio, sys
from pathlib import Path
from partnercenter_qual import AsyncClient, Client

def size():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096, sys.getallocatedblocks()

def weigh(progress):
    if progress.done % 1000 == 0:
        sizes.append(size())

async def drain(sweep):
    async for result in sweep:
        assert result.error is None

sizes = []
ids = (CUSTOMER_ID for _ in range(20_000))
sweep = CLIENT(TOKEN, base_url=URL).sweep(ids, progress=weigh)
if CLIENT is Client:
    for result in sweep:
        assert result.error is None
else:
    asyncio.run(drain(sweep))
print(len(sizes), *(last - early for last, early in zip(sizes[-1], sizes[3])))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how much memory is occupied")
@pytest.mark.parametrize("client", ["Client", "AsyncClient"])
def test_memory_does_not_grow_with_the_customers(
    emulator: Emulator, run_python: Callable[[str], str], client: str
) -> None:
    names = (
        f"URL, TOKEN = {emulator.url!r}, {emulator.access_token()!r}\n"
        f"CUSTOMER_ID = {emulator.customer_ids[0]!r}\n"
    )
    printed = run_python(names + SWEEP.replace("CLIENT", client))
    weighed, resident, blocks = map(int, printed.split())
    assert weighed == 20
    assert resident < 8 << 20, "16,000 more results cost the process memory"
    assert blocks < 16_000, "16,000 more results left objects behind"
