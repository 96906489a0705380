"""Calls of `AsyncClient` as asyncio's own: tasks, time limits, cancellation, loops."""

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import polars as pl
import pytest

from partnercenter_qual import AsyncClient, AsyncSweep, Emulator, NotFoundError, PartnerCenterError

from .either import TOKEN
from .holding import Holding
from .scripted import CUSTOMER_ID
from .waiting import until

LONG = 30.0  # seconds; what waits for it fails by its time limit


@pytest.fixture
async def held() -> AsyncIterator[tuple[AsyncClient, Holding]]:
    """Give a client of a server that never answers."""
    with Holding() as server:
        async with AsyncClient(TOKEN, base_url=server.url) as client:
            yield client, server


async def drain(stream: AsyncIterator[object]) -> list[object]:
    return [item async for item in stream]


async def held_by(server: Holding, count: int) -> None:
    await asyncio.to_thread(server.wait_for_held, count)


async def dropped_by(server: Holding, count: int) -> None:
    await asyncio.to_thread(server.wait_for_dropped, count)


CUSTOMER = {"customer_id": [CUSTOMER_ID]}

OPERATIONS: dict[str, Callable[[AsyncClient], Awaitable[Any]]] = {
    "get_qualifications": lambda client: client.get_qualifications(CUSTOMER_ID),
    "update_qualification": lambda client: client.update_qualification(
        CUSTOMER_ID, "StateOwnedEntity"
    ),
    "wait_for_vetting": lambda client: client.wait_for_vetting(CUSTOMER_ID, "Education"),
    "list_validation_codes": lambda client: client.list_validation_codes(),
    "get_customer": lambda client: client.get_customer(CUSTOMER_ID),
    "list_customers": lambda client: drain(client.list_customers()),
    "list_audit_records": lambda client: drain(client.list_audit_records("2026-11-01")),
    "sweep": lambda client: drain(client.sweep([CUSTOMER_ID])),
    "sweep into a table": lambda client: client.sweep([CUSTOMER_ID]).collect(),
    "sweep into batches": lambda client: drain(client.sweep([CUSTOMER_ID]).batches()),
    "sweep_batches": lambda client: drain(client.sweep_batches([pl.DataFrame(CUSTOMER)])),
}


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_cancelling_a_task_drops_its_request(
    held: tuple[AsyncClient, Holding], operation: str
) -> None:
    client, server = held
    task = asyncio.ensure_future(OPERATIONS[operation](client))
    await held_by(server, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await dropped_by(server, 1)


async def test_cancelling_a_sweep_drops_all_its_requests(
    held: tuple[AsyncClient, Holding],
) -> None:
    client, server = held
    task = asyncio.create_task(drain(client.sweep([CUSTOMER_ID] * 50)))
    await held_by(server, 16)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await dropped_by(server, 16)
    assert server.held == 0


async def test_a_cancelled_sweep_keeps_what_it_gave(
    async_client: AsyncClient, emulator: Emulator
) -> None:
    *quick, slow = emulator.customer_ids
    emulator.inject(customer_id=slow, delay=LONG)
    kept = []

    async def collect(sweep: AsyncSweep) -> None:
        async for result in sweep:
            kept.append(result.customer_id)  # noqa: PERF401 - a comprehension would lose them

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await collect(async_client.sweep(emulator.customer_ids))
    assert sorted(kept) == sorted(quick)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_time_limit_ends_a_call(held: tuple[AsyncClient, Holding], operation: str) -> None:
    client, server = held
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.3):
            await OPERATIONS[operation](client)
    assert not isinstance(caught.value, PartnerCenterError)
    await dropped_by(server, 1)


async def test_cancelling_one_of_many_leaves_the_others(
    async_client: AsyncClient, emulator: Emulator
) -> None:
    emulator.inject(delay=0.2, times=None)
    tasks = [
        asyncio.create_task(async_client.get_qualifications(customer_id))
        for customer_id in emulator.customer_ids
    ]
    await asyncio.sleep(0.1)
    tasks[2].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(done[2], asyncio.CancelledError)
    assert done[:2] + done[3:] == [[], [], [], []]


async def test_a_cancelled_call_frees_its_place(emulator: Emulator) -> None:
    first, second, *_ = emulator.customer_ids
    emulator.inject(customer_id=first, delay=LONG)
    async with emulator.async_client(max_concurrency=1) as client:
        task = asyncio.create_task(client.get_qualifications(first))
        await asyncio.to_thread(until, lambda: bool(emulator.journal))
        waiting = asyncio.create_task(client.get_qualifications(second))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        task.cancel()
        assert await waiting == []


