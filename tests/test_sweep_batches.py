"""Record batches in, record batches out, as data frameworks pass them through functions."""

import asyncio
import multiprocessing
import pickle
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from partnercenter_qual import (
    AsyncClient,
    Client,
    ConfigurationError,
    Emulator,
    InvalidArgumentError,
    SweepTable,
)

from .either import Either

NAMES = [
    ("customer_id", pa.string(), False),
    ("company_name", pa.string(), True),
    ("domain", pa.string(), True),
    ("qualification", pa.dictionary(pa.int32(), pa.string()), True),
    ("vetting_status", pa.dictionary(pa.int32(), pa.string()), True),
    ("vetting_reason", pa.string(), True),
    ("vetting_created_date", pa.timestamp("us", "UTC"), True),
    ("error_status", pa.int16(), True),
    ("error_code", pa.string(), True),
    ("error_message", pa.string(), True),
    ("request_id", pa.string(), True),
    ("correlation_id", pa.string(), True),
    ("observed_at", pa.timestamp("us", "UTC"), False),
]


def batch(ids: list[str | None], **columns: list[str]) -> pa.RecordBatch:
    return pa.record_batch({"customer_id": pa.array(ids, pa.string()), **columns})


def ids_in(batches: list[pa.RecordBatch]) -> list[list[str]]:
    return [each.column("customer_id").to_pylist() for each in batches]


def test_there_is_one_out_for_each_in(either: Either, emulator: Emulator) -> None:
    first, second, third, *_ = emulator.customer_ids
    emulator.inject(customer_id=first, delay=0.2)
    given = [batch([first, second]), batch([]), batch([third, first, None, "Contoso"])]
    batches = either.list(either.client(emulator).sweep_batches(given))
    assert all(isinstance(each, pa.RecordBatch) for each in batches)
    assert ids_in(batches) == [[first, second], [], [third, first, "", "Contoso"]]
    errors = batches[2].column("error_code").to_pylist()
    assert errors == [None, None, "InvalidArgumentError", "InvalidArgumentError"]


def test_a_table_has_this_schema(client: Client) -> None:
    schema = pa.schema([pa.field(name, kind, null) for name, kind, null in NAMES])
    assert SweepTable.schema() == schema
    assert client.sweep([]).to_pyarrow().schema == schema


def test_all_have_the_same_schema_without_dictionaries(client: Client, emulator: Emulator) -> None:
    schema = SweepTable.schema(dictionaries=False)
    assert schema.names == SweepTable.schema().names
    assert schema.field("vetting_status").type == pa.string()
    assert not any(pa.types.is_dictionary(field.type) for field in schema)
    emulator.decide(emulator.customer_ids[0], "Education", "Approved")
    given = [batch([*emulator.customer_ids]), batch([]), batch([None])]
    assert [each.schema for each in client.sweep_batches(given)] == [schema] * 3


def test_each_qualification_is_a_row_and_names_come_along(
    either: Either, emulator: Emulator
) -> None:
    first, second, *_ = emulator.customer_ids
    emulator.decide(first, "Education", "Approved")
    emulator.decide(first, "StateOwnedEntity", "Approved")
    given = batch([first, second], company_name=["A", "B"], n=["x", "y"])
    (swept,) = either.list(either.client(emulator).sweep_batches([given]))
    assert swept.column("company_name").to_pylist() == ["A", "A", "B"]
    assert swept.column("vetting_status").to_pylist() == ["Approved", None, None]
    kinds = swept.column("qualification").to_pylist()
    assert kinds == ["Education", "StateOwnedEntity", None]


@pytest.mark.parametrize(
    "library", [pa.table, pd.DataFrame, pl.DataFrame], ids=["pyarrow", "pandas", "polars"]
)
def test_frames_are_batches_too(
    either: Either, emulator: Emulator, library: Callable[[dict[str, Any]], Any]
) -> None:
    frames = [library({"customer_id": emulator.customer_ids[:2]}) for _ in range(2)]
    batches = either.list(either.client(emulator).sweep_batches(frames))
    assert ids_in(batches) == [emulator.customer_ids[:2]] * 2


async def test_batches_may_come_from_an_asynchronous_iterable(
    async_client: AsyncClient, emulator: Emulator
) -> None:
    async def batches() -> AsyncIterator[pa.RecordBatch]:
        for customer_id in emulator.customer_ids:
            await asyncio.sleep(0)
            yield batch([customer_id])

    swept = [each async for each in async_client.sweep_batches(batches())]
    assert ids_in(swept) == [[each] for each in emulator.customer_ids]


class TestLaziness:
    def test_nothing_is_read_before_it_is_asked_for(self, client: Client) -> None:
        def batches() -> Iterator[pa.RecordBatch]:
            read.append(True)
            yield batch([])

        read: list[bool] = []
        swept = client.sweep_batches(batches())
        assert read == []
        assert len(list(swept)) == 1

    def test_a_batch_comes_before_the_next_is_read(
        self, client: Client, emulator: Emulator
    ) -> None:
        read = []

        def batches() -> Iterator[pa.RecordBatch]:
            for customer_id in emulator.customer_ids:
                read.append(customer_id)
                yield batch([customer_id])

        swept = client.sweep_batches(batches())
        next(swept)
        assert read == emulator.customer_ids[:1]
        assert len(emulator.journal) == 1

    def test_what_the_source_raises_comes_after_its_batches(
        self, either: Either, emulator: Emulator
    ) -> None:
        def batches() -> Iterator[pa.RecordBatch]:
            yield batch(emulator.customer_ids[:1])  # type: ignore[arg-type]
            raise OSError("the file ends here")

        swept = either.client(emulator).sweep_batches(batches())
        assert len(either.list(swept, limit=1)) == 1
        with pytest.raises(OSError, match="the file ends here"):
            either.list(swept)


