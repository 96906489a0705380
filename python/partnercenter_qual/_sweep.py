"""Sweeps: the qualifications of many customers, one result each."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Self, TypeAlias

from ._arguments import refused
from ._calls import End, Steps, Stream
from ._models import Customer, CustomerResult

if TYPE_CHECKING:
    from types import TracebackType
    from uuid import UUID

    from . import _core
    from ._calls import Steps
    from ._progress import Reporter

CustomerLike: TypeAlias = "str | UUID | Customer"
"""A customer, by tenant id or as `list_customers` gave it."""

Customers: TypeAlias = "Iterable[CustomerLike] | AsyncIterable[CustomerLike]"
"""Customers to sweep."""


Source: TypeAlias = "Iterator[CustomerLike] | AsyncIterator[CustomerLike]"


class Sweep(Stream[CustomerResult]):
    """Results of a sweep, as they come in: the first to be answered is the first out.

    For `for` with `Client`, for `async for` with `AsyncClient`. Reading goes on in the background,
    a bounded number of customers ahead. Ctrl-C, a cancelled task and `close()` drop the requests in
    flight; what was collected by then can still be taken.
    """

    def __init__(
        self,
        client: _core.Client,
        customers: Customers | None,
        max_concurrency: int | None,
        reporter: Reporter,
    ) -> None:
        self._ids = _iterator(customers)
        self._total = _length(customers)
        self._core = client.sweep(customers is None, max_concurrency)
        self._reporter = reporter
        self._given: dict[str, Customer] = {}
        self._rows: deque[CustomerResult] = deque()
        self._pending = 0
        self._closed = False

    def close(self) -> None:
        """Stop: drop the requests in flight."""
        self._closed = True
        self._core.close()
        self._reporter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _step(self) -> Steps[CustomerResult]:
        try:
            if not self._closed:
                yield from self._feed()
            while not self._rows:
                yield from self._receive()
        except BaseException:
            self.close()
            raise
        return self._taken(self._rows.popleft())

    def _receive(self) -> Steps[None]:
        if self._closed:
            raise End
        rows: list[CustomerResult] = yield self._core.next()
        if not rows:
            raise End
        self._rows.extend(rows)

    def _feed(self) -> Steps[None]:
        """Give the core customers, so that it never runs dry and never gets far ahead."""
        while self._ids is not None and self._pending < 2 * self._core.concurrency:
            try:
                if isinstance(self._ids, AsyncIterator):
                    customer = yield anext(self._ids)
                else:
                    customer = next(self._ids)
            except (StopIteration, StopAsyncIteration):
                self._ids = None
                self._core.finish()
                return
            self._core.feed(self._id(customer))
            self._pending += 1
            if self._core.ready:
                return  # a slow source must not hold back what is there

    def _id(self, customer: object) -> str:
        if isinstance(customer, Customer):
            self._given[customer.customer_id.lower()] = customer
            return customer.customer_id
        return str(customer)

    def _taken(self, result: CustomerResult) -> CustomerResult:
        self._pending -= 1
        self._reporter.count(
            failed=result.error is not None,
            total=self._total if self._total is not None else self._core.listed or None,
            paused_for=self._core.paused_for,
        )
        given = self._given.pop(result.customer_id, None) if self._given else None
        if given is None:
            return result
        return replace(result, customer=given)


def _iterator(customers: Customers | None) -> Source | None:
    if customers is None:
        return None
    if isinstance(customers, AsyncIterable) and not isinstance(customers, Iterable):
        return aiter(customers)
    if isinstance(customers, str | bytes) or not isinstance(customers, Iterable):
        cure = "pass an iterable of customer ids, or None for all customers of the partner"
        raise refused("customers", customers, cure)
    return iter(customers)


def _length(customers: object) -> int | None:
    try:
        return len(customers)  # type: ignore[arg-type]
    except TypeError:
        return None
