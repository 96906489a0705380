"""Shows how far a sweep has come: a bar, or a call of the user's."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from ._arguments import refused
from ._exceptions import ConfigurationError
from ._models import Progress

if TYPE_CHECKING:
    from collections.abc import Callable


class Reporter:
    """Counts results and tells `progress` of each, in the thread that takes them."""

    def __init__(self, progress: bool | Callable[[Progress], object]) -> None:  # noqa: FBT001 - the public argument's own form
        if progress is True:
            progress = _Bar()
        elif progress is not False and not callable(progress):
            raise refused("progress", progress, "pass a bool or a callable that takes a Progress")
        self._tell = progress or None
        self._done = 0
        self._errors = 0
        self._started = monotonic()

    def count(self, *, failed: bool, total: int | None, paused_for: float | None) -> None:
        """Count one result, once the callable has taken it. `paused_for` is in seconds."""
        done, errors = self._done + 1, self._errors + failed
        if self._tell is not None:
            elapsed = monotonic() - self._started
            until = paused_for and datetime.now(UTC) + timedelta(seconds=paused_for)
            self._tell(
                Progress(
                    done=done,
                    total=total,
                    errors=errors,
                    rate=done / elapsed if elapsed else 0.0,
                    paused_until=until or None,
                )
            )
        self._done, self._errors = done, errors

    def close(self) -> None:
        """Leave the bar as it stands."""
        if isinstance(self._tell, _Bar):
            self._tell.close()


class _Bar:
    """A bar in a terminal or a notebook; nothing elsewhere."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm  # noqa: PLC0415 - an extra, imported on first use
        except ImportError:
            message = "progress=True needs tqdm: pip install 'partnercenter_qual[progress]'"
            raise ConfigurationError(
                message, field="progress", value="True", cure="install tqdm, or pass a callable"
            ) from None
        # tqdm's None stands for "only in a terminal", which a notebook is not.
        hidden = False if "ipykernel" in sys.modules else None
        self._bar: Any = tqdm(unit=" customers", disable=hidden)

    def __call__(self, progress: Progress) -> None:
        self._bar.total = progress.total
        postfix = f"{progress.errors} errors" if progress.errors else ""
        if progress.paused_until:
            postfix += f" paused until {progress.paused_until:%H:%M:%S} UTC"
        self._bar.set_postfix_str(postfix, refresh=False)
        self._bar.update(progress.done - self._bar.n)

    def close(self) -> None:
        self._bar.close()
