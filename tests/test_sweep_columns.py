"""Columns of data frames as what a sweep takes its customers from."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from partnercenter_qual import Client, Emulator, InvalidArgumentError

from .either import Either

CHUNKS = pa.chunked_array  # of several arrays

COLUMNS: dict[str, Callable[[list[str]], Any]] = {
    "pyarrow.Array": pa.array,
    "pyarrow.LargeStringArray": lambda ids: pa.array(ids, pa.large_string()),
    "pyarrow.StringViewArray": lambda ids: pa.array(ids, pa.string_view()),
    "pyarrow.DictionaryArray": lambda ids: pa.array(ids).dictionary_encode(),
    "pyarrow.UuidArray": lambda ids: pa.array([UUID(each).bytes for each in ids], pa.uuid()),
    "pyarrow.ChunkedArray": lambda ids: CHUNKS([pa.array(ids[:2]), pa.array(ids[2:])]),
    "pyarrow.StructArray": lambda ids: pa.StructArray.from_arrays(
        [pa.array(ids, pa.string())], ["customer_id"]
    ),
    "pyarrow.RecordBatch": lambda ids: pa.record_batch({"customer_id": ids}),
    "pyarrow.Table": lambda ids: pa.table({"n": [*range(len(ids))], "customer_id": ids}),
    "pandas.Series": pd.Series,
    "pandas.Series of UUIDs": lambda ids: pd.Series([UUID(each) for each in ids]),
    "pandas.Series of categories": lambda ids: pd.Series(ids, dtype="category"),
    "pandas.Index": pd.Index,
    "pandas.DataFrame": lambda ids: pd.DataFrame({"customer_id": ids, "n": range(len(ids))}),
    "polars.Series": pl.Series,
    "polars.Series of categories": lambda ids: pl.Series(ids, dtype=pl.Categorical),
    "polars.DataFrame": lambda ids: pl.DataFrame({"n": range(len(ids)), "customer_id": ids}),
    "numpy.ndarray": lambda ids: pd.Series(ids).to_numpy(),
    "duckdb": lambda ids: duckdb.sql("select unnest($ids) as customer_id", params={"ids": ids}),
}


class OnlyStream:
    """What gives an Arrow stream, and nothing else."""

    def __init__(self, of: Any) -> None:  # noqa: ANN401 - whatever gives one
        self._of = of

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        stream: object = self._of.__arrow_c_stream__(requested_schema)
        return stream


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_name_customers(either: Either, emulator: Emulator, kind: str) -> None:
    columns = COLUMNS[kind](emulator.customer_ids)
    sweep = either.client(emulator).sweep(columns, ordered=True)
    results = either.list(sweep)
    assert [result.customer_id for result in results] == emulator.customer_ids
    assert all(result.error is None and result.customer is None for result in results)
    assert sweep.total in {5, None}


# DuckDB gives an empty list no type.
@pytest.mark.parametrize("kind", [kind for kind in COLUMNS if kind != "duckdb"])
def test_empty_columns_name_nobody(client: Client, kind: str) -> None:
    columns = COLUMNS[kind]([])
    assert list(client.sweep(columns)) == []


@pytest.mark.parametrize(
    "columns",
    [
        OnlyStream(pa.table({"customer_id": ["Contoso", "Fabrikam"]})),
        OnlyStream(pa.chunked_array([["Contoso"], ["Fabrikam"]])),
        OnlyStream(pl.Series(["Contoso", "Fabrikam"])),
    ],
)
def test_whatever_gives_a_stream_of_arrow_names_customers(
    client: Client, columns: OnlyStream
) -> None:
    results = list(client.sweep(columns, ordered=True))
    assert [result.customer_id for result in results] == ["Contoso", "Fabrikam"]


@pytest.mark.parametrize(
    "nulls",
    [
        pa.array(["Contoso", None]),
        pa.table({"customer_id": ["Contoso", None]}),
        pl.Series(["Contoso", None]),
        pl.DataFrame({"customer_id": ["Contoso", None], "n": [None, None]}),
        pd.Series(["Contoso", None]),
        pd.Series(["Contoso", pd.NA], dtype="string"),
        pd.Series(["Contoso", float("nan")], dtype=object),
        pd.DataFrame({"customer_id": ["Contoso", None]}),
        ["Contoso", None],
    ],
)
def test_a_null_is_an_error(client: Client, nulls: Any, emulator: Emulator) -> None:  # noqa: ANN401 - as above
    contoso, null = client.sweep(nulls, ordered=True)
    assert contoso.customer_id == "Contoso"
    assert null.customer_id == ""
    assert isinstance(null.error, InvalidArgumentError)
    assert null.error.args[0] == "customer_id is missing: give every customer an id"
    assert (null.error.field, null.error.value) == ("customer_id", "")
    assert emulator.journal == []


@pytest.mark.parametrize(
    "library", [pa.table, pd.DataFrame, pl.DataFrame], ids=["pyarrow", "pandas", "polars"]
)
def test_names_come_along(
    either: Either, emulator: Emulator, library: Callable[[dict[str, Any]], Any]
) -> None:
    first, second, third, *_ = emulator.customer_ids
    frame = library(
        {
            "domain": ["a.example", None, "c.example"],
            "customer_id": [first, second, third],
            "company_name": ["A", None, None],
        }
    )
    client = either.client(emulator)
    table = either.call(client.sweep(frame, ordered=True).collect)
    assert [row["company_name"] for row in table] == ["A", None, None]
    assert [row["domain"] for row in table] == ["a.example", None, "c.example"]
    results = either.list(client.sweep(frame, ordered=True))
    companies = [result.customer and result.customer.company_name for result in results]
    assert companies == ["A", None, None]
    assert results[2].customer is not None
    assert results[2].customer.customer_id == third


@pytest.mark.parametrize(
    "columns",
    [
        pa.array([1, 2]),
        pa.chunked_array([[1.5]]),
        pa.table({"id": ["a"]}),
        pa.table({"customer_id": [1]}),
        pa.table([["a"], ["b"]], names=["customer_id", "customer_id"]),
        pl.Series([1, 2]),
        pl.DataFrame({"id": ["a"]}),
        pd.DataFrame({"id": ["a"]}),
        pd.DataFrame({"customer_id": [1, 2]}),
        pd.DataFrame([["a", "b"]], columns=["customer_id", "customer_id"]),
        OnlyStream(pa.chunked_array([[1]])),
        pl.LazyFrame({"customer_id": ["a"]}),
        "Contoso",
        5,
    ],
)
def test_other_columns_are_refused_at_once(
    either: Either,
    emulator: Emulator,
    columns: Any,  # noqa: ANN401 - as above
) -> None:
    with pytest.raises(InvalidArgumentError, match="pass ") as caught:
        either.client(emulator).sweep(columns)
    assert caught.value.field == "customers"
    assert caught.value.cure
    assert emulator.journal == []


@pytest.mark.parametrize(
    "library", [pa.table, pd.DataFrame, pl.DataFrame], ids=["pyarrow", "pandas", "polars"]
)
def test_a_table_without_ids_is_told_its_columns(client: Client, library: Any) -> None:  # noqa: ANN401 - as above
    with pytest.raises(InvalidArgumentError, match="a column customer_id") as caught:
        client.sweep(library({"id": ["a"], "Name": ["b"]}))
    assert caught.value.value == "columns id, Name"


def test_a_lazy_frame_is_to_be_collected(client: Client) -> None:
    with pytest.raises(InvalidArgumentError, match=r"call collect\(\) first"):
        client.sweep(pl.LazyFrame({"customer_id": ["a"]}))  # type: ignore[arg-type]


def test_a_table_of_many_batches_is_read_as_it_is_needed(
    either: Either, emulator: Emulator
) -> None:
    read = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal read
        for _ in range(50):
            read += 1
            yield pa.record_batch({"customer_id": emulator.customer_ids * 10})

    schema = pa.schema({"customer_id": pa.string()})
    reader = pa.RecordBatchReader.from_batches(schema, batches())
    sweep = either.client(emulator, max_concurrency=4).sweep(reader)
    either.list(sweep, limit=10)
    assert read < 10
    assert len(either.call(sweep.collect)) == 50 * 50 - 10
    assert sweep.total is None


def test_what_a_reader_raises_comes_after_its_results(either: Either, emulator: Emulator) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"customer_id": emulator.customer_ids})
        raise OSError("the file ends here")

    schema = pa.schema({"customer_id": pa.string()})
    sweep = either.client(emulator).sweep(pa.RecordBatchReader.from_batches(schema, batches()))
    with pytest.raises(OSError, match="the file ends here"):
        either.call(sweep.collect)
    assert len(either.call(sweep.collect)) == 5


def test_a_long_column_is_read_to_its_end(either: Either, emulator: Emulator) -> None:
    given = [emulator.customer_ids[n % 5] for n in range(1200)]
    client = either.client(emulator, max_concurrency=32)
    for columns in (pa.array(given), pd.Series(given), pd.DataFrame({"customer_id": given})):
        table = either.call(client.sweep(columns, ordered=True).collect)
        assert [row["customer_id"] for row in table] == given
