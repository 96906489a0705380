"""What clients do with many customers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _arguments as arguments
from ._base_client import BaseClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    import pyarrow as pa

    from . import _core
    from ._batches import Batches
    from ._ledger import LedgerLike
    from ._models import Progress
    from ._source import Customers
    from ._sweep import AsyncSweep, Sweep


class SweepingClient(BaseClient):
    """The sweeps of the blocking client."""

    __slots__ = ()

    def sweep(
        self,
        customers: Customers | None = None,
        *,
        ordered: bool = False,
        max_concurrency: int | None = None,
        progress: bool | Callable[[Progress], object] = False,
        ledger: LedgerLike | None = None,
        resume: bool = False,
    ) -> Sweep:
        """Read the qualifications of many customers; one that fails is a row, not the end.

        Wire: `GET /v1/customers/{id}/qualifications` for each, and `GET /v1/customers` when
        `customers` is None.

        Args:
            customers: tenant ids (str or UUID) or `Customer` objects, from any iterable, which is
                read a bounded number ahead; with `AsyncClient` an asynchronous one too. What it
                raises is raised after the results of the customers it gave. Or columns: ids as a
                pyarrow array, a pandas or polars series; or a table or frame with a column
                `customer_id`, whose `company_name` and `domain` come along. None stands for all
                customers of the partner.
            ordered: results come in the order of `customers` instead of that of the answers.
            max_concurrency: requests in flight; can only lower the client's own.
            progress: True for a bar (in a terminal or notebook; needs the extra `progress`), or a
                callable that is given a `Progress` after each result, in the thread that takes it;
                while a table is collected, about ten times a second.
            ledger: a `Ledger`, or its URL or path, which is told of each status before anybody else
                is. On PostgreSQL, several processes share a sweep that they all resume: each reads
                a part of the customers, and gives the results of all.
            resume: go on with the last sweep of the ledger that was interrupted, or whose customers
                could not be listed to the end. A customer that it had read is not read again, but
                is a result like the others, whose `observed_at` tells when that was; `known` counts
                those. Where none was interrupted, this begins one.

        Returns:
            A sweep: an iterator of `CustomerResult`. Its `.collect()`, `.to_pandas()` and so on
            make a table instead. They are awaited with `AsyncClient`. An id that is no GUID, or
            none, or a call that fails for good, is a result with its `error`.

        Raises:
            InvalidArgumentError: at once, for a bad argument.
            ConfigurationError: for a missing extra.
            LedgerError: at once or while iterating, when the ledger cannot be used.
            PartnerCenterError: while iterating, when the list of customers cannot be read. When
                the service asks for a pause of more than 120 s, nothing more is sent, and each
                customer that is left is a result with that `RateLimitError`.
        """
        # Loaded here, for values cost more than all the rest of the package to import.
        from ._progress import Reporter  # noqa: PLC0415 - as above
        from ._sweep import Sweep  # noqa: PLC0415 - as above

        reporter = Reporter(progress)
        recorder = _recorder(ledger, resume)
        observation = self._begin("sweep")
        core = _started(observation.core, customers, ordered, max_concurrency, recorder)
        return Sweep(core, customers, reporter, observation, has_ledger=ledger is not None)

    def sweep_batches(
        self, batches: Batches, *, max_concurrency: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Sweep customers in record batches into record batches: one out for each in, in order.

        Wire: `GET /v1/customers/{id}/qualifications` for each customer.

        Takes constant memory, and needs pyarrow. Batches are swept one after the other: few large
        ones are faster than many small ones. Whatever distributes data can run it elsewhere:
        a client whose credential holds no secret pickles. What comes out has the schema

            schema = SweepTable.schema(dictionaries=False)

        With DuckDB:

            swept = client.sweep_batches(relation.to_arrow_reader())
            duckdb.from_arrow(pyarrow.RecordBatchReader.from_batches(schema, swept))

        With Spark, where `from_arrow_schema` is of `pyspark.sql.pandas.types`:

            frame.mapInArrow(client.sweep_batches, from_arrow_schema(schema))

        With Ray Data:

            def look(batch):
                return pyarrow.Table.from_batches(client.sweep_batches([batch]))

            dataset.map_batches(look, batch_format="pyarrow")

        With Dask, whose parts are pandas frames, a sweep of each is all it takes:

            def look(part):
                return client.sweep(part, ordered=True).to_pandas()

            frame.map_partitions(look, meta=client.sweep([]).to_pandas())

        Args:
            batches: pyarrow record batches or tables, pandas or polars frames, or whatever gives
                Arrow, each with a column `customer_id` of strings; columns `company_name` and
                `domain` come along. With `AsyncClient`, from an asynchronous iterable, too.
            max_concurrency: requests in flight; can only lower the client's own.

        Returns:
            An iterator of `pyarrow.RecordBatch` with the columns of a `SweepTable`, those of few
            different words as plain strings. Rows are in the order of the customers. An id that is
            null or no GUID, or a call that fails for good, is a row with an error.

        Raises:
            InvalidArgumentError: at once, for a bad argument; while iterating, for a batch without
                such a column, before anything is sent for it.
            ConfigurationError: at once, when pyarrow is not installed.
        """
        from ._batches import swept  # noqa: PLC0415 - as above

        return swept(self._begin, batches, max_concurrency)


class AsyncSweepingClient(BaseClient):
    """The sweeps of the asynchronous client."""

    __slots__ = ()

    def sweep(
        self,
        customers: Customers | None = None,
        *,
        ordered: bool = False,
        max_concurrency: int | None = None,
        progress: bool | Callable[[Progress], object] = False,
        ledger: LedgerLike | None = None,
        resume: bool = False,
    ) -> AsyncSweep:
        from ._progress import Reporter  # noqa: PLC0415 - as above
        from ._sweep import AsyncSweep  # noqa: PLC0415 - as above

        reporter = Reporter(progress)
        recorder = _recorder(ledger, resume)
        observation = self._begin("sweep")
        core = _started(observation.core, customers, ordered, max_concurrency, recorder)
        return AsyncSweep(core, customers, reporter, observation, has_ledger=ledger is not None)

    def sweep_batches(
        self, batches: Batches, *, max_concurrency: int | None = None
    ) -> AsyncIterator[pa.RecordBatch]:
        from ._batches import swept_async  # noqa: PLC0415 - as above

        return swept_async(self._begin, batches, max_concurrency)


AsyncSweepingClient.sweep.__doc__ = SweepingClient.sweep.__doc__
AsyncSweepingClient.sweep_batches.__doc__ = SweepingClient.sweep_batches.__doc__


def _started(
    core: _core.Client,
    customers: object,
    ordered: object,
    max_concurrency: object,
    recorder: tuple[_core.Ledger | None, bool],
) -> _core.Sweep:
    in_order, most = arguments.flag("ordered", ordered), arguments.concurrency(max_concurrency)
    ledger, resume = recorder
    return core.sweep(customers is None, in_order, most, ledger, resume)


def _recorder(ledger: LedgerLike | None, resume: object) -> tuple[_core.Ledger | None, bool]:
    """Take where to write what is seen, and whether to go on with what is there."""
    resumes = arguments.flag("resume", resume)
    if ledger is None:
        if resumes:
            raise arguments.refused("resume", resume, "pass the ledger of the sweep to go on with")
        return None, False
    from ._ledger import opened  # noqa: PLC0415 - as above

    return opened(ledger), resumes
