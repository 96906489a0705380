"""(f) Memory against the number of customers."""

import sys

from harness import Figures, Settings, run_client
from programs import Program
from report import Goal, Part, number, table
from service import service

COUNTS = (1_000, 10_000, 100_000, 1_000_000)
CONCURRENCY = 128
STREAMED = Program("streamed", "streamed", "memory", ours=True)
COLLECTED = Program("collected", "collected into a table", "memory", ours=True)
TEXT = (
    f"What a sweep of distinct customers at concurrency {CONCURRENCY} adds to the resident memory "
    "of a process that has imported the package and made a client: the most there was at any time. "
    "Ids come from a file, one after the other; one run each."
)
STREAM_LIMIT, FLAT, TABLE_LIMIT = 50.0, 5.0, 300.0

Results = dict[tuple[Program, int], Figures]


def measure(settings: Settings) -> Part:
    """Measure our sweeps, each once: memory does not vary as time does."""
    text = "Needs `/proc`: not measured on this system."
    found: Results = {}
    counts = [settings.scaled(count) for count in COUNTS]
    if sys.platform == "linux":
        with service(counts[-1], journal_size=1_000) as place:
            for count in counts:
                plan = place.plan(requests=count, concurrency=CONCURRENCY)
                for program in (STREAMED, COLLECTED):
                    found[program, count] = run_client(program.function, plan)
        text = TEXT
    head = ("MB added by a sweep of", *(f"{count:,}" for count in counts))
    rows = [
        [program.label, *(number(found[program, count]["peak"], 1) for count in counts)]
        for program in (STREAMED, COLLECTED)
        if found
    ]
    return Part("(f) Memory", [text, table(head, rows)], _goals(found, counts))


def _goals(found: Results, counts: list[int]) -> list[Goal]:
    texts = (
        f"streaming a million adds ≤ {STREAM_LIMIT:.0f} MB",
        f"streaming is flat after 100,000: ≤ {FLAT:.0f} MB more at a million",
        f"a collected table of a million rows adds ≤ {TABLE_LIMIT:.0f} MB",
    )
    if not found or tuple(counts) != COUNTS:
        return [Goal("6", text) for text in texts]
    streamed, before = (found[STREAMED, count]["peak"] for count in (counts[-1], counts[-2]))
    collected = found[COLLECTED, counts[-1]]["peak"]
    measured = zip(
        texts,
        (streamed, streamed - before, collected),
        (STREAM_LIMIT, FLAT, TABLE_LIMIT),
        strict=True,
    )
    return [Goal("6", text, f"{mb:.1f} MB", met=mb <= limit) for text, mb, limit in measured]
