"""A sweep in order, as a table, or in record batches; and what is kept when it ends early."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any

import pytest

from partnercenter_qual import (
    AsyncClient,
    AsyncSweep,
    Client,
    Customer,
    Emulator,
    InvalidArgumentError,
    PermissionDeniedError,
    Progress,
    RecordBatch,
    Sweep,
    SweepTable,
)

from .either import Either
from .waiting import until

LONG = 30.0  # seconds; what waits for it fails by its time limit


def ids_in(table: SweepTable) -> list[object]:
    return [row["customer_id"] for row in table]


class TestOrder:
    def test_results_come_as_customers_were_given(self, either: Either, emulator: Emulator) -> None:
        emulator.inject(customer_id=emulator.customer_ids[0], delay=0.3)
        given = ["Contoso", *emulator.customer_ids, *reversed(emulator.customer_ids)]
        results = either.list(either.client(emulator).sweep(given, ordered=True))
        assert [result.customer_id for result in results] == given

    def test_all_customers_come_as_they_are_listed(self, either: Either) -> None:
        with Emulator(customers=700) as emulator:
            emulator.inject(path="qualifications", delay=0.02, probability=0.1, times=None)
            results = either.list(either.client(emulator).sweep(ordered=True))
            assert [result.customer_id for result in results] == emulator.customer_ids

    def test_customers_that_are_given_twice_keep_their_objects(
        self, either: Either, emulator: Emulator
    ) -> None:
        client = either.client(emulator)
        first, second, *_ = either.list(client.list_customers())
        given: list[Customer | str] = [first, second.customer_id, first, second]
        results = either.list(client.sweep(given, ordered=True))
        assert [result.customer for result in results] == [first, None, first, second]
        assert results[0].customer is first

    def test_one_slow_customer_does_not_hold_up_the_others(self, either: Either) -> None:
        with Emulator(customers=100) as emulator:
            emulator.inject(customer_id=emulator.customer_ids[0], delay=LONG)
            sweep = either.client(emulator, max_concurrency=4).sweep(ordered=True)
            until(lambda: len(emulator.journal) == 1 + 100)
            time.sleep(0.2)  # until the answers are there, too
            sweep.close()
            results = either.list(sweep)
            assert [result.customer_id for result in results][-3:] == emulator.customer_ids[-3:]


class TestCollect:
    def test_each_customer_and_qualification_is_a_row(
        self, either: Either, emulator: Emulator
    ) -> None:
        none, two, broken, *_ = emulator.customer_ids
        emulator.decide(two, "Education", "Denied", "Not an Education Customer")
        emulator.decide(two, "StateOwnedEntity", "Approved")
        emulator.inject(404, customer_id=broken)
        sweep = either.client(emulator).sweep([none, two, broken, "Contoso"], ordered=True)
        table = either.call(sweep.collect)
        assert ids_in(table) == [none, two, two, broken, "Contoso"]
        assert [row["vetting_status"] for row in table] == [None, "Denied", None, None, None]
        assert [row["error_status"] for row in table] == [None, None, None, 404, None]
        assert table[4]["error_code"] == "InvalidArgumentError"
        assert sweep.counts == table.counts
        assert table.counts == {"Denied": 1, "no status": 1, "none": 1, "error": 2}
        assert (sweep.done, sweep.total) == (4, 4)

    def test_all_customers_have_their_names(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        listed = either.list(client.list_customers())
        sweep = client.sweep(ordered=True)
        rows = [(row["customer_id"], row["domain"]) for row in either.call(sweep.collect)]
        assert rows == [(each.customer_id, each.domain) for each in listed]
        assert sweep.total == 5

    def test_customers_that_are_given_have_theirs(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        listed = either.list(client.list_customers())
        table = either.call(client.sweep([*listed, *emulator.customer_ids], ordered=True).collect)
        names = [row["company_name"] for row in table]
        assert names == [each.company_name for each in listed] + [None] * 5

    def test_it_goes_straight_into_frames(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        assert list(either.call(client.sweep(ordered=True).to_pandas)["customer_id"]) == (
            emulator.customer_ids
        )
        assert either.call(client.sweep(ordered=True).to_polars)["customer_id"].to_list() == (
            emulator.customer_ids
        )
        assert either.call(client.sweep().to_pyarrow).num_rows == 5

    def test_it_collects_what_is_left(self, either: Either, emulator: Emulator) -> None:
        sweep = either.client(emulator).sweep(emulator.customer_ids)
        taken = [result.customer_id for result in either.list(sweep, limit=2)]
        left = ids_in(either.call(sweep.collect))
        assert sorted([*taken, *map(str, left)]) == sorted(emulator.customer_ids)
        assert either.list(sweep) == []
        assert sweep.done == 5

    def test_again_it_gives_the_same(self, either: Either, emulator: Emulator) -> None:
        sweep = either.client(emulator).sweep()
        assert either.call(sweep.collect) is either.call(sweep.collect)
        assert len(emulator.journal) == 1 + 5

    def test_a_long_list_and_an_iterator_are_read_to_their_ends(self, either: Either) -> None:
        with Emulator(customers=3) as emulator:
            given = [emulator.customer_ids[n % 3] for n in range(1500)]
            client = either.client(emulator, max_concurrency=32)
            assert ids_in(either.call(client.sweep(given, ordered=True).collect)) == given
            assert ids_in(either.call(client.sweep(iter(given), ordered=True).collect)) == given

    async def test_an_asynchronous_source_is_read_to_its_end(
        self, async_client: AsyncClient, emulator: Emulator
    ) -> None:
        async def ids() -> AsyncIterator[str]:
            for number in range(300):
                await asyncio.sleep(0)
                yield emulator.customer_ids[number % 5]

        assert len(await async_client.sweep(ids()).collect()) == 300

    def test_two_sweeps_run_side_by_side(self, either: Either) -> None:
        with Emulator(customers=300) as emulator:
            client = either.client(emulator)
            first, second = client.sweep(), client.sweep(emulator.customer_ids)
            assert len(either.list(first, limit=10)) == 10
            assert len(either.call(second.collect)) == 300
            assert len(either.call(first.collect)) == 290

    def test_nothing_gives_an_empty_table(self, either: Either, emulator: Emulator) -> None:
        sweep = either.client(emulator).sweep([])
        assert len(either.call(sweep.collect)) == 0
        assert (sweep.counts, sweep.total, sweep.done, sweep.retries) == ({}, 0, 0, 0)

    def test_it_counts_what_is_sent_again(self, either: Either, emulator: Emulator) -> None:
        emulator.inject(500, path="qualifications", times=2)
        sweep = either.client(emulator).sweep(emulator.customer_ids)
        either.call(sweep.collect)
        assert sweep.retries == 2

    def test_time_stands_still_at_the_end(self, either: Either, emulator: Emulator) -> None:
        sweep = either.client(emulator).sweep()
        assert 0 < sweep.elapsed < sweep.elapsed
        either.call(sweep.collect)
        assert sweep.elapsed == sweep.elapsed > 0


class TestEarlyEnd:
    """What ends a collection, and that nothing is lost by it."""

    def held(self, emulator: Emulator) -> list[str]:
        """Let the last customer never be answered, and give the others."""
        *quick, slow = emulator.customer_ids
        emulator.inject(customer_id=slow, delay=LONG, times=None)
        return quick

    async def test_a_cancellation_keeps_rows(
        self, async_client: AsyncClient, emulator: Emulator
    ) -> None:
        quick = self.held(emulator)
        sweep = async_client.sweep(emulator.customer_ids)
        task = asyncio.ensure_future(sweep.collect())
        await asyncio.to_thread(until, lambda: len(emulator.journal) == 5)
        await asyncio.sleep(0.2)  # until the answers are there, too
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert caught.value.__notes__ == ["4 rows are kept: collect() gives a table of them."]
        assert sorted(map(str, ids_in(await sweep.collect()))) == sorted(quick)
        assert [result async for result in sweep] == []

    def test_what_a_source_raises_keeps_rows(self, either: Either, emulator: Emulator) -> None:
        def ids() -> Iterator[str]:
            yield from emulator.customer_ids[:3]
            raise OSError("the file ends here")

        sweep = either.client(emulator).sweep(ids(), ordered=True)
        with pytest.raises(OSError, match="the file ends here") as caught:
            either.call(sweep.collect)
        assert caught.value.__notes__ == ["3 rows are kept: collect() gives a table of them."]
        assert ids_in(either.call(sweep.collect)) == emulator.customer_ids[:3]

    def test_a_list_that_breaks_off_keeps_rows(self, either: Either) -> None:
        with Emulator(customers=501) as emulator:
            emulator.inject(403, path="/customers?", nth=2)
            sweep = either.client(emulator).sweep()
            with pytest.raises(PermissionDeniedError) as caught:
                either.call(sweep.collect)
            assert caught.value.__notes__[0].startswith("500 rows")
            assert len(either.call(sweep.collect)) == 500

    def test_what_progress_raises_keeps_rows(self, either: Either, emulator: Emulator) -> None:
        def refuse(progress: Progress) -> None:
            if progress.done == 4:
                raise OSError("the display is gone")

        quick = self.held(emulator)
        sweep = either.client(emulator).sweep(emulator.customer_ids, progress=refuse)
        with pytest.raises(OSError, match="the display is gone"):
            either.call(sweep.collect)
        assert sorted(map(str, ids_in(either.call(sweep.collect)))) == sorted(quick)

    def test_what_progress_raises_for_a_result_loses_none(
        self, either: Either, emulator: Emulator
    ) -> None:
        def refuse(_: Progress) -> None:
            raise OSError("the display is gone")

        sweep = either.client(emulator).sweep(emulator.customer_ids, progress=refuse)
        with pytest.raises(OSError, match="the display is gone"):
            either.list(sweep)
        sweep._reporter = type(sweep._reporter)(progress=False)  # noqa: SLF001 - nobody else can
        assert len(either.list(sweep)) == 5

    def test_a_closed_sweep_keeps_rows(self, either: Either, emulator: Emulator) -> None:
        quick = self.held(emulator)
        sweep = either.client(emulator).sweep()
        until(lambda: len(emulator.journal) == 1 + 5)
        time.sleep(0.2)  # until the answers are there, too
        sweep.close()
        assert sorted(map(str, ids_in(either.call(sweep.collect)))) == sorted(quick)

    def test_a_closed_client_ends_a_collection(self, client: Client, emulator: Emulator) -> None:
        self.held(emulator)
        sweep = client.sweep(emulator.customer_ids)
        told = []

        def close(progress: Progress) -> None:
            told.append(progress)
            client.close()

        sweep = client.sweep(emulator.customer_ids, progress=close)
        with pytest.raises(RuntimeError, match="closed"):
            sweep.collect()
        assert told
        assert len(sweep.collect()) == sweep.done


class TestBatches:
    @staticmethod
    def all(either: Either, sweep: Sweep, rows: int) -> list[RecordBatch]:
        return either.list(sweep.batches(rows))

    def test_they_have_so_many_rows(self, either: Either) -> None:
        with Emulator(customers=25) as emulator:
            batches = self.all(either, either.client(emulator).sweep(ordered=True), 10)
            assert [len(batch) for batch in batches] == [10, 10, 5]
            assert [each for batch in batches for each in ids_in(batch)] == emulator.customer_ids

    def test_one_is_an_array_of_arrow(self, either: Either, emulator: Emulator) -> None:
        import pyarrow as pa  # noqa: PLC0415 - is costly to import

        (batch,) = either.list(either.client(emulator).sweep().batches())
        assert isinstance(batch, RecordBatch)
        assert pa.record_batch(batch).schema == SweepTable.schema()
        assert pa.record_batch(batch).num_rows == 5

    def test_they_come_while_others_are_waited_for(self, either: Either) -> None:
        with Emulator(customers=25) as emulator:
            emulator.inject(customer_id=emulator.customer_ids[-1], delay=LONG)
            sweep = either.client(emulator).sweep()
            assert [len(batch) for batch in either.list(sweep.batches(12), limit=2)] == [12, 12]
            sweep.close()

    def test_reading_stays_a_bounded_number_ahead(self, either: Either) -> None:
        with Emulator(customers=400) as emulator:
            sweep = either.client(emulator, max_concurrency=4).sweep()
            assert len(either.list(sweep.batches(10), limit=1)) == 1
            time.sleep(0.2)
            assert len(emulator.journal) <= 1 + 20 + 2 * 4
            sweep.close()

    def test_what_is_left_can_be_taken_otherwise(self, either: Either) -> None:
        with Emulator(customers=100) as emulator:
            sweep = either.client(emulator).sweep()
            seen = [len(batch) for batch in either.list(sweep.batches(30), limit=1)]
            seen += [len(batch) for batch in either.list(sweep.batches(7), limit=1)]
            assert seen[0] == 30
            assert sum(seen) + len(either.call(sweep.collect)) == 100

    @pytest.mark.parametrize("rows", [0, -1, 1.5, True, "many", None, 10**30])
    def test_their_size_is_checked_at_once(self, client: Client, rows: Any) -> None:  # noqa: ANN401 - anything
        with pytest.raises(InvalidArgumentError, match="a whole number from 1 to") as caught:
            client.sweep([]).batches(rows)
        assert caught.value.field == "n"


class TestClasses:
    async def test_types_say_how_results_are_taken(
        self, client: Client, async_client: AsyncClient
    ) -> None:
        blocking, awaited = client.sweep([]), async_client.sweep([])
        assert type(blocking) is Sweep
        assert type(awaited) is AsyncSweep
        with pytest.raises(RuntimeError, match="use `async for`"):
            iter(awaited)  # type: ignore[call-overload]
        with pytest.raises(TypeError):
            aiter(blocking)  # type: ignore[arg-type]

    async def test_an_asynchronous_one_is_closed_by_its_block(
        self, async_client: AsyncClient, emulator: Emulator
    ) -> None:
        emulator.inject(delay=LONG, times=None)
        async with async_client.sweep(emulator.customer_ids) as sweep:
            pass
        assert [result async for result in sweep] == []
        await sweep.aclose()

    @pytest.mark.parametrize("ordered", [1, None, "yes"])
    def test_ordered_is_a_flag(self, client: Client, ordered: Any) -> None:  # noqa: ANN401 - anything
        with pytest.raises(InvalidArgumentError) as caught:
            client.sweep([], ordered=ordered)
        assert caught.value.field == "ordered"

    def test_the_blocking_one_is_for_loops(self, client: Client) -> None:
        assert len(list(islice(client.sweep(), 3))) == 3
