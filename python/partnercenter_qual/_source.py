"""Where a sweep takes its customers from."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from ._arguments import refused
from ._exceptions import InvalidArgumentError
from ._models import Customer

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncIterator
    from uuid import UUID

    import pandas as pd

    from . import _core


class ArrowStream(Protocol):
    """Whatever gives a stream of Arrow: tables, frames, readers, chunked columns."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


class ArrowArray(Protocol):
    """Whatever gives an array of Arrow: columns, record batches."""

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]: ...


CustomerLike: TypeAlias = "str | UUID | Customer"
"""A customer, by tenant id or as `list_customers` gave it."""

Columns: TypeAlias = "ArrowStream | ArrowArray | pd.DataFrame"
"""Customers as columns: a table or frame with a column `customer_id`, or one column of ids."""

Customers: TypeAlias = "Iterable[CustomerLike] | AsyncIterable[CustomerLike] | Columns"
"""Customers to sweep."""

LAST: Final = object()
"""In place of an item: there are no more."""

LATER: Final = object()
"""In place of an item: the next one is not there yet."""


class Feed:
    """Hands customers to the core of a sweep, and keeps the objects that belong into results."""

    def __init__(self, core: _core.Sweep) -> None:
        self.core = core
        self.given: dict[int, Customer] = {}
        self.keeps = True

    def add(self, customer: object) -> None:
        """Add a customer; what is null in a column, too."""
        if isinstance(customer, Customer):
            number = self.core.feed(customer.customer_id, customer.company_name, customer.domain)
            if self.keeps:
                self.given[number] = customer
        else:
            self.core.feed(_text(customer), None, None)

    def extend(self, customers: list[object]) -> None:
        """Add customers, those that are `str` many at a time."""
        place = 0
        while (place := self.core.extend(customers, place)) < len(customers):
            self.add(customers[place])
            place += 1


class Source(ABC):
    """Customers that are there when they are asked for."""

    @abstractmethod
    def feed(self, feed: Feed, room: int) -> bool:
        """Hand over the next customers, about so many; give whether there may be more."""


class Iterated(Source):
    """Customers from any iterator."""

    def __init__(self, items: Iterator[object]) -> None:
        self._items = items

    def feed(self, feed: Feed, room: int) -> bool:
        """Hand over at least one. A slow source does not hold back what is there."""
        for _ in range(room):
            customer = next(self._items, LAST)
            if customer is LAST:
                return False
            feed.add(customer)
            if feed.core.ready:
                break
        return True


class Listed(Source):
    """Customers from a list, or a pandas series."""

    def __init__(self, items: Any) -> None:  # noqa: ANN401 - what has slices and a length
        self._items = items
        self._place = 0

    def feed(self, feed: Feed, room: int) -> bool:
        """Hand over a slice."""
        chunk = list(self._items[self._place : self._place + room])
        self._place += len(chunk)
        feed.extend(chunk)
        return len(chunk) == room


class Framed(Source):
    """Customers from a pandas frame; it need not be of Arrow's types."""

    def __init__(self, frame: pd.DataFrame, argument: str) -> None:
        if "customer_id" not in frame.columns or not _is_text(frame["customer_id"]):
            raise _unnamed(frame, argument)
        names = [name for name in ("company_name", "domain") if name in frame.columns]
        self._frame = frame[["customer_id", *names]]
        self._place = 0

    def feed(self, feed: Feed, room: int) -> bool:
        """Hand over a slice."""
        chunk = self._frame.iloc[self._place : self._place + room]
        self._place += len(chunk)
        columns = {name: chunk[name].tolist() for name in chunk.columns}
        ids = columns.pop("customer_id")
        if columns:
            empty = [None] * len(ids)
            names, domains = (columns.get(name, empty) for name in ("company_name", "domain"))
            for each in zip(ids, names, domains, strict=True):
                feed.core.feed(*map(_text, each))
        else:
            feed.extend(ids)
        return len(chunk) == room


def _unnamed(frame: pd.DataFrame, argument: str) -> InvalidArgumentError:
    names = [*map(str, frame.columns)]
    shown = f"columns {', '.join(names)}"
    match names.count("customer_id"):
        case 0:
            pass
        case 1:
            shown = f"a column customer_id of {frame.dtypes['customer_id']}"
        case _:
            shown = "several columns customer_id"
    cure = "pass a frame with a column customer_id of strings"
    return refused(argument, frame, cure, shown)


