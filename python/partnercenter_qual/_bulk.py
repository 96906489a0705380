"""What sweeps and `apply` share: how far they have come, and who is told of it."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from ._closing import Observed
from ._progress import INTERVAL, progress_of

if TYPE_CHECKING:
    from ._models import Progress
    from ._observing import AnyObservation
    from ._progress import Reporter

PATIENCE = 1.0  # seconds after which a wait for results looks whether the client is still open


class _Counted(Protocol):
    """What the core says of either."""

    @property
    def done(self) -> int: ...
    @property
    def errors(self) -> int: ...
    @property
    def retries(self) -> int: ...
    @property
    def paused_for(self) -> float | None: ...


Core = TypeVar("Core", bound=_Counted)


class Bulk(Observed, Generic[Core]):
    """Many calls at once, whose results are taken one by one or as a table."""

    def __init__(self, core: Core, reporter: Reporter, observation: AnyObservation) -> None:
        self._core = core
        self._reporter = reporter
        self._observation = observation
        self._patience = INTERVAL if reporter else PATIENCE
        self._is_whole = False
        self._started = monotonic()
        self._ended: float | None = None

    @property
    def done(self) -> int:
        """How many results were taken, one by one or into a table."""
        return self._core.done

    @property
    def retries(self) -> int:
        """How many requests were sent again."""
        return self._core.retries

    @property
    def elapsed(self) -> float:
        """Seconds since the start; from the end on, they stand still."""
        return (monotonic() if self._ended is None else self._ended) - self._started

    @property
    def closed(self) -> bool:
        """True once it was stopped before its end; who takes what is left sees but an end."""
        return self._ended is not None and not self._is_whole

    def _progress_of(self, total: int | None, *, done: int = 0, errors: int = 0) -> Progress:
        """Say how far it has come, with results that are being taken."""
        return progress_of(
            done=self.done + done,
            total=total,
            errors=self._core.errors + errors,
            elapsed=self.elapsed,
            pause=self._core.paused_for,
        )