async def test_a_cancelled_call_leaves_the_token_to_the_others(emulator: Emulator) -> None:
    asked = []

    async def credential() -> str:
        asked.append(1)
        await asyncio.sleep(0.2)
        return emulator.access_token()

    async with AsyncClient(credential, base_url=emulator.url) as client:
        tasks = [
            asyncio.create_task(client.get_qualifications(customer_id))
            for customer_id in emulator.customer_ids
        ]
        await asyncio.sleep(0.1)
        tasks[0].cancel()
        assert await asyncio.gather(*tasks[1:]) == [[], [], [], []]
    assert len(asked) == 1


async def test_a_failed_call_cancels_the_rest_of_its_group(
    async_client: AsyncClient, emulator: Emulator
) -> None:
    first, *others = emulator.customer_ids
    emulator.inject(404, customer_id=first)
    emulator.inject(delay=LONG, times=None)

    async def together() -> None:
        async with asyncio.TaskGroup() as group:
            for customer_id in [*others, first]:
                group.create_task(async_client.get_qualifications(customer_id))

    with pytest.raises(ExceptionGroup) as caught:
        await together()
    (error,) = caught.value.exceptions
    assert isinstance(error, NotFoundError)


async def test_hundreds_of_calls_go_at_once(emulator: Emulator) -> None:
    async with emulator.async_client(max_concurrency=50) as client:
        calls = (client.get_qualifications(emulator.customer_ids[n % 5]) for n in range(500))
        assert await asyncio.gather(*calls) == [[]] * 500
    assert len(emulator.journal) == 500


async def test_calls_are_coroutines(async_client: AsyncClient, emulator: Emulator) -> None:
    call = async_client.get_qualifications(emulator.customer_ids[0])
    assert inspect.iscoroutine(call)
    assert emulator.journal == []  # nothing is sent before it is awaited
    assert await asyncio.create_task(call) == []


async def test_a_call_that_is_not_awaited_sends_nothing(
    async_client: AsyncClient, emulator: Emulator
) -> None:
    call = async_client.get_qualifications(emulator.customer_ids[0])
    with pytest.warns(RuntimeWarning, match="never awaited"):
        del call
    await asyncio.sleep(0.05)
    assert emulator.journal == []


class TestLoops:
    def test_one_client_serves_one_loop_after_another(self, emulator: Emulator) -> None:
        client = emulator.async_client()
        for customer_id in emulator.customer_ids:
            assert asyncio.run(client.get_qualifications(customer_id)) == []
        assert len(asyncio.run(drain(client.sweep()))) == 5
        asyncio.run(client.aclose())

    def test_a_loop_that_ends_takes_only_its_own_calls_with_it(self, emulator: Emulator) -> None:
        first, second, *_ = emulator.customer_ids
        emulator.inject(customer_id=first, delay=LONG)
        client = emulator.async_client(max_concurrency=1)

        async def leave() -> asyncio.Task[object]:
            task = asyncio.ensure_future(client.get_qualifications(first))
            await asyncio.to_thread(until, lambda: bool(emulator.journal))
            return task

        assert asyncio.run(leave()).cancelled()
        assert asyncio.run(client.get_qualifications(second)) == []

    async def test_two_loops_share_one_client(
        self, async_client: AsyncClient, emulator: Emulator
    ) -> None:
        def elsewhere() -> list[object]:
            return asyncio.run(drain(async_client.sweep(emulator.customer_ids * 20)))

        here = drain(async_client.sweep(emulator.customer_ids * 20))
        swept = await asyncio.gather(here, asyncio.to_thread(elsewhere))
        assert [len(results) for results in swept] == [100, 100]

    def test_the_blocking_client_works_where_a_loop_runs(self, emulator: Emulator) -> None:
        async def credential() -> str:
            await asyncio.sleep(0)
            return emulator.access_token()

        async def cell() -> int:
            from partnercenter_qual import Client  # noqa: PLC0415 - as in a notebook

            with Client(credential, base_url=emulator.url) as client:
                client.update_qualification(emulator.customer_ids[0], "StateOwnedEntity")
                assert len(client.get_qualifications(emulator.customer_ids[0])) == 1
                return len(list(client.sweep(progress=True)))

        assert asyncio.run(cell()) == 5

    def test_both_clients_work_in_the_cells_of_one_loop(self, emulator: Emulator) -> None:
        loop = asyncio.new_event_loop()
        with contextlib.closing(loop), emulator.client() as client:
            awaited = emulator.async_client()

            async def cell(work: Callable[[], Any]) -> Any:  # noqa: ANN401 - a cell gives anything
                outcome = work()
                return await outcome if inspect.isawaitable(outcome) else outcome

            for customer_id in emulator.customer_ids:
                for each in (client, awaited):
                    work = lambda: each.get_qualifications(customer_id)  # noqa: B023, E731 - called at once
                    assert loop.run_until_complete(cell(work)) == []
            loop.run_until_complete(awaited.aclose())