class Columnar(Source):
    """Customers from columns of Arrow, batch by batch."""

    def __init__(self, core: _core.Sweep, columns: Any, argument: str) -> None:  # noqa: ANN401 - as Arrow's
        polars = sys.modules.get("polars")
        if polars is not None and isinstance(columns, polars.Series):
            columns = columns.to_frame("customer_id")
        if polars is not None and isinstance(columns, polars.DataFrame):
            # Its columns of nothing but nulls are none of Arrow's.
            core.open(columns.with_columns(polars.col(polars.Null).cast(polars.String)), argument)
        elif isinstance(chunks := getattr(columns, "chunks", None), list):
            core.open(chunks, argument)  # a chunked array
        elif hasattr(columns, "__arrow_c_stream__"):
            _open_stream(core, columns, argument)
        else:
            core.open([columns], argument)

    def feed(self, feed: Feed, room: int) -> bool:  # noqa: ARG002 - batches are as they are
        """Hand over a batch."""
        return feed.core.read()


def _open_stream(core: _core.Sweep, columns: Any, argument: str) -> None:  # noqa: ANN401 - as above
    try:
        core.open(columns, argument)
    except InvalidArgumentError:
        raise
    except ValueError as error:  # a stream, but not of a table's batches
        arrow = sys.modules.get("pyarrow")
        if hasattr(columns, "__arrow_c_array__"):
            core.open([columns], argument)
        elif arrow is not None:
            core.open(arrow.chunked_array(columns).chunks, argument)
        else:
            cure = "pass it as a table with a column customer_id, or import pyarrow first"
            raise refused(argument, columns, cure) from error


class AsyncSource:
    """An asynchronous iterator that is waited for only until something else is there."""

    def __init__(self, items: AsyncIterator[object]) -> None:
        self._items = items
        self._asked: Future[object] | None = None

    async def next(self, other: Future[Any] | None) -> object:
        """Give the next item, `LAST` after the last one, or `LATER` when `other` is done first.

        Without `other`, there is no waiting at all.
        """
        import asyncio  # noqa: PLC0415 - whoever is in here has imported it

        if self._asked is None:
            self._asked = asyncio.ensure_future(anext(self._items, LAST))
        if other is None:
            await asyncio.sleep(0)
        else:
            await asyncio.wait((self._asked, other), return_when=asyncio.FIRST_COMPLETED)
        if not self._asked.done():
            return LATER
        asked, self._asked = self._asked, None
        return asked.result()

    def close(self) -> None:
        """Give up what was asked for."""
        if self._asked is not None and not self._asked.done():
            with suppress(RuntimeError):  # the loop is closed, and with it all that was in it
                self._asked.get_loop().call_soon_threadsafe(self._asked.cancel)

    def __del__(self) -> None:
        self.close()


def source(
    core: _core.Sweep, customers: Customers | None, argument: str, *, awaited: bool
) -> Source | AsyncSource | None:
    """Take customers from whatever they are in. Those in columns are looked at before any I/O."""
    if customers is None:
        return None
    found: Source | AsyncSource | None = _columns(core, customers, argument)
    if isinstance(customers, list | tuple):
        found = Listed(customers)
    elif found is None and isinstance(customers, AsyncIterable) and awaited:
        found = AsyncSource(aiter(customers))
    elif (
        found is None and isinstance(customers, Iterable) and not isinstance(customers, str | bytes)
    ):
        found = Iterated(iter(customers))
    if found is None:
        cure = "pass an iterable of customer ids, or None for all customers of the partner"
        if type(customers).__name__ == "LazyFrame":
            cure = "call collect() first, and pass what it gives"
        raise refused(argument, customers, cure)
    return found


def _columns(core: _core.Sweep, customers: object, argument: str) -> Source | None:
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(customers, pandas.DataFrame):
        return Framed(customers, argument)
    if pandas is not None and isinstance(customers, pandas.Series):
        return Listed(customers.iloc)
    if hasattr(customers, "__arrow_c_stream__") or hasattr(customers, "__arrow_c_array__"):
        return Columnar(core, customers, argument)
    return None


def length(customers: object) -> int | None:
    """Give how many customers there are, where that is known beforehand."""
    if type(customers).__module__.partition(".")[0].endswith("duckdb"):
        return None  # a relation runs its query to count
    try:
        return len(customers)  # type: ignore[arg-type]
    except TypeError:
        return None


def _text(value: object) -> str | None:
    """Give an id, or a name, as text; None for what is null in a column."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    return None if isinstance(value, float) and value != value else str(value)  # noqa: PLR0124 - NaN


def _is_text(column: pd.Series[Any]) -> bool:
    """Tell whether a column may hold ids: also when it has nothing but nulls."""
    kind = getattr(getattr(column, "dtype", None), "kind", None)
    return kind in ("O", "U", "T") or (kind is not None and bool(column.isna().all()))