class TestRefusals:
    @pytest.mark.parametrize(
        "given",
        [
            pa.record_batch({"id": ["a"]}),
            pa.record_batch({"customer_id": [1]}),
            pd.DataFrame({"customer_id": [1]}),
            pl.DataFrame({"id": ["a"]}),
            {"customer_id": ["a"]},
            "Contoso",
            None,
        ],
    )
    def test_a_batch_without_ids_is_refused_before_anything_is_sent(
        self,
        either: Either,
        emulator: Emulator,
        given: Any,  # noqa: ANN401 - anything
    ) -> None:
        swept = either.client(emulator).sweep_batches([given])
        with pytest.raises(InvalidArgumentError, match="pass ") as caught:
            either.list(swept)
        assert caught.value.field == "batches"
        assert emulator.journal == []

    @pytest.mark.parametrize("given", [5, None, "Contoso", {"customer_id": ["a"]}])
    def test_what_is_no_iterable_of_batches_is_refused_at_once(
        self,
        either: Either,
        emulator: Emulator,
        given: Any,  # noqa: ANN401 - anything
    ) -> None:
        with pytest.raises(InvalidArgumentError, match="pass an iterable of record batches"):
            either.client(emulator).sweep_batches(given)

    @pytest.mark.parametrize(
        "given",
        [
            pa.table({"customer_id": ["a"]}),
            pa.record_batch({"customer_id": ["a"]}),
            pa.array(["a"]),
            pd.DataFrame({"customer_id": ["a"]}),
            pl.DataFrame({"customer_id": ["a"]}),
            pl.Series(["a"]),
        ],
    )
    def test_a_table_alone_is_refused_at_once(
        self,
        either: Either,
        emulator: Emulator,
        given: Any,  # noqa: ANN401 - anything
    ) -> None:
        with pytest.raises(InvalidArgumentError, match="refused: wrap it in a list") as caught:
            either.client(emulator).sweep_batches(given)
        assert caught.value.value == f"a {type(given).__module__}.{type(given).__qualname__}"

    @pytest.mark.parametrize("most", ["many", 0, -1, 1025, 10**30, True])
    def test_a_bad_concurrency_is_refused_at_once(
        self,
        either: Either,
        emulator: Emulator,
        most: Any,  # noqa: ANN401 - anything
    ) -> None:
        with pytest.raises(InvalidArgumentError, match="a whole number from 1 to 1024") as caught:
            either.client(emulator).sweep_batches([], max_concurrency=most)
        assert caught.value.field == "max_concurrency"

    def test_without_pyarrow_it_says_how_to_get_it(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(ConfigurationError, match=r"partnercenter_qual\[arrow\]"):
            client.sweep_batches([])
        with pytest.raises(ConfigurationError, match=r"partnercenter_qual\[arrow\]"):
            SweepTable.schema()


class TestElsewhere:
    """What runs functions of batches itself, in threads or processes of its own."""

    def test_duckdb(self, client: Client, emulator: Emulator) -> None:
        emulator.decide(emulator.customer_ids[1], "Education", "Approved")
        connection = duckdb.connect()
        connection.execute(
            "create table ids as select unnest($1) as customer_id", [emulator.customer_ids]
        )
        reader = connection.table("ids").to_arrow_reader(2)
        schema = SweepTable.schema(dictionaries=False)
        swept = pa.RecordBatchReader.from_batches(schema, client.sweep_batches(reader))
        query = "select vetting_status, count(*) from swept group by all order by all nulls last"
        found = duckdb.from_arrow(swept).query("swept", query)
        assert found is not None
        assert found.fetchall() == [("Approved", 1), (None, 4)]

    def test_a_spawned_process(self, emulator: Emulator) -> None:
        client = Client(partial(token, emulator.access_token()), base_url=emulator.url)
        with client, multiprocessing.get_context("spawn").Pool(1) as pool:
            swept = pool.apply(first_of, (client.sweep_batches, batch([*emulator.customer_ids])))
        assert swept.column("customer_id").to_pylist() == emulator.customer_ids
        assert len(emulator.journal) == 5

    def test_a_pickled_client(self, emulator: Emulator) -> None:
        client = Client(partial(token, emulator.access_token()), base_url=emulator.url)
        look = pickle.loads(pickle.dumps(client.sweep_batches))  # noqa: S301 - our own
        assert ids_in(list(look([batch(emulator.customer_ids[:1])])))  # type: ignore[arg-type]


def token(text: str) -> str:
    """Give a token, from a function that other processes find."""
    return text


def first_of(
    sweep_batches: Callable[[list[pa.RecordBatch]], Iterator[pa.RecordBatch]], given: pa.RecordBatch
) -> pa.RecordBatch:
    return next(sweep_batches([given]))
