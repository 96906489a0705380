"""Ctrl-C, and other signals, while a blocking call waits for an answer."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from partnercenter_qual import Client, Emulator

from .either import TOKEN
from .holding import Holding
from .scripted import CUSTOMER_ID
from .waiting import until

AT_ONCE = 2.0  # seconds; a tenth of one is promised, and without it there would be no end

PROGRAM = """
import asyncio, signal, time
import pandas
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits none
from partnercenter_qual import AsyncClient, Client
url, token, ids = {url!r}, {token!r}, {ids!r}
kept = []

async def drain(sweep):
    async for result in sweep:
        kept.append(result)

async def collect(sweep):
    await sweep.collect()

client = Client(token, base_url=url)
awaited = AsyncClient(token, base_url=url)
sweep = client.sweep(ids)
print("ready", flush=True)
try:
    {statement}
except KeyboardInterrupt:
    print("interrupted", flush=True)
    {then}
"""

CALLS = [
    "client.get_qualifications(ids[0])",
    "client.update_qualification(ids[0], 'StateOwnedEntity')",
    "client.wait_for_vetting(ids[0], 'Education')",
    "client.list_validation_codes()",
    "list(client.list_customers())",
    "list(client.list_audit_records('2026-11-01'))",
    "for result in sweep: kept.append(result)",
    "sweep.collect()",
    "list(sweep.batches())",
    "list(client.sweep_batches([pandas.DataFrame({'customer_id': ids})]))",
    "asyncio.run(awaited.get_qualifications(ids[0]))",
    "asyncio.run(awaited.wait_for_vetting(ids[0], 'Education'))",
    "asyncio.run(drain(awaited.sweep(ids)))",
    "asyncio.run(collect(awaited.sweep(ids)))",
]


def interrupt(program: str, *, when: Callable[[], None]) -> str:
    """Run a program, press Ctrl-C when it is time, and give what it printed from then on."""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            return _interrupted(process, when)
        finally:
            process.kill()


def _interrupted(process: subprocess.Popen[str], when: Callable[[], None]) -> str:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    when()
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    assert time.monotonic() - pressed < AT_ONCE
    printed = process.stdout.read()
    assert process.wait() == 0, printed
    assert time.monotonic() - pressed < 2 * AT_ONCE
    return printed


@pytest.mark.parametrize("call", CALLS)
def test_ctrl_c_ends_a_call_and_drops_its_request(call: str) -> None:
    with Holding() as server:
        program = PROGRAM.format(
            url=server.url, token=TOKEN, ids=[CUSTOMER_ID], statement=call, then="pass"
        )
        assert interrupt(program, when=lambda: server.wait_for_held(1)) == ""
        server.wait_for_dropped(1)


@pytest.mark.parametrize(
    "call",
    [
        "client.wait_for_vetting(ids[0], 'Education')",
        "asyncio.run(awaited.wait_for_vetting(ids[0], 'Education'))",
    ],
)
def test_ctrl_c_ends_a_wait_between_two_looks(emulator: Emulator, call: str) -> None:
    def looked() -> None:
        until(lambda: bool(emulator.journal))
        time.sleep(0.1)  # until the answer is there, too

    ids = emulator.customer_ids
    emulator.decide(ids[0], "Education", "InReview")
    program = PROGRAM.format(
        url=emulator.url, token=emulator.access_token(), ids=ids, statement=call, then="pass"
    )
    assert interrupt(program, when=looked) == ""


def test_ctrl_c_ends_a_wait_for_the_token() -> None:
    call = "Client(lambda: time.sleep(60), base_url=url).get_qualifications(ids[0])"
    with Holding() as server:
        program = PROGRAM.format(
            url=server.url, token=TOKEN, ids=[CUSTOMER_ID], statement=call, then="pass"
        )
        assert interrupt(program, when=lambda: time.sleep(0.2)) == ""
        assert server.held == 0


@pytest.mark.parametrize(
    "call",
    ["for result in sweep: kept.append(result)", "asyncio.run(drain(awaited.sweep(ids)))"],
)
def test_ctrl_c_leaves_what_a_sweep_has_given(call: str) -> None:
    with Emulator(customers=40, seed=7) as emulator:
        quick, slow = emulator.customer_ids[:30], emulator.customer_ids[30:]
        for customer_id in slow:
            emulator.inject(customer_id=customer_id, delay=60)

        def answered() -> None:
            until(lambda: len(emulator.journal) == 40)
            time.sleep(0.2)  # until the answers are there, too

        program = PROGRAM.format(
            url=emulator.url,
            token=emulator.access_token(),
            ids=emulator.customer_ids,
            statement=call,
            then="print(*(result.customer_id for result in kept))",
        )
        printed = interrupt(program, when=answered)
        assert sorted(printed.split()) == sorted(quick)


def test_ctrl_c_keeps_what_was_collected() -> None:
    with Emulator(customers=40, seed=7) as emulator:
        *quick, slow = emulator.customer_ids
        emulator.inject(customer_id=slow, delay=60)

        def answered() -> None:
            until(lambda: len(emulator.journal) == 40)
            time.sleep(0.2)  # until the answers are there, too

        program = PROGRAM.format(
            url=emulator.url,
            token=emulator.access_token(),
            ids=emulator.customer_ids,
            statement="sweep.collect()",
            then="import sys; print(*sys.exception().__notes__); "
            "print(*(row['customer_id'] for row in sweep.collect()))",
        )
        note, printed = interrupt(program, when=answered).splitlines()
        assert note == "39 rows are kept: collect() gives a table of them."
        assert sorted(printed.split()) == sorted(quick)


def test_after_ctrl_c_the_client_still_works(emulator: Emulator) -> None:
    ids = emulator.customer_ids
    emulator.inject(customer_id=ids[0], delay=60)

    program = PROGRAM.format(
        url=emulator.url,
        token=emulator.access_token(),
        ids=ids,
        statement="client.get_qualifications(ids[0])",
        then="print(client.get_qualifications(ids[0]), len(list(client.sweep(ids))))",
    )
    assert interrupt(program, when=lambda: until(lambda: bool(emulator.journal))) == "[] 5\n"


def test_a_signal_that_is_handled_does_not_end_a_call(client: Client, emulator: Emulator) -> None:
    signals = []
    emulator.inject(delay=0.3)
    before = signal.signal(signal.SIGALRM, lambda number, _: signals.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        assert client.get_qualifications(emulator.customer_ids[0]) == []
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert signals
    assert len(emulator.journal) == 1


def test_what_a_signal_handler_raises_ends_a_call(client: Client, emulator: Emulator) -> None:
    def give_up(*_: object) -> None:
        raise OSError("time for something else")

    emulator.inject(delay=60)
    before = signal.signal(signal.SIGALRM, give_up)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(OSError, match="time for something else"):
            client.get_qualifications(emulator.customer_ids[0])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
