"""Where ledgers are: in files on a disk, or in a server; and some with much in them."""

import os
import random
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

from harness import HERE, placed
from partnercenter_qual import Ledger

SYNCS = 100
PAGE = 4_096  # bytes

# What looks a month apart saw: a school asks, is denied, asks again, and is approved.
STATUSES = ("InReview", "Denied", "InReview", "Approved")
FIRST, MONTH = 1_735_689_600, 30 * 86_400  # seconds

INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'observations'"
CUSTOMERS = "CREATE TEMPORARY TABLE customers (number INTEGER PRIMARY KEY, id TEXT NOT NULL)"
OBSERVATIONS = """
INSERT INTO observations (customer_id, qualification, vetting_status, vetting_reason,
    vetting_created_date, is_gone, is_change, old_status, source, observed_at, confirmed_at,
    superseded_at)
SELECT id, 'Education', :status, CASE :status WHEN 'Denied' THEN 'Not an Academic Domain' END, now,
    0, :old_status IS NOT NULL, :old_status, 'sweep', now, now,
    CASE WHEN NOT :is_current THEN later END
FROM (
    SELECT id, strftime('%Y-%m-%dT%H:%M:%S.000000Z', :at + number, 'unixepoch') AS now,
        strftime('%Y-%m-%dT%H:%M:%S.000000Z', :at + number + :month, 'unixepoch') AS later
    FROM customers ORDER BY number
)
"""


@contextmanager
def on_disk() -> Iterator[Path]:
    """Have temporary files, in here, in a folder that is not memory, as /tmp may be."""
    place = os.environ.get("TMPDIR") or "/var/tmp"  # noqa: S108 - the folder in it has a name of its own
    before = tempfile.tempdir
    tempfile.tempdir = place if Path(place).is_dir() else before
    try:
        with tempfile.TemporaryDirectory(prefix="ledgers-") as folder:
            yield Path(folder)
    finally:
        tempfile.tempdir = before


def described(folder: Path) -> str:
    """Tell where a folder is, and how long it takes there until something is on the disk."""
    took = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            before = perf_counter()
            file.write(bytes(PAGE))
            os.fsync(file.fileno())
            took.append(perf_counter() - before)
    kind = f", {_file_system(folder)}" if sys.platform == "linux" else ""
    sync = f"an fsync of a page takes {statistics.median(took) * 1e3:.2f} ms"
    return f"Databases are in {folder.parent}{kind}, where {sync}."


def _file_system(folder: Path) -> str:
    """Give the type and the device of what a folder is on."""
    device = os.stat(folder).st_dev  # noqa: PTH116 - its number is all that is asked for
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in Path("/proc/self/mountinfo").read_text("utf-8").splitlines():
        mount, _, source = line.partition(" - ")
        if mount.split()[2] == wanted:
            kind, name, *_ = source.split()
            return f"{kind} on {name}"
    return "an unknown file system"


@contextmanager
def postgres() -> Iterator[Any]:
    """Have the server of the tests on the core of the service, or None where there is none."""
    sys.path.append(str(HERE.parent))
    try:
        from tests.postgres import Postgres, find_programs  # noqa: PLC0415 - POSIX has what it needs

        find_programs()
    except (ImportError, RuntimeError):
        yield None
        return
    server = Postgres()
    with placed(0):
        server.start()
    try:
        yield server
    finally:
        server.stop()


def fill(path: Path, customers: int, *, is_old: bool) -> Path:
    """Make a ledger in which each customer has four statuses, one a month, or only the last one."""
    Ledger(path).close()
    drawn = random.Random(customers)  # noqa: S311 - no secrets
    ids = ((str(UUID(int=drawn.getrandbits(128), version=4)),) for _ in range(customers))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -1000000")
        connection.execute(CUSTOMERS)
        connection.executemany("INSERT INTO customers (id) VALUES (?)", ids)
        indexes = connection.execute(INDEXES).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        first = 0 if is_old else len(STATUSES) - 1
        for place in range(first, len(STATUSES)):
            values = {
                "status": STATUSES[place],
                "old_status": STATUSES[place - 1] if place > first else None,
                "at": FIRST + place * MONTH,
                "is_current": place == len(STATUSES) - 1,
                "month": MONTH,
            }
            connection.execute(OBSERVATIONS, values)
        for _, again in indexes:
            connection.execute(again)
    return path
