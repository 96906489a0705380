"""Loops of asyncio, of which each is told of its own calls."""

import asyncio
import gc
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Never

import pytest

from partnercenter_qual import AsyncClient, Emulator, NotFoundError

from .either import TOKEN
from .holding import Holding
from .scripted import CUSTOMER_ID


class Blind(asyncio.SelectorEventLoop):
    """A loop that watches no sockets, as the usual one of Windows."""

    def add_reader(self, fd: object, callback: object, *args: object) -> Never:
        raise NotImplementedError


LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.SelectorEventLoop, Blind]


@pytest.mark.parametrize("make", LOOPS)
def test_calls_are_answered_in_any_loop(
    emulator: Emulator, make: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    first, second, *others = emulator.customer_ids
    emulator.inject(404, customer_id=first)
    emulator.inject(customer_id=second, delay=30)

    async def work() -> None:
        async with emulator.async_client() as client:
            slow = asyncio.create_task(client.get_qualifications(second))
            with pytest.raises(NotFoundError):
                await client.get_qualifications(first)
            calls = (client.get_qualifications(others[n % 3]) for n in range(100))
            assert await asyncio.gather(*calls) == [[]] * 100
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow

    with asyncio.Runner(loop_factory=make) as runner:
        runner.run(work())


def test_many_threads_have_loops_at_once(emulator: Emulator) -> None:
    client = emulator.async_client()

    async def work() -> int:
        calls = (client.get_qualifications(customer_id) for customer_id in emulator.customer_ids)
        return len(await asyncio.gather(*calls))

    def loops(_: int) -> list[int]:
        return [asyncio.run(work()) for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(loops, range(8))] == [[5] * 5] * 8


def test_a_loop_that_stands_still_gets_its_answers_later(emulator: Emulator) -> None:
    loop = asyncio.new_event_loop()
    client = emulator.async_client()
    tasks = [
        loop.create_task(client.get_qualifications(customer_id))
        for customer_id in emulator.customer_ids
    ]
    for _ in range(3):
        loop.run_until_complete(asyncio.sleep(0))
    asyncio.run(client.get_qualifications(emulator.customer_ids[0]))  # another one runs meanwhile
    assert loop.run_until_complete(asyncio.gather(*tasks)) == [[]] * 5
    loop.close()


def test_a_loop_runs_inside_another(emulator: Emulator) -> None:
    """As some notebooks have it, with the answers to both there at once."""
    client = emulator.async_client()
    first, second, *_ = emulator.customer_ids
    outer, inner = asyncio.new_event_loop(), asyncio.new_event_loop()

    async def call() -> object:
        return await client.get_qualifications(first)

    async def nest() -> list[object]:
        waiting = asyncio.ensure_future(client.get_qualifications(second))
        await asyncio.sleep(0)
        asyncio._set_running_loop(None)  # noqa: SLF001 - what makes it possible
        try:
            found = inner.run_until_complete(call())
        finally:
            asyncio._set_running_loop(outer)  # noqa: SLF001 - as above
        return [found, await waiting]

    assert outer.run_until_complete(nest()) == [[], []]
    outer.close()
    inner.close()


@pytest.mark.parametrize("make", LOOPS)
def test_a_loop_that_is_closed_is_forgotten(
    emulator: Emulator, make: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    loop = make()
    client = emulator.async_client()
    loop.run_until_complete(client.get_qualifications(emulator.customer_ids[0]))
    loop.run_until_complete(client.aclose())
    loop.close()
    gone = weakref.ref(loop)
    del loop, client
    gc.collect()
    assert gone() is None


def test_a_request_goes_with_the_task_that_nobody_has_any_more() -> None:
    with Holding() as server:
        loop = asyncio.new_event_loop()
        client = AsyncClient(TOKEN, base_url=server.url)
        told: list[object] = []
        loop.set_exception_handler(lambda _, context: told.append(context["message"]))
        task = loop.create_task(client.get_qualifications(CUSTOMER_ID))
        loop.run_until_complete(asyncio.sleep(0))
        server.wait_for_held(1)
        loop.close()
        del task
        gc.collect()
        server.wait_for_dropped(1)
        assert told == ["Task was destroyed but it is pending!"]


@pytest.mark.parametrize("make", LOOPS)
def test_a_task_that_nobody_holds_goes_on(
    emulator: Emulator, make: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    emulator.inject(path="qualifications", delay=0.3)
    answers: list[object] = []

    async def ask() -> None:
        async with emulator.async_client() as client:
            answers.append(await client.get_qualifications(emulator.customer_ids[0]))

    async def work() -> None:
        asyncio.create_task(ask())  # noqa: RUF006 - nobody holds it
        await asyncio.sleep(0.1)
        gc.collect()
        for _ in range(100):
            await asyncio.sleep(0.05)
            if answers:
                break

    with asyncio.Runner(loop_factory=make) as runner:
        runner.run(work())
    assert answers == [[]]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts files in /proc")
def test_loops_and_clients_leave_no_files_open(emulator: Emulator) -> None:
    def use() -> int:
        async def work() -> None:
            for customer_id in emulator.customer_ids:
                async with emulator.async_client() as client:
                    await client.get_qualifications(customer_id)

        asyncio.run(work())
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    use()
    open_at_first = use()
    assert max(use() for _ in range(10)) <= open_at_first + 2


@pytest.mark.skipif(sys.platform == "win32", reason="such loops are not for Windows")
def test_uvloop_does_as_well(emulator: Emulator) -> None:
    import uvloop  # noqa: PLC0415 - not there on Windows

    async def work() -> list[object]:
        async with emulator.async_client() as client:
            calls = (client.get_qualifications(emulator.customer_ids[n % 5]) for n in range(100))
            return await asyncio.gather(*calls)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(work()) == [[]] * 100
