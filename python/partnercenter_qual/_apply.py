"""What `apply` gives: what came of each row, one by one or as a table."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from ._bulk import Bulk
from ._calls import End, wait, wait_async
from ._collected import AsyncCollectable, Collectable
from ._streams import AsyncStream, Stream
from ._table import ApplyTable

if TYPE_CHECKING:
    from . import _core
    from ._calls import Steps
    from ._models import ApplyResult, Progress
    from ._observing import AnyObservation
    from ._progress import Reporter


class BaseApply(Bulk["_core.Apply"]):
    """What both kinds share."""

    def __init__(self, core: _core.Apply, reporter: Reporter, observation: AnyObservation) -> None:
        super().__init__(core, reporter, observation)
        self._table: ApplyTable | None = None

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self._core.total

    @property
    def counts(self) -> dict[str, int]:
        """How many of the results that were taken have each outcome; only those that there are."""
        return self._core.counts()

    def __repr__(self) -> str:
        if not self.total:
            return f"<{type(self).__name__}: there are no rows>"
        counts = ", ".join(f"{count:,} {outcome}" for outcome, count in self.counts.items())
        shown = counts or ("nothing done yet" if self._core.has_begun else "not begun: iterate it")
        return f"<{type(self).__name__}: {self.done:,} of {self.total:,} rows done: {shown}>"

    def summary(self) -> str:
        """Say in a few lines what came of the rows, and what is to be done about the rest."""
        counts, lines = self.counts, [repr(self)[1:-1]]
        meanings = {
            "refused": "look at their error and reason; a row that is mended can be sent again",
            "unknown": "run apply again with the same ledger: it reads back what became of them",
            "not_sent": "run apply again with the same ledger: it sends them",
        }
        lines += [
            f"  {counts[name]:,} {name}: {what}"
            for name, what in meanings.items()
            if name in counts
        ]
        if left := self.total - self.done:
            cure = "" if self._ended is None else ": run apply again with the same ledger"
            lines.append(f"  {left:,} rows left{cure}")
        return "\n".join(lines)

    def close(self) -> None:
        """Stop: drop the requests in flight. The next run finds out what became of them."""
        self._ended = self._ended or monotonic()
        self._core.end().wait()
        self._reporter.close()
        self._observation.end()

    def _next(self) -> Steps[ApplyResult]:
        """Give the next result. It is told of first, and so not lost when that fails."""
        try:
            while True:
                self._observation.tell()
                failed = self._core.peek()
                if failed is not None:
                    if self._reporter:
                        self._reporter.tell(self._progress(done=1, errors=int(failed)))
                    if (result := self._core.take()) is not None:
                        return result
                yield from self._wait()
        except BaseException as error:
            self._observation.end(None if isinstance(error, End) else error)
            self.close()
            raise

    def _collected(self) -> Steps[ApplyTable]:
        """Give all that is left. What was collected before an interruption is kept."""
        if self._table is None:
            try:
                while True:
                    self._core.collect()
                    self._observation.tell()
                    yield from self._wait()
            except End:
                self._core.collect()
            except BaseException as error:
                self._core.collect()
                error.add_note(self._note())
                self._observation.end(error)
                self.close()
                raise
            self.close()
            self._table = ApplyTable(self._core.take_table())
        return self._table

    def _note(self) -> str:
        return (
            f"{self.done:,} of {self.total:,} rows have a result: collect() gives them; "
            "all that was sent is in the ledger: once this is mended, run apply again with it."
        )

    def _wait(self) -> Steps[None]:
        if self._ended is not None:
            raise End
        more: bool = yield self._core.next(self._patience)
        if self._reporter and (not more or self._reporter.is_due):
            self._reporter.tell_news(self._progress())
        if not more:
            self._core.check()
            self._is_whole = self._core.done == self._core.total
            raise End

    def _progress(self, *, done: int = 0, errors: int = 0) -> Progress:
        return self._progress_of(self.total, done=done, errors=errors)

    def __del__(self) -> None:
        core = getattr(self, "_core", None)
        if core is not None and self._ended is None and not core.has_begun and core.total:
            import warnings  # noqa: PLC0415 - for who needs it

            message = f"{type(self).__name__} was never iterated nor collected: nothing was sent"
            warnings.warn(message, RuntimeWarning, stacklevel=1, source=self)
        super().__del__()


class Apply(BaseApply, Stream["ApplyResult"], Collectable[ApplyTable]):
    """What came of each row, for `for`, or all in one table.

    Nothing is sent before it is iterated or collected. Requests go on in the background, a bounded
    number of rows ahead. Each is in the ledger before it is sent and after it was answered; its
    result comes after that. Ctrl-C, `close()` and leaving a `with` block drop the requests in
    flight: another `apply` with the same ledger finds out what became of them, and goes on.
    """

    def collect(self) -> ApplyTable:
        """Take all results that are left, as a table; again, the same table.

        Returns:
            A table of one row for each that was given.

        Raises:
            PartnerCenterError: like iterating. What ends it early, Ctrl-C or a cancellation too,
                has a note that says how many rows are done; the next `collect()` gives them.
        """
        return wait(self._collected())


class AsyncApply(BaseApply, AsyncStream["ApplyResult"], AsyncCollectable[ApplyTable]):
    """What came of each row, for `async for`, or all in one table.

    Nothing is sent before it is iterated or collected. Requests go on in the background, a bounded
    number of rows ahead. Each is in the ledger before it is sent and after it was answered; its
    result comes after that. A cancelled task, `close()` and leaving an `async with` block drop the
    requests in flight: another `apply` with the same ledger finds out what became of them, and
    goes on.
    """

    async def collect(self) -> ApplyTable:
        return await wait_async(self._collected())


AsyncApply.collect.__doc__ = Apply.collect.__doc__
