"""Waits for what comes by itself, and much sooner than one would give up."""

import time
from collections.abc import Callable

PATIENCE = 20.0  # seconds


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is the case."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < PATIENCE, "waited in vain"
        time.sleep(0.005)
