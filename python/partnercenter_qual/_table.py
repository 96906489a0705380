"""Tables of what sweeps and lists find: columns for data frames, rows for everybody else."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any, Self, TypeAlias, overload

from . import _arguments as arguments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from os import PathLike

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from . import _core

Row: TypeAlias = "dict[str, str | int | datetime | None]"
"""One row of a table: the value of each column by its name."""

_CHUNK = 8_192  # rows that are Python objects, or text, at a time


class Table:
    """Rows of columns with names and types, held as Apache Arrow holds them.

    Whatever speaks the Arrow PyCapsule interface takes a table as it is, without a copy: DuckDB,
    `pyarrow.table(table)`, `polars.DataFrame(table)`. Row by row it is a sequence of dicts, whose
    points in time are aware, in UTC. A table does not change, and cannot be pickled.
    """

    __slots__ = ("_core",)

    def __init__(self, core: _core.Table) -> None:
        self._core = core

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in order."""
        return self._core.column_names

    @property
    def num_rows(self) -> int:
        """How many rows there are; `len` says the same."""
        return len(self._core)

    def to_pandas(self) -> pd.DataFrame:
        """Make a pandas data frame; needs pandas, and is faster where pyarrow is installed.

        Returns:
            The frame. Columns of few different words are categories, points in time are
            `datetime64[us, UTC]`, whole numbers the nullable `Int16` and `Int64`, yes
            and no the nullable `boolean`.

        Raises:
            ConfigurationError: when pandas is not installed, or too old; it names the extra.
        """
        from ._frames import to_pandas  # noqa: PLC0415 - as what it imports: when it is asked for

        return to_pandas(self._core)

    def to_polars(self) -> pl.DataFrame:
        """Make a polars data frame; needs polars alone.

        Returns:
            The frame. Columns of few different words are `Categorical`.

        Raises:
            ConfigurationError: when polars is not installed, or too old; it names the extra.
        """
        from ._frames import to_polars  # noqa: PLC0415 - as above

        return to_polars(self._core)

    def to_pyarrow(self) -> pa.Table:
        """Make a pyarrow table, without copying; needs pyarrow.

        Returns:
            The table, its columns of the types that they have here.

        Raises:
            ConfigurationError: when pyarrow is not installed, or too old; it names the extra.
        """
        from ._frames import to_pyarrow  # noqa: PLC0415 - as above

        return to_pyarrow(self._core)

    def write_csv(self, path: str | PathLike[str]) -> None:
        """Write a CSV file in UTF-8, whole or not at all.

        The first line has the names. Nulls are empty, points in time ISO 8601 in UTC.

        Args:
            path: where to; a file that is there is replaced.

        Raises:
            InvalidArgumentError: for a path that is none.
            OSError: when the file cannot be written.
        """
        from ._whole_file import whole_file  # noqa: PLC0415 - imports what few need

        with whole_file(arguments.path("path", path)) as file:
            file.write(self._core.slice(0, 0).csv(names=True))
            for chunk in self._chunks():
                file.write(chunk.csv(names=False))

    def write_jsonl(self, path: str | PathLike[str]) -> None:
        """Write a JSON Lines file: an object of all columns for each row, whole or not at all.

        Points in time are texts, ISO 8601 in UTC.

        Args:
            path: where to; a file that is there is replaced.

        Raises:
            InvalidArgumentError: for a path that is none.
            OSError: when the file cannot be written.
        """
        from ._whole_file import whole_file  # noqa: PLC0415 - as above

        with whole_file(arguments.path("path", path)) as file:
            for chunk in self._chunks():
                file.write(chunk.jsonl())

    def write_parquet(self, path: str | PathLike[str]) -> None:
        """Write a Parquet file, whole or not at all; needs pyarrow or polars.

        Args:
            path: where to; a file that is there is replaced.

        Raises:
            ConfigurationError: when neither library is installed.
            InvalidArgumentError: for a path that is none.
            OSError: when the file cannot be written.
        """
        from ._frames import write_parquet  # noqa: PLC0415 - as above

        write_parquet(self._core, arguments.path("path", path))

    def __len__(self) -> int:
        return len(self._core)

    def __iter__(self) -> Iterator[Row]:
        for chunk in self._chunks():
            yield from chunk.rows()

    @overload
    def __getitem__(self, rows: int, /) -> Row: ...
    @overload
    def __getitem__(self, rows: slice, /) -> Self: ...
    def __getitem__(self, rows: int | slice, /) -> Row | Self:
        if isinstance(rows, slice):
            start, stop, step = rows.indices(len(self))
            if step != 1:
                cure = "slice without a step: a table has its rows one after the other"
                raise arguments.refused("step", rows.step, cure)
            return type(self)(self._core.slice(start, max(start, stop)))
        try:
            place = index(rows)
        except TypeError:
            message = (
                f"{rows!r} is no number of a row, nor a slice: take columns from what "
                "to_pandas(), to_polars() or to_pyarrow() makes"
            )
            raise TypeError(message) from None
        place += len(self) if place < 0 else 0
        if not 0 <= place < len(self):
            raise IndexError(f"there is no row {rows}: the table has {len(self)}")
        return self._core.slice(place, place + 1).rows()[0]

    def _chunks(self) -> Iterator[_core.Table]:
        for start in range(0, len(self), _CHUNK):
            yield self._core.slice(start, start + _CHUNK)

    def __arrow_c_schema__(self) -> object:
        return self._core.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._core.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        from ._table_repr import as_text  # noqa: PLC0415 - needed where there is somebody to read

        return as_text(type(self).__name__, self._core)

    def _repr_html_(self) -> str:
        from ._table_repr import as_html  # noqa: PLC0415 - as above

        return as_html(type(self).__name__, self._core)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError(
            f"cannot pickle a {type(self).__name__}: pickle what to_pandas(), to_polars() or "
            "to_pyarrow() makes of it, or write it to a file"
        )


