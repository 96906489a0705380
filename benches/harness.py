"""Starts programs one after the other, each on a core that nothing else uses, and takes medians.

A program is a process of its own, so that its CPU time is its own; the service is another one. It
must not know what is measured.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

HERE = Path(__file__).parent

Figures: TypeAlias = dict[str, float]
"""What a program measured of itself, by name."""

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is measured.

    Attributes:
        rounds: how often each program runs; its figures are the medians.
        scale: the share of all counts that is done, for a quick look.
        ours_only: whether the programs of others are left out.
    """

    rounds: int = 5
    scale: float = 1.0
    ours_only: bool = False

    def scaled(self, count: int) -> int:
        """Give the share of a count that is done."""
        return max(1, round(count * self.scale))


def cores() -> tuple[set[int], set[int]] | None:
    """Give a core for the service and one for clients, or None where there are none to choose."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    available = sorted(os.sched_getaffinity(0) | _ALLOWED)
    return ({available[0]}, {available[1]}) if len(available) > 1 else None


def pinning() -> str:
    """Tell whether programs have cores of their own."""
    if cores() is None:
        return "not pinned: client and service share what cores there are, so CPU is less exact"
    return "the service is pinned to one core, the client that is measured to another"


_FREE: list[bool] = []


@contextmanager
def placed(side: int) -> Iterator[None]:
    """Have processes that are started in here run on the core of the service (0) or clients (1)."""
    places = cores()
    if places is None or _FREE:
        yield
        return
    os.sched_setaffinity(0, places[side])
    try:
        yield
    finally:
        os.sched_setaffinity(0, _ALLOWED)


@contextmanager
def everywhere() -> Iterator[None]:
    """Have processes that are started in here run on any core, wherever they belong."""
    _FREE.append(True)
    try:
        yield
    finally:
        _FREE.pop()


def run(command: list[str], plan: Mapping[str, object] | None = None) -> str:
    """Run a client and give what it printed. The plan is its input, as JSON."""
    text = json.dumps(plan or {})
    with placed(1):
        done = subprocess.run(  # noqa: S603 - nothing here comes from elsewhere
            command, input=text, capture_output=True, text=True, check=False, timeout=600
        )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr or done.stdout}")
    return done.stdout


def run_client(program: str, plan: Mapping[str, object]) -> Figures:
    """Run a Python client, named as `module:function`, and give its figures."""
    command = [sys.executable, str(HERE / "client.py"), program]
    figures: Figures = json.loads(run(command, plan))
    return figures


def cpu_of_children() -> float:
    """Give the CPU seconds of all processes that were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def interleaved(measures: Mapping[Key, Callable[[], Figures]], rounds: int) -> dict[Key, Figures]:
    """Measure all in turn, round by round, so that a slow minute meets all; give the medians."""
    found: dict[Key, list[Figures]] = {key: [] for key in measures}
    for _ in range(rounds):
        for key, measure in measures.items():
            found[key].append(measure())
    return {key: medians(figures) for key, figures in found.items()}


def medians(figures: list[Figures]) -> Figures:
    """Give the median of each figure."""
    return {name: statistics.median(each[name] for each in figures) for name in figures[0]}


_ALLOWED = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
