"""Measure the emulator on a core of its own, on Linux: calls a second, memory, and seeding.

wrk asks if it is there, and our own client otherwise, which takes far more time than the emulator.

Usage: python benches/emulator.py [requests]
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, repeat
from pathlib import Path

from partnercenter_qual import Emulator

SEEDED = 100_000
SECONDS = 10

Load = Callable[[Emulator], int]
"""Asks an emulator for some time; the number of requests is what comes back."""


@contextmanager
def first_core() -> Iterator[None]:
    """Have threads that start in here run on the first core, and all others beside it."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores[1:] or cores)


def resident() -> int:
    """Give the memory of this process in bytes."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def wrk(emulator: Emulator) -> int:
    """Have wrk read one customer's qualifications over and over."""
    output = subprocess.run(  # noqa: S603 - nothing here comes from elsewhere
        [
            shutil.which("wrk") or "wrk",
            *("--threads", "1", "--connections", "16", "--duration", f"{SECONDS}s"),
            *("--header", f"Authorization: Bearer {emulator.access_token()}"),
            f"{emulator.url}/v1/customers/{emulator.customer_ids[0]}/qualifications",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = re.search(r"(\d+) requests in", output)
    if found is None or "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(output)
    return int(found[1])


def own_client(emulator: Emulator) -> int:
    """Read one customer's qualifications over and over with our own client."""
    end = time.monotonic() + SECONDS
    count = 0
    with emulator.client() as client:
        while time.monotonic() < end:
            ids = islice(repeat(emulator.customer_ids[0]), 1000)
            count += sum(result.error is None for result in client.sweep(ids))
    return count


def measure_seeding() -> None:
    """Report how long it takes to make many customers and to serve them."""
    before = time.perf_counter()
    with Emulator(SEEDED):
        seconds = time.perf_counter() - before
    print(f"{SEEDED:,} customers seeded and served in {seconds:.2f} s")


def measure_requests(load: Load, most: int) -> None:
    """Report the rate, and the memory as requests go into the millions."""
    with first_core():
        emulator = Emulator()
    with emulator:
        print(f"{resident() / 1e6:.0f} MB before the first request")
        wall, cpu = time.perf_counter(), time.process_time()
        count = load(emulator)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"{count / wall:,.0f} calls/s, {cpu / count * 1e6:.0f} ms of CPU per 1,000 calls")
        print(f"{resident() / 1e6:.0f} MB after {count:,} requests")
        while count < most:
            count += load(emulator)
        print(f"{resident() / 1e6:.0f} MB after {count:,} requests")


def main() -> None:
    """Report all of it."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    measure_seeding()
    if shutil.which("wrk"):
        measure_requests(wrk, most)
    else:
        print("There is no wrk on the PATH: our own client asks, for which the CPU counts as well.")
        measure_requests(own_client, most)


if __name__ == "__main__":
    main()