class SweepTable(Table):
    """What a sweep found: one row for each customer and qualification.

    A customer without a qualification, or whose qualifications could not be read, has one row.
    Columns: `customer_id`, `company_name`, `domain`; `qualification`, `vetting_status`,
    `vetting_reason`, `vetting_created_date`; `error_status` (of HTTP), `error_code` (the service's,
    or the name of the exception), `error_message`; `request_id`, `correlation_id` and
    `observed_at`.
    """

    __slots__ = ()

    @staticmethod
    def schema(*, dictionaries: bool = True) -> pa.Schema:
        """Names and types of the columns, for who plans before there are rows; needs pyarrow.

        Args:
            dictionaries: False for columns of few different words as plain strings, as in the
                batches of `sweep_batches`.

        Returns:
            The schema.

        Raises:
            ConfigurationError: when pyarrow is not installed, or too old; it names the extra.
        """
        from . import _core  # noqa: PLC0415 - tables are made by who has it
        from ._frames import to_pyarrow  # noqa: PLC0415 - as above

        schema: pa.Schema = to_pyarrow(_core.Table.of_sweep(), "schema()").schema
        if arguments.flag("dictionaries", dictionaries):
            return schema
        for place, field in enumerate(schema):
            if hasattr(field.type, "value_type"):
                schema = schema.set(place, field.with_type(field.type.value_type))
        return schema

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each status.

        They are "Approved", "InReview", "Denied", others as the service said, "no status" (a
        qualification without one), "none" (a customer without qualification) and "error"; in this
        order, and only those that there are.
        """
        return self._core.status_counts()


class RecordBatch(SweepTable):
    """Rows of a sweep in one record batch of Arrow."""

    __slots__ = ()

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self._core.arrow_array(requested_schema)


class CustomerTable(Table):
    """Customers of the partner, one row each.

    Columns: `customer_id`, `company_name`, `domain` and `relationship_to_partner`.
    """

    __slots__ = ()


class ValidationCodeTable(Table):
    """Validation codes for the Government Community Cloud, one row each.

    Columns: `validation_id`, `partner_id`, `organization_name`, `max_creates`, `remaining_creates`
    and `etag`.
    """

    __slots__ = ()


class StatusTable(Table):
    """Statuses as a ledger knows them, one row for each customer and qualification.

    Columns: `customer_id`, `qualification`, `vetting_status`, `vetting_reason`,
    `vetting_created_date`; `observed_at` (when it was first seen) and `confirmed_at` (when it was
    last seen). A customer that was looked at and has none has the qualification "None".
    """

    __slots__ = ()


class HistoryTable(Table):
    """All that was ever seen of a customer, oldest first.

    Columns: those of a `StatusTable`, `is_gone` (the customer had it and has it no more),
    `source` (who looked: "apply", "sweep" or "watch") and `superseded_at` (when another status was
    seen in its place; null for what is so now).
    """

    __slots__ = ()


class ChangeTable(Table):
    """Statuses that took the place of others, oldest first.

    Columns: `customer_id`, `qualification`, `old_status`, `new_status`, `reason`, `is_gone` (the
    customer has the qualification no more) and `observed_at`.
    """

    __slots__ = ()


class DifferenceTable(Table):
    """What was different at two points in time, one row for each customer and qualification.

    Columns: `customer_id`, `qualification`, `old_status`, `new_status`, `old_reason`, `new_reason`;
    `is_new` (the customer did not have the qualification at first, as far as was known), `is_gone`
    (it has it no more); and `observed_at` (of the new status). A State Owned Entity has no status:
    `is_new` and `is_gone` alone tell what has become of it.
    """

    __slots__ = ()


class PendingTable(Table):
    """What has not come to its end, one row for each customer and qualification.

    Columns: `customer_id`, `qualification`, `state` ("InReview", or for requests that were not
    answered "intended", "sending" or "unknown"), `request_id` (where it was asked for with this
    ledger), `since` and `confirmed_at` (when the status was last seen).
    """

    __slots__ = ()


class SubmissionTable(Table):
    """Requests as a ledger knows them, oldest first, one row each.

    Columns: `request_id`, `customer_id`, `qualification`, `number` (1 for the first request for it,
    2 after a denial), `state`, `attempts`, `body` (JSON), `answer_status`; `error_status` (of
    HTTP), `error_code`, `error_message`; `correlation_id`; `created_at`, `sent_at`, `answered_at`.
    """

    __slots__ = ()


def _counts(core: _core.Table, column: str) -> dict[str, int]:
    words, places = core.words(core.column_names.index(column))
    return {word: places.count(place) for place, word in enumerate(words)}


class PlanTable(Table):
    """What `apply` would do, one row for each that was given.

    Columns: `row`, `customer_id`, `qualification`, `education_segment`, `website`,
    `validation_code`; `action` ("send", "skip" or "refuse") and `reason`; `vetting_status` (as the
    customer has it now); `error_code` and `error_message` (why the customer could not be read).
    """

    __slots__ = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each action."""
        return _counts(self._core, "action")


class ApplyTable(Table):
    """What came of each row that `apply` was given.

    Columns: `row`, `customer_id`, `qualification`, `outcome` (as in `ApplyResult`);
    `vetting_status`, `vetting_reason`, `vetting_created_date`; `reason`; `error_status` (of HTTP),
    `error_code`, `error_message`; `request_id`, `correlation_id`, `attempts`.
    """

    __slots__ = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each outcome."""
        return _counts(self._core, "outcome")
