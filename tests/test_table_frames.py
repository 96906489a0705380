"""Tables in the hands of other libraries, those that are not there too."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from partnercenter_qual import ConfigurationError, RecordBatch, SweepTable, Table

from .tables import NONE, across, long, swept

WHEN = datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)

SCHEMA = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("company_name", pa.string()),
        pa.field("domain", pa.string()),
        pa.field("qualification", pa.dictionary(pa.int32(), pa.string())),
        pa.field("vetting_status", pa.dictionary(pa.int32(), pa.string())),
        pa.field("vetting_reason", pa.string()),
        pa.field("vetting_created_date", pa.timestamp("us", tz="UTC")),
        pa.field("error_status", pa.int16()),
        pa.field("error_code", pa.string()),
        pa.field("error_message", pa.string()),
        pa.field("request_id", pa.string()),
        pa.field("correlation_id", pa.string()),
        pa.field("observed_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)

TABLES: dict[str, Callable[[], SweepTable]] = {
    "every status": swept,
    "two batches": across,
    "no word": lambda: swept([NONE]),
    "no row": lambda: swept([]),
    "a slice": lambda: across()[500:560],
}
every_table = pytest.mark.parametrize("make", TABLES.values(), ids=TABLES)


def batch(table: Table) -> RecordBatch:
    return RecordBatch(table._core)  # noqa: SLF001 - as a sweep makes them


@every_table
def test_pyarrow_has_the_same_rows(make: Callable[[], SweepTable]) -> None:
    table = make()
    made = table.to_pyarrow()
    assert made.schema.equals(SCHEMA)
    made.validate(full=True)
    assert made.to_pylist() == [*table]


@every_table
def test_polars_has_the_same_rows(make: Callable[[], SweepTable]) -> None:
    table = make()
    frame = table.to_polars()
    assert frame.rows() == [tuple(row.values()) for row in table]
    assert frame.schema["error_status"] == pl.Int16
    assert isinstance(frame.schema["qualification"], pl.Categorical)
    assert frame.schema["observed_at"] == pl.Datetime("us", "UTC")


@every_table
def test_pandas_has_the_same_rows(make: Callable[[], SweepTable]) -> None:
    table = make()
    frame = table.to_pandas()
    assert [*frame.columns] == table.column_names
    found = [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
    assert found == [*table]
    assert frame["error_status"].dtype == "Int16"
    assert frame["qualification"].dtype == "category"
    assert frame["observed_at"].dtype == "datetime64[us, UTC]"


@every_table
def test_pandas_frames_are_the_same_without_pyarrow(
    make: Callable[[], SweepTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = make()
    by_pyarrow = table.to_pandas()
    with monkeypatch.context() as old:
        old.setattr(pa, "__version__", "13.0.0")  # as good as none, to us
        alone = table.to_pandas()
    assert_frame_equal(alone, by_pyarrow)


def test_duckdb_reads_the_stream() -> None:
    table = long()
    query = (
        "select vetting_status::varchar, count(*), min(customer_id), max(error_status)"
        " from table group by 1 order by 2"
    )
    with duckdb.connect() as database:
        database.register("found", table)
        found = database.sql(query.replace("table", "found")).fetchall()
        database.unregister("found")
    assert found == [
        ("Escalated", 1, "customer 65600", None),
        ("Approved", 32_800, "customer 0", None),
        (None, 32_800, "customer 1", None),
    ]


def test_any_reader_of_capsules_will_do() -> None:
    table = swept()
    assert pa.schema(table).equals(SCHEMA)
    assert pa.RecordBatchReader.from_stream(table).read_all().num_rows == 7
    assert pl.DataFrame(table)["vetting_created_date"][0] == WHEN
    assert pa.table(table).equals(pa.table(table))  # a stream is given as often as one is asked for


def test_a_record_batch_is_one_to_pyarrow() -> None:
    made = pa.record_batch(batch(swept()[1:4]))
    assert made.schema.equals(SCHEMA)
    assert made.to_pylist() == [*swept_ids(made)]
    assert pa.record_batch(batch(swept([]))).num_rows == 0
    assert pl.DataFrame(batch(swept())).height == 7
    assert batch(swept()).to_pandas().shape == (7, 13)
    with pytest.raises(BufferError, match="several batches: use its stream"):
        pa.record_batch(batch(long()))


def swept_ids(made: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - of pyarrow
    """Give the rows, having seen that they are those of two customers."""
    rows: list[dict[str, Any]] = made.to_pylist()
    assert [row["customer_id"] for row in rows] == ["customer 1", "customer 1", "customer 2"]
    return rows


def test_another_schema_may_be_asked_for() -> None:
    capsule = SCHEMA.__arrow_c_schema__()
    assert pa.RecordBatchReader.from_stream(swept(), schema=SCHEMA).read_all().num_rows == 7
    assert "arrow_array_stream" in repr(swept().__arrow_c_stream__(capsule))
    wrong: list[object] = ["schema", swept().__arrow_c_stream__(), 5]
    for asked in wrong:
        with pytest.raises(TypeError, match="pass a PyCapsule named arrow_schema"):
            swept().__arrow_c_stream__(asked)
        with pytest.raises(TypeError, match="requested_schema"):
            batch(swept()).__arrow_c_array__(asked)


def test_what_was_given_away_outlives_its_table() -> None:
    made = swept().to_pyarrow()
    stream = swept().__arrow_c_stream__()
    assert made.num_rows == 7
    del stream  # never read


@pytest.mark.parametrize(
    ("library", "extra", "ask"),
    [
        ("pandas", "pandas", SweepTable.to_pandas),
        ("polars", "polars", SweepTable.to_polars),
        ("pyarrow", "arrow", SweepTable.to_pyarrow),
    ],
)
def test_a_library_that_is_missing_or_old_is_named(
    library: str, extra: str, ask: Callable[[SweepTable], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cure = rf"pip install 'partnercenter_qual\[{extra}\]'"
    with monkeypatch.context() as old:
        old.setattr(sys.modules[library], "__version__", "0.9.1")
        with pytest.raises(ConfigurationError, match=rf"{library} .* not 0\.9\.1: {cure}"):
            ask(swept())
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigurationError, match=rf"{ask.__name__}\(\) needs {library}: {cure}"):
        ask(swept())


@pytest.mark.parametrize("hidden", ["polars", "pyarrow", "pyarrow.parquet"])
def test_parquet_is_written_by_what_is_there(
    tmp_path: Path, hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, path = across(), tmp_path / "found.parquet"
    with monkeypatch.context() as without:
        without.setitem(sys.modules, hidden, None)
        table.write_parquet(path)
    frame = pl.read_parquet(path)
    assert frame.rows() == [tuple(row.values()) for row in table]
    assert [*tmp_path.iterdir()] == [path]


def test_parquet_needs_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ConfigurationError, match=r"pyarrow or polars: .*\[arrow\].*\[polars\]"):
        swept().write_parquet(tmp_path / "found.parquet")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("hidden", ["pandas", "polars", "pyarrow"])
def test_each_library_does_without_the_others(
    run_python: Callable[[str], str], hidden: str
) -> None:
    """In an interpreter that never had them, for pandas looks for pyarrow when it is imported."""
    kept = {"pandas", "polars", "pyarrow"} - {hidden}
    code = f"""
from tests.tables import hide, swept
hide({hidden!r})
print(*(len(getattr(swept(), "to_" + each)()) for each in {sorted(kept)!r}))"""
    assert run_python(code).split() == ["7", "7"]


def test_pandas_alone_makes_the_same_columns(run_python: Callable[[str], str]) -> None:
    code = """
from tests.tables import hide, swept
hide("pyarrow", "polars")
frame = swept().to_pandas()
print(*frame.dtypes.astype(str), sep=";")
print(frame["vetting_created_date"][0].isoformat())"""
    types, moment = run_python(code).splitlines()
    assert types.split(";") == [*swept().to_pandas().dtypes.astype(str)]
    assert moment == WHEN.isoformat()
