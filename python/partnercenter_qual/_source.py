"""Where a sweep takes its customers from, when that is not to be waited for."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncIterator

LAST: Final = object()
"""In place of an item: there are no more."""

LATER: Final = object()
"""In place of an item: the next one is not there yet."""


class AsyncSource:
    """An asynchronous iterator that is waited for only until something else is there."""

    def __init__(self, items: AsyncIterator[object]) -> None:
        self._items = items
        self._asked: Future[object] | None = None

    async def next(self, other: Future[Any] | None) -> object:
        """Give the next item, `LAST` after the last one, or `LATER` when `other` is done first.

        Without `other`, there is no waiting at all.
        """
        import asyncio  # noqa: PLC0415 - whoever is in here has imported it

        if self._asked is None:
            self._asked = asyncio.ensure_future(anext(self._items, LAST))
        if other is None:
            await asyncio.sleep(0)
        else:
            await asyncio.wait((self._asked, other), return_when=asyncio.FIRST_COMPLETED)
        if not self._asked.done():
            return LATER
        asked, self._asked = self._asked, None
        return asked.result()

    def close(self) -> None:
        """Give up what was asked for."""
        if self._asked is not None and not self._asked.done():
            with suppress(RuntimeError):  # the loop is closed, and with it all that was in it
                self._asked.get_loop().call_soon_threadsafe(self._asked.cancel)

    def __del__(self) -> None:
        self.close()
