"""What is closed at the end of a `with` block."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from ._observing import AnyObservation


class Closing(ABC):
    """A context manager that closes itself, however its block is left."""

    __slots__ = ()

    @abstractmethod
    def close(self) -> None:
        """Let go of everything."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Observed(Closing):
    """An operation of many requests, whose end is told of, also where nobody closes it."""

    _observation: AnyObservation

    def __del__(self) -> None:
        observation = getattr(self, "_observation", None)
        if observation is not None and observation.is_told and not sys.is_finalizing():
            with suppress(RuntimeError):  # it comes from before a fork
                self.close()


class AsyncClosing(ABC):
    """The same for an `async with` block."""

    __slots__ = ()

    @abstractmethod
    async def aclose(self) -> None:
        """Let go of everything."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()
