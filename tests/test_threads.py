"""One client in many threads, and what the interpreter does meanwhile."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from partnercenter_qual import Client, Emulator

from .waiting import until

LONG = 30.0  # seconds; what waits for it fails by its time limit


@contextmanager
def counting() -> Iterator[Callable[[], int]]:
    """Count in another thread, in Python, and give how far it has come."""
    stop = threading.Event()
    count = 0

    def work() -> None:
        nonlocal count
        while not stop.is_set():
            count += 1

    thread = threading.Thread(target=work)
    thread.start()
    yield lambda: count
    stop.set()
    thread.join()


CALLS: dict[str, Callable[[Client, str], object]] = {
    "get_qualifications": lambda client, customer_id: client.get_qualifications(customer_id),
    "sweep": lambda client, customer_id: list(client.sweep([customer_id])),
    "list_customers": lambda client, _: list(client.list_customers()),
    "wait_for_vetting": lambda client, customer_id: client.wait_for_vetting(
        customer_id, "Education", timeout=0
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_other_threads_go_on_while_a_call_waits(
    client: Client, emulator: Emulator, call: str
) -> None:
    customer_id = emulator.customer_ids[0]
    emulator.decide(customer_id, "Education", "Approved")
    client.get_qualifications(customer_id)  # what happens once only has happened
    emulator.inject(delay=0.2)
    with counting() as counted:
        before = counted()
        CALLS[call](client, customer_id)
        during = counted() - before
    assert during > 10_000, "the interpreter was held"


def test_a_token_is_fetched_while_other_threads_go_on(emulator: Emulator) -> None:
    names = []

    def credential() -> str:
        names.append((threading.main_thread().name, threading.current_thread().name))
        time.sleep(0.2)
        return emulator.access_token()

    with Client(credential, base_url=emulator.url) as client, counting() as counted:
        before = counted()
        client.get_qualifications(emulator.customer_ids[0])
        assert counted() - before > 10_000, "the interpreter was held"
    assert names == [("MainThread", "partnercenter-qual-callback")]


def test_a_token_is_fetched_where_no_thread_can_be_started(
    client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert client.get_qualifications(emulator.customer_ids[0]) == []


def test_one_client_serves_many_threads(client: Client, emulator: Emulator) -> None:
    owned = emulator.customer_ids[0]
    client.update_qualification(owned, "StateOwnedEntity")

    def work(number: int) -> int:
        customer_id = emulator.customer_ids[number % 5]
        found = client.get_qualifications(customer_id)
        assert len(found) == (customer_id == owned)
        return len(list(client.sweep(emulator.customer_ids))) + len(list(client.list_customers()))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(80))) == [10] * 80


def test_clients_come_and_go_in_many_threads(emulator: Emulator) -> None:
    def work(number: int) -> object:
        with emulator.client(timeout=10 + number) as client:
            derived = client.with_options(max_concurrency=1)
            return derived.get_qualifications(emulator.customer_ids[number % 5])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(80))) == [[]] * 80


def test_closing_waits_for_no_call_of_another_thread(client: Client, emulator: Emulator) -> None:
    customer_id = emulator.customer_ids[0]
    emulator.inject(delay=0.3)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.get_qualifications, customer_id)
        until(lambda: bool(emulator.journal))
        client.close()
        with pytest.raises(RuntimeError, match="closed"):
            client.get_qualifications(customer_id)
        assert not call.done()
        assert call.result(timeout=LONG) == []  # what was sent before is still answered


def test_the_first_to_be_imported_is_not_taken_for_the_main_thread(
    emulator: Emulator, run_python: Callable[[str], str]
) -> None:
    program = f"""
from partnercenter_qual import Client
def credential():
    import threading
    return {emulator.access_token()!r}
Client(credential, base_url={emulator.url!r}).get_qualifications({emulator.customer_ids[0]!r})
import threading
print(threading.current_thread() is threading.main_thread())
"""
    assert run_python(program) == "True\n"


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for its threads")
def test_importing_starts_no_thread(run_python: Callable[[str], str]) -> None:
    program = (
        "import os, partnercenter_qual\n"
        "partnercenter_qual.Client('token', base_url='http://127.0.0.1:9')\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    assert run_python(program) == "1\n"
