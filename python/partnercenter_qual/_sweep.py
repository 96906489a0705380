"""Sweeps: the qualifications of many customers, one result each, or one table of all."""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from ._arguments import positive
from ._bulk import Bulk
from ._calls import End, wait, wait_async
from ._collected import AsyncCollectable, Collectable
from ._source import LAST, LATER, AsyncSource, Feed, length, source
from ._streams import AsyncStream, Stream
from ._table import RecordBatch, SweepTable

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncIterator, Callable, Iterator

    from . import _core
    from ._calls import Steps
    from ._models import CustomerResult, Progress
    from ._observing import AnyObservation
    from ._progress import Reporter
    from ._source import Customers

T = TypeVar("T")


class BaseSweep(Bulk["_core.Sweep"]):
    """What both kinds of sweeps share."""

    _awaited = False

    def __init__(
        self,
        core: _core.Sweep,
        customers: Customers | None,
        reporter: Reporter,
        observation: AnyObservation,
        argument: str = "customers",
        *,
        has_ledger: bool = False,
    ) -> None:
        super().__init__(core, reporter, observation)
        self._has_ledger = has_ledger
        self._source = source(core, customers, argument, awaited=self._awaited)
        self._feed = Feed(core)
        self._length = length(customers)
        self._lists = customers is None
        self._coming: Future[bool] | None = None
        self._failure: Exception | None = None
        self._table: SweepTable | None = None
        self._taking = Lock()

    @property
    def total(self) -> int | None:
        """How many customers there are, as far as known; None for an iterator.

        Of all customers of the partner, those that have been listed.
        """
        return self._core.given or (0 if self._is_whole else None) if self._lists else self._length

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each status the results that were taken make in a table.

        They are "Approved", "InReview", "Denied", others as the service said, "no status" (a
        qualification without one), "none" (a customer without qualification) and "error"; in this
        order, and only those that there are.
        """
        return self._core.counts()

    @property
    def known(self) -> int:
        """How many customers an earlier part of a resumed sweep, or another worker, had read."""
        return self._core.known

    def __repr__(self) -> str:
        total = "" if self.total is None else f" of {self.total:,}"
        return f"<{type(self).__name__}: {self.done:,}{total} done>"

    def close(self) -> None:
        """Stop: drop the requests in flight. What was answered by then can still be taken."""
        self._ended = self._ended or monotonic()
        self._core.close()
        if self._has_ledger or self._observation.is_told:
            self._core.end().wait()
        self._reporter.close()
        if isinstance(self._source, AsyncSource):
            self._source.close()
        self._observation.end()

    def _next(self) -> Steps[CustomerResult]:
        """Give the next result. It is told of first, and so not lost when that fails."""
        while True:
            failed = yield from self._found(self._core.peek)
            if self._reporter:
                self._reporter.tell(self._progress(done=1, errors=int(failed)))
            result = self._core.take(self._feed.given)
            if result is not None:
                return result

    def _next_batch(self, rows: int) -> Steps[RecordBatch]:
        self._collect_from_now_on(rows)
        batch = yield from self._found(self._core.take_batch)
        return RecordBatch(batch)

    def _collected(self) -> Steps[SweepTable]:
        """Give all that is left, to one at a time: each would get but a part of it."""
        if not self._taking.acquire(blocking=False):
            raise RuntimeError("another collect() of this sweep is still running: wait for it")
        try:
            return (yield from self._whole_table())
        finally:
            self._taking.release()

    def _whole_table(self) -> Steps[SweepTable]:
        """Give all that is left. What was collected before an interruption is kept."""
        if self._table is None:
            self._collect_from_now_on(None)
            try:
                yield from self._found(lambda: None)
            except End:
                pass
            except BaseException as error:
                if kept := self._core.collected:
                    error.add_note(f"{kept:,} rows are kept: collect() gives a table of them.")
                raise
            self._table = SweepTable(self._core.take_table())
        return self._table

    def _collect_from_now_on(self, rows: int | None) -> None:
        self._core.collect(rows)
        self._feed.keeps = False  # a table has their columns
        self._feed.given.clear()

    def _found(self, take: Callable[[], T | None]) -> Steps[T]:
        """Wait until there is something to take. However that ends, requests are dropped then."""
        try:
            while True:
                self._observation.tell()
                if self._ended is None:
                    yield from self._give()
                found = take()
                if found is not None:
                    return found
                yield from self._wait()
        except BaseException as error:
            self._observation.end(None if isinstance(error, End) else error)
            self.close()
            raise

    def _wait(self) -> Steps[None]:
        if self._ended is not None:
            raise End
        more: bool = yield self._coming or self._core.next(self._patience)
        self._coming = None
        if self._reporter and (not more or self._reporter.is_due):
            self._look()
        if not more:
            self._core.check()
            self._is_whole = self._ended is None and self._failure is None
            raise self._failure or End

    def _look(self) -> None:
        """Tell how far it has come where results are not counted one by one."""
        if self._reporter.has_bar or not self._feed.keeps:
            self._reporter.tell_news(self._progress())

    def _give(self) -> Steps[None]:
        """Give the core customers, so that it never runs dry and never gets far ahead.

        What the source raises comes after the results of what it gave before.
        """
        try:
            while self._source is not None and (room := self._core.room):
                if not isinstance(self._source, AsyncSource):
                    more = self._source.feed(self._feed, room)
                else:
                    customer = yield self._source.next(self._next_rows())
                    if customer is LATER:
                        return
                    more = customer is not LAST
                    if more:
                        self._feed.add(customer)
                if not more:
                    self._end_source()
                if self._core.ready:
                    return
        except Exception as error:  # noqa: BLE001 - code of the user's may raise anything
            self._failure = error
            self._end_source(is_whole=False)

    def _end_source(self, *, is_whole: bool = True) -> None:
        self._source = None
        self._core.finish(is_whole)

    def _next_rows(self) -> Future[bool] | None:
        """Ask the core for rows beside the source, or for nothing where there are some."""
        if self._core.ready:
            return None
        if self._coming is None:
            from asyncio import ensure_future  # noqa: PLC0415 - as in `AsyncSource`

            self._coming = ensure_future(self._core.next(self._patience))
        return self._coming

    def _progress(self, *, done: int = 0, errors: int = 0) -> Progress:
        return self._progress_of(self.total, done=done, errors=errors)


class Sweep(BaseSweep, Stream["CustomerResult"], Collectable[SweepTable]):
    """Results of a sweep: one for each customer, for `for`, or all in one table.

    Reading goes on in the background, a bounded number of customers ahead. Ctrl-C while a result is
    waited for, and `close()`, drop the requests in flight; what was answered by then can still be
    taken, and `closed` tells that it is not all. A `with` block drops them wherever it is left.
    """

    def collect(self) -> SweepTable:
        """Take all results that are left, as a table; again, the same table.

        Nothing is made for each result but its rows in the table's columns.

        Returns:
            A table of one row for each customer and qualification.

        Raises:
            PartnerCenterError: like iterating. What ends it early, Ctrl-C or a cancellation too,
                has a note that says how many rows are kept; the next `collect()` gives them.
            RuntimeError: at once, while another `collect()` of it runs.
        """
        return wait(self._collected())

    def batches(self, n: int = 65_536) -> Iterator[RecordBatch]:
        """Take all results that are left, in record batches; reading stays about one of them ahead.

        Args:
            n: rows in a batch; the last one may have fewer.

        Returns:
            An iterator of batches.

        Raises:
            InvalidArgumentError: at once, for a bad `n`.
        """
        return self._batches(positive("n", n))

    def _batches(self, rows: int) -> Iterator[RecordBatch]:
        while True:
            try:
                batch = wait(self._next_batch(rows))
            except End:
                return
            yield batch


class AsyncSweep(BaseSweep, AsyncStream["CustomerResult"], AsyncCollectable[SweepTable]):
    """Results of a sweep: one for each customer, for `async for`, or all in one table.

    Reading goes on in the background, a bounded number of customers ahead. A cancelled task that
    waits for a result, and `close()`, drop the requests in flight; what was answered by then can
    still be taken, and `closed` tells that it is not all. Use it as a context manager to have them
    dropped wherever its block is left.
    """

    _awaited = True

    async def collect(self) -> SweepTable:
        return await wait_async(self._collected())

    def batches(self, n: int = 65_536) -> AsyncIterator[RecordBatch]:
        return self._batches(positive("n", n))

    async def _batches(self, rows: int) -> AsyncIterator[RecordBatch]:
        while True:
            try:
                batch = await wait_async(self._next_batch(rows))
            except End:
                return
            yield batch


AsyncSweep.collect.__doc__ = Sweep.collect.__doc__
AsyncSweep.batches.__doc__ = Sweep.batches.__doc__
