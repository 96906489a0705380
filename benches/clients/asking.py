"""Questions to a ledger: how long they take, and what they add to what they give."""

import sys
from time import perf_counter

from clients.memory import megabytes, start
from clients.plan import Figures, Plan
from partnercenter_qual import Ledger


def latest(plan: Plan) -> Figures:
    """Ask what is so now."""
    has_memory = sys.platform == "linux"
    with Ledger(plan.ledger) as ledger:
        before = start() if has_memory else 0.0
        began = perf_counter()
        table = ledger.latest()
        figures = {"seconds": perf_counter() - began}
        if has_memory:
            figures["peak"] = megabytes("VmHWM") - before
    if len(table) != plan.requests:
        raise SystemExit(f"{plan.requests} rows were there, {len(table)} came")
    # Only now, for what reads the table takes memory of its own.
    return figures | {"table": table.to_pyarrow().get_total_buffer_size() / 1e6}
