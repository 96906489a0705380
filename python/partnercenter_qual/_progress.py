"""Shows how far a sweep has come: a bar, or a call of the user's."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from ._arguments import refused
from ._exceptions import ConfigurationError
from ._extras import install

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._models import Progress

INTERVAL: Final = 0.1
"""Seconds from one look to the next at how far a sweep has come, where results are not counted."""


class Reporter:
    """Tells `progress` how far a sweep has come, in the thread that takes its results."""

    def __init__(self, progress: bool | Callable[[Progress], object]) -> None:  # noqa: FBT001 - the public argument's own form
        if progress is not False and progress is not True and not callable(progress):
            raise refused("progress", progress, "pass a bool or a callable that takes a Progress")
        if callable(progress) and _is_async(progress):
            raise refused("progress", progress, "pass a plain function: nobody awaits this one")
        self._bar = _Bar() if progress is True else None
        self._tell = progress if callable(progress) else self._bar
        self._told: tuple[int, bool] | None = None
        self._due = monotonic() + INTERVAL

    def __bool__(self) -> bool:
        return self._tell is not None

    @property
    def has_bar(self) -> bool:
        """Whether there is a bar, which is to be drawn also while there is nothing to count."""
        return self._bar is not None

    @property
    def is_due(self) -> bool:
        """Whether it is time for another look."""
        return self._tell is not None and monotonic() >= self._due

    def tell(self, progress: Progress) -> None:
        """Tell how far a sweep has come."""
        if self._tell is not None:
            self._tell(progress)
            self._told = progress.done, progress.paused_until is not None
            self._due = monotonic() + INTERVAL

    def tell_news(self, progress: Progress) -> None:
        """Tell how far a sweep has come, unless a callable was told already."""
        if self._bar or self._told != (progress.done, progress.paused_until is not None):
            self.tell(progress)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()


def progress_of(
    *, done: int, total: int | None, errors: int, elapsed: float, pause: float | None
) -> Progress:
    """Say how far something has come after so many seconds, with as many of pause left."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - for who asks for progress

    from ._models import Progress  # noqa: PLC0415 - as above

    until = None if pause is None else datetime.now(UTC) + timedelta(seconds=pause)
    rate = done / elapsed if elapsed else 0.0
    return Progress(done=done, total=total, errors=errors, rate=rate, paused_until=until)


def _is_async(progress: Callable[..., object]) -> bool:
    from inspect import iscoroutinefunction  # noqa: PLC0415 - imports much that few need

    call = getattr(type(progress), "__call__", None)  # noqa: B004 - of an object, its own
    return iscoroutinefunction(progress) or iscoroutinefunction(call)


class _Bar:
    """A bar in a terminal or a notebook; nothing elsewhere."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm  # noqa: PLC0415 - an extra, imported on first use
        except ImportError:
            message = f"progress=True needs tqdm: {install('progress')}"
            raise ConfigurationError(
                message, field="progress", value="True", cure="install tqdm, or pass a callable"
            ) from None
        # tqdm's None stands for "only in a terminal", which a notebook is not.
        hidden = False if "ipykernel" in sys.modules else None
        if sys.stderr is None:  # a program without a console
            hidden = True
        self._bar: Any = tqdm(unit=" customers", disable=hidden)
        self._last: Progress | None = None
        self._drawn = monotonic()

    def __call__(self, progress: Progress) -> None:
        self._last = progress
        if monotonic() - self._drawn >= INTERVAL:
            self._draw(progress)

    def _draw(self, progress: Progress) -> None:
        postfix = f"{progress.errors:,} errors" if progress.errors else ""
        if progress.paused_until:
            postfix += f" paused until {progress.paused_until:%H:%M:%S} UTC"
        self._lengthen(progress.total)
        self._bar.n = progress.done
        self._bar.set_postfix_str(postfix.lstrip(), refresh=False)
        self._bar.refresh()
        self._drawn = monotonic()

    def _lengthen(self, total: int | None) -> None:
        if total is not None and total != self._bar.total and not self._bar.disable:
            # A notebook's bar grows by `reset` alone, which would start its clock anew.
            started = self._bar.start_t
            self._bar.reset(total)
            self._bar.start_t = started

    def close(self) -> None:
        if self._last is not None and not self._bar.disable:
            self._draw(self._last)
        self._last = None
        self._bar.close()
