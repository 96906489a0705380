"""(g) A ledger: what it costs to write each request down, and to ask a large one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

from databases import described, fill, on_disk, postgres
from harness import Figures, Settings, everywhere, interleaved, run_client
from programs import Program, available, skipped
from report import Goal, Part, at_least, number, table
from service import service

CUSTOMERS = 10_000
CONCURRENCY = 32
RESUMED = Program("resumed", "**ours: apply on {}**, the requests alone", "requesting", ours=True)
WHOLE = Program(
    "whole", "**ours: apply on {}**, with reading the customers", "requesting", ours=True
)
POSTED = Program("posted", "**ours: single calls, awaited**", "requesting", ours=True)
AIOHTTP = Program("aiohttp", "aiohttp", "requesting", ("aiohttp",))
HTTPX = Program("httpx", "httpx, awaited", "requesting", ("httpx",), slow=5)
SQLITE, POSTGRES, NOWHERE = "SQLite", "PostgreSQL", "–"
LEAST = {SQLITE: 0.6, POSTGRES: 0.5}
NO_SERVER = "PostgreSQL: no server found (Debian: postgresql)"
REQUESTS = (
    f"each asked for Education once, at concurrency {CONCURRENCY}; each run has an emulator and a "
    "ledger of its own. For apply's requests alone, an earlier run has read the customers and "
    "written all down, but was not allowed to send. Requests/s are those from the first POST that "
    "reaches the service to the last result; with reading the customers, from the call on. CPU is "
    "that of the client's process in the whole call. Here nothing is pinned to a core: SQLite has "
    "a thread of its own, and PostgreSQL processes. httpx does a fifth of the requests."
)

OBSERVATIONS = 1_000_000
LATEST = Program("latest", "latest()", "asking", ("pyarrow",), ours=True)
OLD, CURRENT, FEW = "four of each customer", "one of each customer", "a quarter of those"
QUESTIONS = (
    "by SQLite, from a file that the system has in its cache, in a process that has just opened "
    "it. Added is the most resident memory there was at any time, less what there was before; "
    "beyond is what of that is not the table's own buffers."
)
SECONDS, BEYOND, FLAT = 2.0, 50.0, 5.0

Key: TypeAlias = tuple[Program, str]
NewLedger: TypeAlias = Callable[[], str]


def measure(settings: Settings) -> Part:
    """Measure requests with ledgers and without, then questions to large ledgers."""
    count = settings.scaled(CUSTOMERS)
    programs, lacking = available((RESUMED, WHOLE, POSTED, AIOHTTP, HTTPX), settings)
    with on_disk() as folder:
        with everywhere(), _ledgers(folder) as ledgers:
            applied = interleaved(
                {
                    (program, name): partial(_run, program, ledgers[name], count)
                    for program in programs
                    for name in _places(program, ledgers)
                },
                settings.rounds,
            )
        lacking += [] if POSTGRES in ledgers else [NO_SERVER]
        asked, unasked = _ask(settings, folder)
        text = [
            f"{count:,} customers without a qualification, {REQUESTS} {described(folder)}",
            *skipped(lacking),
            _applied_table(applied),
            f"`latest()` of {settings.scaled(OBSERVATIONS):,} statuses that were seen, {QUESTIONS}",
            *skipped(unasked),
            _asked_table(asked),
        ]
    goals = [*_applied_goals(applied), *_asked_goals(asked, settings)]
    return Part("(g) A ledger", text, goals)


@contextmanager
def _ledgers(folder: Path) -> Iterator[dict[str, NewLedger]]:
    """Give what makes new ledgers, by where they are."""
    with postgres() as server:
        ledgers: dict[str, NewLedger] = {
            NOWHERE: str,
            SQLITE: lambda: str(folder / f"{uuid4()}.db"),
        }
        yield ledgers | ({} if server is None else {POSTGRES: server.create_database})


def _places(program: Program, ledgers: dict[str, NewLedger]) -> list[str]:
    has_ledger = program in (RESUMED, WHOLE)
    return [name for name in ledgers if (name != NOWHERE) == has_ledger]


def _run(program: Program, ledger: NewLedger, count: int) -> Figures:
    calls = max(1, count // program.slow)
    with service(calls, mix=None, vetting="manual") as place:
        plan = place.plan(
            requests=calls, concurrency=CONCURRENCY, ledger=ledger(), reader=place.reader
        )
        figures = run_client(program.function, plan)
        first = _first_of(place.journal(), calls)
    rate = figures["rate"] if program == WHOLE else calls / (figures["ended"] - first)
    return {"rate": rate, "cpu": figures["cpu"]}


def _first_of(journal: list[dict[str, Any]], calls: int) -> float:
    """Give when the first request arrived that took effect; there must be one for each customer."""
    taken = [entry for entry in journal if entry["status"] == HTTPStatus.CREATED]
    if len({entry["customer_id"] for entry in taken}) != calls or len(taken) != calls:
        raise SystemExit(f"{calls} customers were to be asked once, {len(taken)} requests came")
    return min(datetime.fromisoformat(entry["at"]).timestamp() for entry in taken)


def _applied_table(found: dict[Key, Figures]) -> str:
    return table(
        ("client", "requests/s", "CPU ms per 1,000"),
        (
            (program.label.format(place), number(each["rate"]), number(each["cpu"], 1))
            for (program, place), each in found.items()
        ),
    )


def _applied_goals(found: dict[Key, Figures]) -> list[Goal]:
    rates = {key: each["rate"] for key, each in found.items()}
    plain = rates.get((POSTED, NOWHERE))
    return [
        at_least(
            "8",
            f"requests/s of apply on {place} ≥ {least:.0%} of single calls', at {CONCURRENCY}",
            *(rates.get((RESUMED, place)), plain, least),
        )
        for place, least in LEAST.items()
    ]


def _ask(settings: Settings, folder: Path) -> tuple[dict[str, Figures], list[str]]:
    programs, lacking = available((LATEST,), settings)
    all_of_them = settings.scaled(OBSERVATIONS)
    old = max(1, all_of_them // 4)
    plans = {
        name: {
            "ledger": str(fill(folder / f"{name}.db", rows, is_old=name == OLD)),
            "requests": rows,
        }
        for name, rows in {OLD: old, CURRENT: all_of_them, FEW: old}.items()
        if programs
    }
    measures = {name: partial(run_client, LATEST.function, plan) for name, plan in plans.items()}
    return interleaved(measures, settings.rounds), lacking


def _asked_table(found: dict[str, Figures]) -> str:
    rows = (
        [
            name,
            number(each["seconds"], 2),
            number(each.get("peak"), 1),
            number(each["table"], 1),
            number(_beyond(each), 1),
        ]
        for name, each in found.items()
    )
    return table(("statuses", "seconds", "MB added", "MB of the table", "MB beyond"), rows)


def _beyond(figures: Figures) -> float | None:
    """Give what was there for a while besides the table; None where memory is not told."""
    return figures["peak"] - figures["table"] if "peak" in figures else None


def _asked_goals(found: dict[str, Figures], settings: Settings) -> list[Goal]:
    texts = (
        f"`latest()` of a million statuses, {OLD} ≤ {SECONDS:.0f} s",
        f"`latest()` of a million rows adds ≤ {BEYOND:.0f} MB beyond its table",
        f"that is flat: ≤ {FLAT:.0f} MB more than with a quarter of a million rows",
    )
    if not found or settings.scaled(OBSERVATIONS) != OBSERVATIONS:
        return [Goal("8", text) for text in texts]
    seconds, (few, many) = found[OLD]["seconds"], (_beyond(found[each]) for each in (FEW, CURRENT))
    goals = [Goal("8", texts[0], f"{seconds:.2f} s", met=seconds <= SECONDS)]
    if few is None or many is None:
        return [*goals, *(Goal("8", text) for text in texts[1:])]
    return [
        *goals,
        Goal("8", texts[1], f"{many:.1f} MB", met=many <= BEYOND),
        Goal("8", texts[2], f"{many - few:.1f} MB", met=many - few <= FLAT),
    ]
