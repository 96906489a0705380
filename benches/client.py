"""Runs one client program, in a process of its own: reads a plan, prints figures.

Usage: python benches/client.py MODULE:FUNCTION, with the plan as JSON on standard input.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from importlib import import_module
from inspect import iscoroutine

from clients.plan import Plan
from clients.wakeups import counting_loop


def loop_factory(name: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Give what makes the event loop a plan asks for; None for asyncio's own choice."""
    if name == "counting":
        return counting_loop
    if name != "uvloop":
        return None
    import uvloop  # noqa: PLC0415 - only where asked for

    make: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return make


def main() -> None:
    """Run the program."""
    module, _, function = sys.argv[1].partition(":")
    plan = Plan(**json.load(sys.stdin))
    figures = getattr(import_module(module), function)(plan)
    if iscoroutine(figures):
        with asyncio.Runner(loop_factory=loop_factory(plan.loop)) as runner:
            figures = runner.run(figures)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
