"""Sweeps of record batches: for whatever passes those through functions, here or elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from . import _arguments as arguments
from ._frames import needed
from ._progress import Reporter
from ._sweep import AsyncSweep, Sweep
from ._table import SweepTable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    import pyarrow as pa

    from . import _core
    from ._observing import AnyObservation
    from ._source import Columns

Batches: TypeAlias = "Iterable[Columns] | AsyncIterable[Columns]"
"""Customers as columns, one of which is `customer_id`, in parts."""

Begin: TypeAlias = "Callable[[str], AnyObservation]"
"""Begins an operation of a client's, by its name."""


def swept(begin: Begin, batches: Batches, max_concurrency: int | None) -> Iterator[pa.RecordBatch]:
    """Sweep batches, blocking. Arguments are checked at once, batches when their turn comes."""
    arrow = _checked(max_concurrency)
    if not isinstance(batches, Iterable) or _is_one(batches):
        raise _refused(batches)
    return _swept(begin, iter(batches), max_concurrency, arrow)


def _swept(
    begin: Begin,
    batches: Iterator[Columns],
    max_concurrency: int | None,
    arrow: Any,  # noqa: ANN401 - a module
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        with Sweep(*_started(begin, batch, max_concurrency)) as sweep:
            table = sweep.collect()
        yield _record_batch(table, arrow)


def swept_async(
    begin: Begin,
    batches: Batches,
    max_concurrency: int | None,
) -> AsyncIterator[pa.RecordBatch]:
    """Sweep batches, awaited."""
    arrow = _checked(max_concurrency)
    if not isinstance(batches, Iterable | AsyncIterable) or _is_one(batches):
        raise _refused(batches)
    given = batches if isinstance(batches, AsyncIterable) else _each(batches)
    return _swept_async(begin, aiter(given), max_concurrency, arrow)


async def _swept_async(
    begin: Begin,
    batches: AsyncIterator[Columns],
    max_concurrency: int | None,
    arrow: Any,  # noqa: ANN401 - a module
) -> AsyncIterator[pa.RecordBatch]:
    async for batch in batches:
        with AsyncSweep(*_started(begin, batch, max_concurrency)) as sweep:
            table = await sweep.collect()
        yield _record_batch(table, arrow)


async def _each(batches: Iterable[Columns]) -> AsyncIterator[Columns]:
    for batch in batches:
        yield batch


def _started(
    begin: Begin, batch: Columns, max_concurrency: int | None
) -> tuple[_core.Sweep, Columns, Reporter, AnyObservation, str]:
    if not _is_batch(batch):
        raise _refused(batch)
    observation = begin("sweep")
    core = observation.core.sweep(False, True, max_concurrency, None, False)  # noqa: FBT003 - of ids, in their order
    return core, batch, Reporter(progress=False), observation, "batches"


def _record_batch(table: SweepTable, arrow: Any) -> pa.RecordBatch:  # noqa: ANN401 - a module
    """Make one batch, without the dictionaries of a table.

    Spark cannot read any, and files of Arrow hold one for all batches.
    """
    schema = SweepTable.schema(dictionaries=False)
    batches = arrow.table(table).cast(schema).combine_chunks().to_batches()
    return batches[0] if batches else arrow.RecordBatch.from_pylist([], schema=schema)


def _checked(max_concurrency: int | None) -> Any:  # noqa: ANN401 - a module
    arguments.concurrency(max_concurrency)
    return needed("pyarrow", "sweep_batches()")


def _is_batch(batch: object) -> bool:
    """Tell a table, frame or batch from what holds such."""
    is_arrow = hasattr(batch, "__arrow_c_stream__") or hasattr(batch, "__arrow_c_array__")
    return is_arrow or hasattr(batch, "iloc")


def _is_one(batches: object) -> bool:
    """Tell what must not be taken apart from an iterable of batches, such as a reader of them."""
    return isinstance(batches, str | bytes | Mapping) or _is_table(batches)


def _is_table(batches: object) -> bool:
    return _is_batch(batches) and hasattr(batches, "__len__")


def _refused(batches: object) -> Exception:
    if _is_table(batches):
        kind = f"{type(batches).__module__}.{type(batches).__qualname__}"
        return arguments.refused("batches", batches, "wrap it in a list", f"a {kind}")
    cure = "pass an iterable of record batches, tables or frames with a column customer_id"
    return arguments.refused("batches", batches, cure)
