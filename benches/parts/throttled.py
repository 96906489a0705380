"""(d) Sweeps against a service that allows so many requests in a window, and no more.

The programs run side by side, each against an emulator of its own: what counts is what their
requests meet, and they spend most of their time waiting.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from harness import Figures, Settings, medians, run_client
from programs import Program, available, skipped
from report import Goal, Part, number, table
from service import service

LIMIT = 100
WINDOW = 1.0
WINDOWS = 24
CONCURRENCY = 32
TEXT = (
    f"{LIMIT} requests pass in each window of {WINDOW:.0f} s; the rest is answered 429, with a "
    "Retry-After in whole seconds. Used is the share of what was allowed from the first window to "
    "the start of the last one; refused are requests answered 429 once the first window was over, "
    "early those that came before a Retry-After had ended."
)
USED, REFUSED = 0.95, 0.01
FEWEST_WINDOWS = 3

OURS = Program("ours", "**ours: sweep**", "throttled", ours=True)
NEEDS = ("httpx", "tenacity")
BACKOFF = Program("backoff", "httpx, semaphore, tenacity's exponential waits", "throttled", NEEDS)
RETRY_AFTER = Program(
    "retry_after", "httpx, semaphore, tenacity waiting for Retry-After", "throttled", NEEDS
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the service saw it: seconds since the first one, and what came of it."""

    at: float
    refused: bool
    early: bool


def measure(settings: Settings) -> Part:
    """Measure all loops."""
    programs, lacking = available((OURS, BACKOFF, RETRY_AFTER), settings)
    count = settings.scaled(LIMIT * WINDOWS)
    with ThreadPoolExecutor(len(programs)) as pool:
        rounds = [
            list(pool.map(partial(_run, count=count), programs)) for _ in range(settings.rounds)
        ]
    found = {
        program: medians(list(figures))
        for program, figures in zip(programs, zip(*rounds, strict=True), strict=True)
    }
    text = [
        f"{count:,} customers at concurrency {CONCURRENCY}. {TEXT}",
        *skipped(lacking),
        _table(found),
    ]
    return Part("(d) Against a limit", text, _goals(found.get(OURS), count))


def _table(found: dict[Program, Figures]) -> str:
    head = ("client", "seconds", "used", "sent", "refused", "early", "customers lost")
    rows = (
        [
            program.label,
            number(figures["seconds"], 1),
            f"{figures['used']:.1%}",
            number(figures["sent"]),
            f"{figures['refused']:.2%}",
            number(figures["early"]),
            number(figures["lost"]),
        ]
        for program, figures in found.items()
    )
    return table(head, rows)


def _goals(ours: Figures | None, count: int) -> list[Goal]:
    texts = (
        f"used ≥ {USED:.0%}",
        f"refused after the first window ≤ {REFUSED:.0%}",
        "early: none",
    )
    names = [f"sweep against a limit, {text}" for text in texts]
    if ours is None or count < FEWEST_WINDOWS * LIMIT:
        return [Goal("5", name) for name in names]
    return [
        Goal("5", names[0], f"{ours['used']:.1%}", met=ours["used"] >= USED),
        Goal("5", names[1], f"{ours['refused']:.2%}", met=ours["refused"] <= REFUSED),
        Goal("5", names[2], number(ours["early"]), met=ours["early"] == 0),
    ]


def _run(program: Program, count: int) -> Figures:
    with service(count, requests_per_window=LIMIT, window=WINDOW) as place:
        plan = place.plan(requests=count, concurrency=CONCURRENCY)
        figures = run_client(program.function, plan)
        return figures | judge(_requests(place.journal()))


def _requests(journal: Sequence[dict[str, Any]]) -> list[Request]:
    times = [datetime.fromisoformat(entry["at"]).timestamp() for entry in journal]
    first = min(times)
    return sorted(
        (
            Request(at - first, entry["status"] == HTTPStatus.TOO_MANY_REQUESTS, entry["early"])
            for at, entry in zip(times, journal, strict=True)
        ),
        key=lambda request: request.at,
    )


def judge(requests: Sequence[Request]) -> Figures:
    """Tell how much of the limit was used, and how much of what was sent was in vain."""
    starts = _windows(requests)
    later = [request for request in requests if request.at >= WINDOW]
    last = starts[-1]
    used = sum(not request.refused for request in requests if request.at < last)
    return {
        "sent": len(requests),
        "refused": sum(request.refused for request in later) / max(1, len(later)),
        "early": sum(request.early for request in requests),
        "used": used / (LIMIT * last / WINDOW) if last else 0,
    }


def _windows(requests: Sequence[Request]) -> list[float]:
    """Give when each window started: with the first request after the end of the one before."""
    starts = list[float]()
    for request in requests:
        if not starts or request.at >= starts[-1] + WINDOW:
            starts.append(request.at)
    return starts
