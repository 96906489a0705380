"""Counts how often an event loop wakes up."""

import asyncio
from selectors import DefaultSelector, SelectorKey


class Counting(DefaultSelector):  # the best there is on this system
    """What an event loop sleeps in, counting."""

    count = 0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Sleep until there is something to do."""
        Counting.count += 1
        return super().select(timeout)


def counting_loop() -> asyncio.AbstractEventLoop:
    """Make asyncio's own loop, and have it count."""
    return asyncio.SelectorEventLoop(Counting())
