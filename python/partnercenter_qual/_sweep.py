"""Sweeps: the qualifications of many customers, one result each."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from ._arguments import refused
from ._calls import End, Stream
from ._closing import Closing
from ._models import Customer, CustomerResult
from ._source import LAST, LATER, AsyncSource

if TYPE_CHECKING:
    from asyncio import Future
    from uuid import UUID

    from . import _core
    from ._calls import Steps
    from ._progress import Reporter

CustomerLike: TypeAlias = "str | UUID | Customer"
"""A customer, by tenant id or as `list_customers` gave it."""

Customers: TypeAlias = "Iterable[CustomerLike] | AsyncIterable[CustomerLike]"
"""Customers to sweep."""


class Sweep(Stream[CustomerResult], Closing):
    """Results of a sweep, as they come in: the first to be answered is the first out.

    For `for` with `Client`, for `async for` with `AsyncClient`. Reading goes on in the background,
    a bounded number of customers ahead. Ctrl-C or a cancelled task while a result is waited for,
    and `close()`, drop the requests in flight; what was collected by then can still be taken. Use
    it as a context manager to have them dropped wherever its block is left.
    """

    def __init__(
        self,
        client: _core.Client,
        customers: Customers | None,
        max_concurrency: int | None,
        reporter: Reporter,
        *,
        awaited: bool,
    ) -> None:
        super().__init__(awaited=awaited)
        self._source = _source(customers, awaited=awaited)
        self._total = _length(customers)
        self._core = client.sweep(customers is None, max_concurrency)
        self._reporter = reporter
        self._given: dict[str, list[Customer]] = {}
        self._rows: deque[CustomerResult] = deque()
        self._coming: Future[list[CustomerResult]] | None = None
        self._pending = 0
        self._failure: Exception | None = None
        self._closed = False

    def close(self) -> None:
        """Stop: drop the requests in flight. What was collected by then can still be taken."""
        self._closed = True
        self._rows.extend(self._core.close())
        self._reporter.close()
        if isinstance(self._source, AsyncSource):
            self._source.close()

    def _step(self) -> Steps[CustomerResult]:
        try:
            if not self._closed:
                yield from self._feed()
            while not self._rows:
                yield from self._receive()
        except BaseException:
            self.close()
            raise
        self._report(self._rows[0])
        return self._taken(self._rows.popleft())

    def _receive(self) -> Steps[None]:
        if self._closed:
            raise End
        rows: list[CustomerResult] = yield self._coming or self._core.next()
        self._coming = None
        if not rows:
            raise self._failure or End
        self._rows.extend(rows)

    def _feed(self) -> Steps[None]:
        """Give the core customers, so that it never runs dry and never gets far ahead."""
        while self._source is not None and self._pending < 2 * self._core.concurrency:
            customer = yield from self._next_customer()
            if customer is LATER:
                return
            if customer is LAST:
                self._source = None
                self._core.finish()
                return
            self._add(customer)
            if self._rows or self._core.ready:
                return  # a slow source must not hold back what is there

    def _next_customer(self) -> Steps[object]:
        """Ask the source. What it raises comes after the results of what it gave before."""
        try:
            if isinstance(self._source, AsyncSource):
                customer: object = yield self._source.next(self._next_rows())
                return customer
            return next(self._source, LAST) if self._source is not None else LAST
        except Exception as error:  # noqa: BLE001 - code of the user's may raise anything
            self._failure = error
            return LAST

    def _next_rows(self) -> Future[list[CustomerResult]] | None:
        """Ask the core for rows beside the source, or for nothing where there are some."""
        if self._rows:
            return None
        if self._coming is None:
            from asyncio import ensure_future  # noqa: PLC0415 - as in `AsyncSource`

            self._coming = ensure_future(self._core.next())
        return self._coming

    def _add(self, customer: object) -> None:
        given = customer.customer_id if isinstance(customer, Customer) else str(customer)
        customer_id = self._core.feed(given)
        if isinstance(customer, Customer):
            self._given.setdefault(customer_id, []).append(customer)
        self._pending += 1

    def _report(self, result: CustomerResult) -> None:
        self._reporter.count(
            failed=result.error is not None,
            total=self._total if self._total is not None else self._core.listed or None,
            paused_for=self._core.paused_for,
        )

    def _taken(self, result: CustomerResult) -> CustomerResult:
        self._pending -= 1
        given = self._given.get(result.customer_id)
        if given is None:
            return result
        customer = given.pop(0)
        if not given:
            del self._given[result.customer_id]
        return replace(result, customer=customer)


def _source(
    customers: Customers | None, *, awaited: bool
) -> Iterator[CustomerLike] | AsyncSource | None:
    if customers is None:
        return None
    if isinstance(customers, AsyncIterable) and awaited:
        return AsyncSource(aiter(customers))
    if isinstance(customers, Iterable) and not isinstance(customers, str | bytes):
        return iter(customers)
    cure = "pass an iterable of customer ids, or None for all customers of the partner"
    raise refused("customers", customers, cure)


def _length(customers: object) -> int | None:
    try:
        return len(customers)  # type: ignore[arg-type]
    except TypeError:
        return None
