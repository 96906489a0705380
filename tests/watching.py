"""An emulator and a ledger with something to watch."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from partnercenter_qual import Change, Emulator, Ledger, LedgerError

from .ledgers import Place, moment
from .waiting import until

T = TypeVar("T")

QUICK = 0.05  # seconds between two looks

# Watches until it is killed, or interrupted.
WATCHER = """
import asyncio, json, signal, sys
from partnercenter_qual import AsyncClient, Client, Ledger
place, token, base_url, is_async = json.loads(sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)
ledger = Ledger(place, lease=2.0)

async def watch():
    async with AsyncClient(token, base_url=base_url) as client:
        async for change in client.watch(ledger=ledger, interval=0.05):
            print(change.customer_id, flush=True)

try:
    if is_async:
        asyncio.run(watch())
    with Client(token, base_url=base_url) as client:
        for change in client.watch(ledger=ledger, interval=0.05):
            print(change.customer_id, flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@contextmanager
def in_review() -> Iterator[Emulator]:
    """Give an emulator whose customers are in review."""
    with Emulator(3, seed=7, vetting="manual") as emulator:
        for customer_id in emulator.customer_ids:
            emulator.decide(customer_id, "Education", "InReview")
        yield emulator


@contextmanager
def watched(place: Place, emulator: Emulator, *, lease: float = 2.0) -> Iterator[Ledger]:
    """Give a ledger that has seen all customers, and whose watch will look at what is in review.

    It has looked at all customers and records just now.
    """
    with Ledger(place.url, lease=lease) as ledger, emulator.client() as client:
        client.sweep(ledger=ledger).collect()
        at = moment(datetime.now(UTC))
        begun = f"SELECT 1, max(id), '{at}', '{at}' FROM observations"  # noqa: S608 - of our own
        place.sql(f"INSERT INTO watch (id, taken, swept_at, audited_at) {begun}")
        yield ledger


def told(change: Change) -> tuple[str, str | None, str | None]:
    """Give whose status changed, from what, to what."""
    old, new = change.old_status, change.new_status
    return change.customer_id, old and str(old), new and str(new)


def start(place: Place, emulator: Emulator, *, is_async: bool = False) -> subprocess.Popen[str]:
    """Start a process that watches, and wait until it looks."""
    given = json.dumps([place.url, emulator.access_token(), emulator.url, is_async])
    before = len(emulator.journal)
    process = subprocess.Popen([sys.executable, "-c", WATCHER, given], stdout=-1, text=True)
    until(lambda: len(emulator.journal) > before + 3)
    return process


def in_a_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def once_it_is_free(ask: Callable[[], T]) -> T:
    """Ask until no other watch runs with the ledger any more."""
    found: list[T] = []

    def is_free() -> bool:
        try:
            found.append(ask())
        except LedgerError as error:
            if "in use: another watch" not in str(error):
                raise
        return bool(found)

    until(is_free)
    return found[0]
