"""What goes on while nobody waits for it, and what does not."""

import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from partnercenter_qual import Client, Emulator

from .authority import by_refresh_token, issued, token_requests
from .holding import Holding
from .scripted import CUSTOMER_ID, Answer, Request, Scripted, Step
from .waiting import until


class GivenUpError(Exception):
    """A handler of signals has had enough."""


@contextmanager
def on_alarm(handler: Callable[[], None], after: float) -> Generator[None]:
    """Have a signal come while a call waits."""

    def handle(_: int, __: object) -> None:
        handler()

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, after)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def give_up() -> None:
    raise GivenUpError


def test_a_fetch_of_a_token_outlasts_the_call_that_started_it() -> None:
    told = threading.Event()

    def script(request: Request) -> Step:
        if "/oauth2/" not in request.path:
            return Answer([])
        fresh = issued(refresh_token="the-next-one")  # noqa: S106 - opens nothing
        return Answer(fresh.body, delay=0.4)

    with Scripted(script) as server:

        def rotated(_: str) -> None:
            told.set()

        credential = by_refresh_token(server.url, on_rotate=rotated)
        client = Client(credential, base_url=server.url)
        with on_alarm(give_up, after=0.1), pytest.raises(GivenUpError):
            client.get_qualifications(CUSTOMER_ID)
        assert not told.is_set()
        assert told.wait(20), "the refresh token got lost on its way"
        assert client.get_qualifications(CUSTOMER_ID) == []
        assert len(token_requests(server)) == 1


def test_a_sweep_goes_ahead_of_who_takes_nothing(emulator: Emulator) -> None:
    with emulator.client(max_concurrency=2) as client:
        sweep = client.sweep(emulator.customer_ids * 10)
        first = next(sweep)
        until(lambda: len(emulator.journal) >= 4)
        client.get_qualifications(emulator.customer_ids[0])  # a call goes in between
        assert [first.customer_id, *(result.customer_id for result in sweep)]


def test_a_call_that_is_given_up_is_hung_up_at_once() -> None:
    with Holding() as server:
        client = Client("a-token", base_url=server.url)
        with on_alarm(give_up, after=0.1), pytest.raises(GivenUpError):
            client.get_qualifications(CUSTOMER_ID)
        server.wait_for_dropped(1)


@pytest.mark.parametrize("leave", ["close", "__del__"])
def test_a_client_that_is_left_leaves_no_connection(leave: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        client = Client("a-token", base_url=f"http://127.0.0.1:{server.getsockname()[1]}")
        call = pool.submit(client.get_qualifications, CUSTOMER_ID)
        with closing(server.accept()[0]) as connection:
            connection.settimeout(20)
            assert connection.recv(65536)
            connection.sendall(Answer([]).encoded())
            assert call.result() == []
            del call
            if leave == "close":
                client.close()
            else:
                del client
            assert connection.recv(1) == b""


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        with Client("a-token", base_url=address, max_retries=0) as client:
            for _ in range(3):
                call = pool.submit(client.get_qualifications, CUSTOMER_ID)
                with closing(server.accept()[0]) as connection:
                    assert connection.recv(65536)
                    connection.sendall(Answer([]).encoded())
                    assert call.result(timeout=20) == []


def test_a_handler_of_signals_may_call(client: Client, emulator: Emulator) -> None:
    first, second, *_ = emulator.customer_ids
    found: list[object] = []
    emulator.inject(customer_id=first, delay=0.4)
    with on_alarm(lambda: found.append(client.get_qualifications(second)), after=0.1):
        assert client.get_qualifications(first) == []
    assert found == [[]]


def test_two_threads_wait_at_once_and_neither_for_the_other(
    client: Client, emulator: Emulator
) -> None:
    slow, quick, *_ = emulator.customer_ids
    emulator.inject(customer_id=slow, delay=30)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.with_options(timeout=1, max_retries=0).get_customer, slow)
        until(lambda: bool(emulator.journal))
        calls = 0
        while not waiting.done():
            assert client.get_qualifications(quick) == []  # driven by whichever thread does
            calls += 1
        assert calls > 10
        assert isinstance(waiting.exception(), TimeoutError)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for its threads")
def test_blocking_calls_start_no_thread(
    emulator: Emulator, run_python: Callable[[str], str]
) -> None:
    program = f"""
import os
from partnercenter_qual import Client
with Client({emulator.access_token()!r}, base_url={emulator.url!r}) as client:
    for _ in range(3):
        client.get_qualifications({emulator.customer_ids[0]!r})
print(len(os.listdir('/proc/self/task')))
"""
    assert run_python(program) == "1\n"
