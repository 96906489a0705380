"""Lists that come in pages."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from ._calls import End, Steps, Stream

if TYPE_CHECKING:
    from . import _core

T = TypeVar("T")


class Pages(Stream[list[T]]):
    """The pages of a list, each fetched when it is asked for."""

    def __init__(self, core: _core.Pages[T], *, awaited: bool) -> None:
        super().__init__(awaited=awaited)
        self._core = core

    def _step(self) -> Steps[list[T]]:
        page: list[T] | None = yield self._core.next()
        if page is None:
            raise End
        return page


class Pager(Stream[T], Generic[T]):
    """The items of a list, whose pages are fetched as they are needed.

    For `for` with `Client`, for `async for` with `AsyncClient`. After an error, going on asks for
    the same page again.
    """

    def __init__(self, core: _core.Pages[T], *, awaited: bool) -> None:
        super().__init__(awaited=awaited)
        self._pages: Pages[T] = Pages(core, awaited=awaited)
        self._items: deque[T] = deque()

    def by_page(self) -> Pages[T]:
        """Iterate over whole pages, as lists, instead of single items.

        Returns:
            The pages that have not been fetched yet.
        """
        return self._pages

    def _step(self) -> Steps[T]:
        while not self._items:
            self._items.extend((yield from self._pages._step()))  # noqa: SLF001 - of the same family
        return self._items.popleft()
