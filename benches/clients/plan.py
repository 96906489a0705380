"""What a client program is to do, and how it measures itself.

CPU is that of the whole process: user and system time of all its threads.
"""

import gc
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time
from typing import TypeAlias

from clients.wakeups import Counting

Figures: TypeAlias = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a client program is to do.

    Attributes:
        url: where the API is.
        token: the access token.
        ids: the file with the customers' ids, one a line.
        requests: how many customers to ask for.
        concurrency: how many requests may be in flight.
        loop: the event loop: asyncio, uvloop, or counting, which is asyncio's own and counts how
            often it wakes up.
        ledger: the URL or path of a ledger.
        reader: an access token that only lets read.
    """

    url: str = ""
    token: str = ""
    ids: str = ""
    requests: int = 1
    concurrency: int = 1
    loop: str = "asyncio"
    ledger: str = ""
    reader: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}

    def path(self, customer_id: str) -> str:
        """Give where a customer's qualifications are."""
        return f"/v1/customers/{customer_id}/qualifications"

    def link(self, customer_id: str) -> str:
        """Give the whole address of a customer's qualifications."""
        return f"{self.url}{self.path(customer_id)}"

    def lines(self) -> Iterator[str]:
        """Give the ids, each as it is asked for, again and again."""
        while True:
            with Path(self.ids).open(encoding="ascii") as file:
                for line in file:
                    yield line.rstrip()

    def customers(self) -> list[str]:
        """Give the ids to ask for."""
        return list(islice(cycle(Path(self.ids).read_text("ascii").split()), self.requests))


Work: TypeAlias = Callable[[Sequence[str]], int]
"""Asks for customers; how many qualifications were decoded is what comes back."""

AsyncWork: TypeAlias = Callable[[Sequence[str]], Awaitable[int]]
"""The same, awaited."""


def measured(plan: Plan, work: Work, warm: Work | None = None) -> Figures:
    """Measure a client that blocks, once `warm`, or the work itself, has opened connections."""
    ids = plan.customers()
    (warm or work)(ids[: 2 * plan.concurrency])
    gc.collect()
    wall, cpu = perf_counter(), process_time()
    count = work(ids)
    return _figures(plan, count, perf_counter() - wall, process_time() - cpu)


async def measured_async(plan: Plan, work: AsyncWork, warm: AsyncWork | None = None) -> Figures:
    """Measure a client that awaits, once `warm`, or the work itself, has opened connections."""
    ids = plan.customers()
    await (warm or work)(ids[: 2 * plan.concurrency])
    gc.collect()
    Counting.count = 0
    wall, cpu = perf_counter(), process_time()
    count = await work(ids)
    figures = _figures(plan, count, perf_counter() - wall, process_time() - cpu)
    return figures | {"wakeups": Counting.count / count * 1e3}


def _figures(plan: Plan, count: int, wall: float, cpu: float) -> Figures:
    if count != plan.requests:
        raise SystemExit(f"{plan.requests} customers were asked for, {count} answered")
    return {"rate": count / wall, "cpu": cpu / count * 1e6}
