"""What gives one thing after the other, for `for` or for `async for`, until it is closed."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from ._calls import End, wait, wait_async
from ._closing import AsyncClosing, Closing

if TYPE_CHECKING:
    from ._calls import Steps

T = TypeVar("T")


class Stream(Closing, Generic[T]):
    """For `for`, and a `with` block that closes it."""

    @abstractmethod
    def _next(self) -> Steps[T]:
        """Give the next one, or raise `End`."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        try:
            return wait(self._next())
        except End:
            raise StopIteration from None


class AsyncStream(Closing, AsyncClosing, Generic[T]):
    """For `async for`, and an `async with` block that closes it."""

    @abstractmethod
    def _next(self) -> Steps[T]:
        """Give the next one, or raise `End`."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        try:
            return await wait_async(self._next())
        except End:
            raise StopAsyncIteration from None

    if not TYPE_CHECKING:  # who has no type checker is told at run time

        def __iter__(self) -> Self:
            raise RuntimeError("this would block the event loop: use `async for`")

        __next__ = __iter__

    async def aclose(self) -> None:
        """Do what `close` does."""
        self.close()
