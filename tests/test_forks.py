"""Forked processes: an inherited client says so at once, a fresh one works."""

import asyncio
import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from partnercenter_qual import AsyncClient, Client, Emulator

from .waiting import until

PATIENCE = 20  # seconds until a child that hangs is ended

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork"),
    # Python 3.12 and newer warn of what these tests are about.
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]


def in_child(work: Callable[[], object]) -> None:
    """Do something in a forked child, and raise what it raises."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(PATIENCE)
        try:
            work()
        except BaseException:  # noqa: BLE001 - the parent is told of all
            os.write(tell, traceback.format_exc().encode())
            os._exit(1)
        os._exit(0)
    os.close(tell)
    with open(told, "rb") as report:  # noqa: PTH123 - no path
        reported = report.read().decode()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, reported or "the child hung"


def work_with_a_fresh_client(url: str, token: str, customer_id: str) -> None:
    async def awaited() -> list[object]:
        async with AsyncClient(token, base_url=url) as client:
            assert await client.get_qualifications(customer_id) == []
            return [result async for result in client.sweep([customer_id] * 30)]

    with Client(token, base_url=url) as client:
        assert client.get_qualifications(customer_id) == []
        assert len(list(client.sweep([customer_id] * 30))) == 30
    assert len(asyncio.run(awaited())) == 30


class Inherited:
    """What a child finds when it is forked, all of it in use."""

    def __init__(self, emulator: Emulator) -> None:
        first = emulator.customer_ids[0]
        self.client = client = emulator.client()
        self.awaited = awaited = emulator.async_client()
        asyncio.run(awaited.get_qualifications(first))
        customers = client.list_customers(page_size=2)
        pages = client.list_customers(page_size=2).by_page()
        sweep = client.sweep(emulator.customer_ids * 10)
        for stream in (customers, pages, sweep):
            next(stream)
        call = client._core.get_qualifications(first)  # noqa: SLF001 - what `get_qualifications` waits for
        coroutine = awaited.get_qualifications(first)
        self.uses: dict[str, Callable[[], object]] = {
            "get_qualifications": lambda: client.get_qualifications(first),
            "update_qualification": lambda: client.update_qualification(first, "StateOwnedEntity"),
            "wait_for_vetting": lambda: client.wait_for_vetting(first, "Education"),
            "list_validation_codes": client.list_validation_codes,
            "list_customers": client.list_customers,
            "list_audit_records": lambda: client.list_audit_records("2026-11-01"),
            "sweep": client.sweep,
            "with_options": lambda: client.with_options(timeout=5),
            "a call": call.wait,
            "a pager": lambda: list(customers),
            "pages": lambda: list(pages),
            "a sweep": lambda: list(sweep),
            "an awaited client": lambda: asyncio.run(awaited.get_customer(first)),
            "a coroutine": lambda: asyncio.run(coroutine),
            "an awaited sweep": lambda: asyncio.run(anext(awaited.sweep())),
            "an emulator": lambda: emulator.advance(1),
        }


@pytest.fixture
def inherited(emulator: Emulator) -> Iterator[Inherited]:
    inherited = Inherited(emulator)
    yield inherited
    for finish in ("a coroutine", "a pager", "pages", "a sweep", "a call"):
        inherited.uses[finish]()  # in the parent, all of it goes on


def test_what_is_inherited_raises_at_once(inherited: Inherited) -> None:
    def use_all() -> None:
        raised = {}
        for name, use in inherited.uses.items():
            try:
                use()
            except RuntimeError as error:
                raised[name] = str(error)
        assert raised.keys() == inherited.uses.keys()
        assert [name for name, message in raised.items() if "fork" not in message] == []

    in_child(use_all)


def test_what_is_inherited_can_be_shown_and_left(inherited: Inherited, emulator: Emulator) -> None:
    def look_and_leave() -> None:
        assert emulator.url in repr(inherited.client)
        assert emulator.url in repr(inherited.awaited)
        inherited.client.close()
        asyncio.run(inherited.awaited.aclose())
        emulator.close()

    in_child(look_and_leave)
    assert inherited.client.get_qualifications(emulator.customer_ids[0]) == []


def test_a_fresh_client_works_in_child_and_grandchild(
    inherited: Inherited, emulator: Emulator
) -> None:
    arguments = (emulator.url, emulator.access_token(), emulator.customer_ids[0])

    def grandchild() -> None:
        work_with_a_fresh_client(*arguments)

    def child() -> None:
        work_with_a_fresh_client(*arguments)
        in_child(grandchild)
        work_with_a_fresh_client(*arguments)

    in_child(child)
    assert inherited.client.get_qualifications(arguments[2]) == []
    assert asyncio.run(inherited.awaited.get_qualifications(arguments[2])) == []


def test_a_child_of_a_running_loop_has_a_loop_of_its_own(emulator: Emulator) -> None:
    arguments = (emulator.url, emulator.access_token(), emulator.customer_ids[0])

    async def parent() -> None:
        emulator.inject(delay=0.3)
        async with emulator.async_client() as client:
            call = asyncio.create_task(client.get_qualifications(arguments[2]))
            await asyncio.to_thread(until, lambda: bool(emulator.journal))
            in_child(lambda: work_with_a_fresh_client(*arguments))
            assert await call == []

    asyncio.run(parent())


def test_siblings_draw_ids_of_their_own(emulator: Emulator) -> None:
    token, customer_id = emulator.access_token(), emulator.customer_ids[0]

    def child() -> None:
        Client(token, base_url=emulator.url).get_qualifications(customer_id)

    emulator.client().get_qualifications(customer_id)
    for _ in range(3):
        in_child(child)
    assert len({entry.request_id for entry in emulator.journal}) == 4
    assert len({entry.correlation_id for entry in emulator.journal}) == 4


@contextmanager
def busy(emulator: Emulator) -> Iterator[None]:
    """Keep three threads sweeping."""
    stop = threading.Event()

    def work() -> None:
        with emulator.client() as client:
            while not stop.is_set():
                assert len(list(client.sweep())) == 5

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: len(emulator.journal) > 100)
    yield
    stop.set()
    for thread in threads:
        thread.join()


def test_a_child_of_a_busy_parent_can_forget_what_it_inherited(
    inherited: Inherited, emulator: Emulator
) -> None:
    token, customer_id = emulator.access_token(), emulator.customer_ids[0]

    def forget() -> None:
        inherited.__dict__.clear()
        gc.collect()
        work_with_a_fresh_client(emulator.url, token, customer_id)

    with busy(emulator):
        for _ in range(20):
            in_child(forget)


def test_a_child_can_end_as_any_program_does(
    emulator: Emulator, run_python: Callable[[str], str]
) -> None:
    program = f"""
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from partnercenter_qual import Client
url, token, ids = {emulator.url!r}, {emulator.access_token()!r}, {emulator.customer_ids!r}
client = Client(token, base_url=url)
sweep = client.sweep(ids * 50)
next(sweep)
child = os.fork()
if child == 0:
    print(len(list(Client(token, base_url=url).sweep(ids))), flush=True)
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(list(sweep)))
"""
    assert run_python(program) == "5\n7 249\n"


def read(client: Client, customer_id: str) -> list[Any]:
    return client.get_qualifications(customer_id)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_of_processes_works(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", emulator.access_token())
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    client = Client(base_url=emulator.url)
    customer_id = emulator.customer_ids[0]
    client.update_qualification(customer_id, "StateOwnedEntity")
    here = client.get_qualifications(customer_id)
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        there = list(pool.map(read, [client] * 6, [customer_id] * 6))
    assert there == [here] * 6
