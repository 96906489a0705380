"""What `watch` gives: changes, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._calls import End
from ._closing import Observed
from ._streams import AsyncStream, Stream

if TYPE_CHECKING:
    from . import _core
    from ._calls import Steps
    from ._models import Change
    from ._observing import AnyObservation


class BaseWatch(Observed):
    """What both kinds share."""

    def __init__(self, core: _core.Watch, observation: AnyObservation) -> None:
        self._core = core
        self._observation = observation

    def close(self) -> None:
        """End it, also while another thread or task waits for a change."""
        self._core.end().wait()
        self._observation.end()

    def _next(self) -> Steps[Change]:
        try:
            while (yield from self._observation.follow(self._core.next())):
                if (change := self._core.take()) is not None:
                    return change
            self._core.check()
        except KeyboardInterrupt:
            self.close()  # at once: a traceback may hold it for long, and with it the ledger
            raise
        raise End


class Watch(BaseWatch, Stream["Change"]):
    """Changes as they are seen, for `for`; it ends when it is closed.

    Asking for the next change says that the one before is done with: that one is not given again,
    by this watch or a later one. Where a watch ends in between, the next one gives it again.
    """


class AsyncWatch(BaseWatch, AsyncStream["Change"]):
    """Changes as they are seen, for `async for`; it ends when it is closed.

    Asking for the next change says that the one before is done with: that one is not given again,
    by this watch or a later one. Where a watch ends in between, the next one gives it again.
    """
