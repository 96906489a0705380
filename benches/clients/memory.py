"""Sweeps of many customers, and the memory they take."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from clients import ours as own
from clients.plan import Figures, Plan

CLEAR_PEAK = "5"
"""What to tell the kernel so that it forgets the most there ever was."""


def megabytes(field: str) -> float:
    """Give a figure of this process: `VmRSS` for what there is, `VmHWM` for the most there was."""
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(rf"{field}:\s+(\d+) kB", status)
    if found is None:
        raise SystemExit(f"/proc/self/status has no {field}")
    return int(found[1]) * 1024 / 1e6


def streamed(plan: Plan) -> Figures:
    """Sweep, and let go of each result."""
    with own.client(plan) as client:
        before = start()
        count = sum(result.error is None for result in client.sweep(_ids(plan)))
        return _grown(plan, count, before)


def collected(plan: Plan) -> Figures:
    """Sweep into a table, and keep it."""
    with own.client(plan) as client:
        before = start()
        table = client.sweep(_ids(plan)).collect()
        return _grown(plan, len(table), before)


def _ids(plan: Plan) -> Iterator[str]:
    """Give the ids without having them all at once."""
    return islice(plan.lines(), plan.requests)


def start() -> float:
    """Give the memory there is, and have the kernel forget that there was more."""
    Path("/proc/self/clear_refs").write_text(CLEAR_PEAK, "ascii")
    return megabytes("VmRSS")


def _grown(plan: Plan, count: int, before: float) -> Figures:
    if count != plan.requests:
        raise SystemExit(f"{plan.requests} customers were asked for, {count} answered")
    return {"peak": megabytes("VmHWM") - before, "end": megabytes("VmRSS") - before}
