"""(b) Single synchronous calls: how long each takes."""

from functools import partial

from harness import Settings, interleaved
from programs import Program, available, skipped
from report import Part, at_least, number, table
from service import service

CALLS = 5_000

OURS = Program("ours", "**ours**", "single", ours=True)
HTTP_CLIENT = Program("http_client", "http.client", "single")
HTTPX = Program("httpx", "httpx", "single", ("httpx",))
REQUESTS = Program("requests", "requests", "single", ("requests",))


def measure(settings: Settings) -> Part:
    """Measure all programs."""
    programs, lacking = available((OURS, HTTP_CLIENT, HTTPX, REQUESTS), settings)
    count = settings.scaled(CALLS)
    with service(count) as place:
        found = interleaved(
            {each: partial(each.run, place, count, 1) for each in programs},
            settings.rounds,
        )
    text = [
        f"{count:,} calls one after the other on one connection, each answer decoded as in (a).",
        *skipped(lacking),
        table(
            ("client", "calls/s", "median, µs", "99th percentile, µs", "CPU ms per 1,000 calls"),
            (
                [
                    each.label,
                    number(figures["rate"]),
                    number(figures["median"]),
                    number(figures["p99"]),
                    number(figures["cpu"], 1),
                ]
                for each, figures in found.items()
            ),
        ),
    ]
    rates = {each: figures["rate"] for each, figures in found.items()}
    ours = rates.get(OURS)
    goals = [
        at_least("2", f"single calls/s ≥ {limit} × {other.label}'s", ours, rates.get(other), limit)
        for other, limit in ((HTTP_CLIENT, 1.3), (HTTPX, 3.5))
    ]
    return Part("(b) Single synchronous calls", text, goals)
