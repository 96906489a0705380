"""(a) Many calls: calls a second and CPU, at concurrency 1, 32 and 128; and with a slow service."""

from dataclasses import replace
from functools import partial

from harness import Figures, Settings, interleaved
from programs import (
    AIOHTTP,
    AIOHTTP_UVLOOP,
    ALL,
    AWAITED,
    HYPER,
    OBJECTS,
    PYREQWEST,
    REQWEST,
    TABLE,
    WREQ,
    Program,
    available,
    skipped,
)
from report import Goal, Part, at_least, at_most, number, table
from service import service

CUSTOMERS = 5_000
CONCURRENCY = (1, 32, 128)
DELAY = 0.02
WIDE = 128
AWAKE = 32
DELAYED = 100 * WIDE
"""No odd ones that would have a delay for themselves."""

EQUAL = (
    "Each has the token; each answer of one item is decoded into objects with the same fields, "
    "enums and dates included. CPU is that of the client's process, all its threads, once it has "
    "imported what it needs and its connections are open. requests and httpx do a fifth of the "
    "calls, for they are slow."
)
WAKE_UPS = (
    f"How often the event loop woke up for 1,000 calls, on plain asyncio at {AWAKE}, in a run of "
    "its own, because counting takes time: what has been answered is taken in one go, or one by "
    "one. A loop that is busy with what it has wakes up seldom, too."
)
DELAYS = (
    f"With {DELAY * 1000:.0f} ms of delay in the service at concurrency {WIDE}, where the ideal is "
    f"{WIDE / DELAY:,.0f} calls/s:"
)

Results = dict[tuple[Program, int], Figures]


def measure(settings: Settings) -> Part:
    """Measure all programs."""
    fast, lacking = available(ALL, settings)
    count = settings.scaled(CUSTOMERS)
    with service(count) as place:
        results: Results = interleaved(
            {
                (program, wide): partial(program.run, place, count, wide)
                for program in fast
                for wide in CONCURRENCY
            },
            settings.rounds,
        )
    delayed = measure_delayed(settings)
    text = [
        f"{count:,} GETs over distinct customers. {EQUAL}",
        *skipped(lacking),
        _table(fast, results),
        WAKE_UPS,
        table(
            ("client", "wake-ups", "CPU ms per 1,000 calls"),
            (
                (label, number(each["wakeups"]), number(each["cpu"], 1))
                for label, each in measure_wakeups(settings).items()
            ),
        ),
        DELAYS,
        table(
            ("client", "calls/s", "CPU ms per 1,000 calls"),
            (
                (program.label, number(each["rate"]), number(each["cpu"], 1))
                for program, each in delayed.items()
            ),
        ),
    ]
    return Part("(a) Many calls", text, [*_goals(results), _delayed_goal(delayed)])


def measure_wakeups(settings: Settings) -> dict[str, Figures]:
    """Count how often event loops wake up."""
    programs, _ = available((AWAITED, PYREQWEST, WREQ, AIOHTTP), settings)
    count = settings.scaled(CUSTOMERS)
    with service(count) as place:
        return {
            each.label.replace(", uvloop", ""): replace(each, loop="counting").run(
                place, count, AWAKE
            )
            for each in programs
        }


def measure_delayed(settings: Settings) -> dict[Program, Figures]:
    """Measure some programs where latency rules."""
    programs, _ = available((TABLE, OBJECTS, AWAITED, HYPER, REQWEST, AIOHTTP), settings)
    count = settings.scaled(DELAYED)
    with service(settings.scaled(CUSTOMERS), delay=DELAY) as place:
        return interleaved(
            {program: partial(program.run, place, count, WIDE) for program in programs},
            settings.rounds,
        )


def _table(programs: list[Program], results: Results) -> str:
    wide = [f"calls/s at {each}" for each in CONCURRENCY]
    head = ["client", *(f"CPU ms per 1,000 at {each}" for each in CONCURRENCY), *wide]
    rows = (
        [
            program.label,
            *(number(results[program, each]["cpu"], 1) for each in CONCURRENCY),
            *(number(results[program, each]["rate"]) for each in CONCURRENCY),
        ]
        for program in programs
    )
    return table(head, rows)


def _goals(results: Results) -> list[Goal]:
    goals = []
    for wide in CONCURRENCY[1:]:

        def cpu(*programs: Program, wide: int = wide) -> float | None:
            found = [results[each, wide]["cpu"] for each in programs if (each, wide) in results]
            return min(found, default=None)

        ours, at = cpu(TABLE), f"at {wide}"
        sweep = "CPU of a sweep into a table"
        goals += [
            at_most("1", f"{sweep} ≤ 1.25 × plain reqwest's, {at}", ours, cpu(REQWEST), 1.25),
            at_most("1", f"{sweep} ≤ ¼ of aiohttp's, {at}", ours, cpu(AIOHTTP), 0.25),
            at_most(
                "1",
                f"{sweep} ≤ ¼ of aiohttp's with uvloop and msgspec, {at} (beyond the goal)",
                *(ours, cpu(AIOHTTP_UVLOOP), 0.25),
            ),
            at_most(
                "1",
                f"{sweep} < the best Rust-based Python client's, {at}",
                *(ours, cpu(PYREQWEST, WREQ), 1.0),
            ),
            at_most("1", f"{sweep} ≤ 1.25 × raw hyper's, {at} (moonshot)", ours, cpu(HYPER), 1.25),
        ]
        if wide == CONCURRENCY[1]:
            goals.append(
                at_most(
                    "3",
                    f"CPU of awaited single calls ≤ the best Rust-based Python client's, {at}",
                    *(cpu(AWAITED), cpu(PYREQWEST, WREQ), 1.0),
                )
            )
    return goals


def _delayed_goal(delayed: dict[Program, Figures]) -> Goal:
    rates = {program: each["rate"] for program, each in delayed.items()}
    delay = f"{DELAY * 1000:.0f} ms of delay"
    text = f"calls/s of a sweep with {delay} at {WIDE} ≥ 98 % of plain reqwest's"
    return at_least("7", text, rates.get(TABLE), rates.get(REQWEST), 0.98)
