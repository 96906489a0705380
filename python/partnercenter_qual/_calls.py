"""Runs what is made of several calls, blocking or not.

An operation of several calls is a generator: it yields each call and is sent the answer. So each is
written once, and the two clients differ in how they run it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

T = TypeVar("T")

Steps: TypeAlias = "Generator[Any, Any, T]"
"""An operation of several calls, whose result is a `T`."""


def wait(steps: Steps[T]) -> T:
    """Run an operation, blocking."""
    try:
        call = next(steps)
        while True:
            try:
                answer = call.wait()
            except BaseException as error:  # noqa: BLE001 - the operation decides what to do about it
                call = steps.throw(error)
            else:
                call = steps.send(answer)
    except StopIteration as stop:
        result: T = stop.value
        return result


async def wait_async(steps: Steps[T]) -> T:
    """Run an operation, awaiting its calls."""
    try:
        call = next(steps)
        while True:
            try:
                answer = await call
            except BaseException as error:  # noqa: BLE001 - the operation decides what to do about it
                call = steps.throw(error)
            else:
                call = steps.send(answer)
    except StopIteration as stop:
        result: T = stop.value
        return result


class End(Exception):  # noqa: N818 - a signal, as StopIteration is
    """A stream has no more items."""


class Stream(ABC, Generic[T]):
    """Items that come one after the other, for `for` and `async for` alike."""

    def __init__(self, *, awaited: bool) -> None:
        self._awaited = awaited

    @abstractmethod
    def _step(self) -> Steps[T]:
        """Give the next item, or raise `End`."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        if self._awaited and _in_event_loop():
            raise RuntimeError("this would block the event loop: use `async for`")
        try:
            return wait(self._step())
        except End:
            raise StopIteration from None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        try:
            return await wait_async(self._step())
        except End:
            raise StopAsyncIteration from None


def _in_event_loop() -> bool:
    import asyncio  # noqa: PLC0415 - costs more than the whole package; who is in a loop has it

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
