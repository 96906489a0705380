"""What `apply` plans, sends, skips and gives."""

import gc
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from partnercenter_qual import (
    Apply,
    ApplyResult,
    AsyncClient,
    Client,
    Emulator,
    Ledger,
    NotFoundError,
    PermissionDeniedError,
    Progress,
    Qualification,
    QualificationType,
    ServerError,
)

from .asking import Row, education, outcomes, owned, posts, states
from .either import Either
from .ledgers import Place

DOCUMENT = Path(__file__).parents[1] / "docs" / "ledger.md"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(customers=12, seed=7, vetting="manual") as emulator:
        yield emulator


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "quals.db")


@pytest.fixture
def mixed(emulator: Emulator) -> list[Row]:
    """Give rows of which each fares differently."""
    new, approved, review, denied, government, missing, foreign, *_ = emulator.customer_ids
    emulator.decide(approved, "StateOwnedEntity", "Approved")
    emulator.decide(review, "Education", "InReview")
    emulator.decide(denied, "Education", "Denied", "Not an Academic Domain")
    emulator.decide(government, "GovernmentCommunityCloud", "Approved")
    emulator.inject(404, customer_id=missing, times=None)
    emulator.inject(403, customer_id=foreign, times=None)
    schools = map(education, (new, review, denied, government, missing, foreign))
    return [owned(approved), *schools]


class TestPlan:
    def test_it_says_of_each_row_what_is_to_be_done_and_why(
        self, either: Either, emulator: Emulator, mixed: list[Row], path: str
    ) -> None:
        client = either.client(emulator)
        plan = either.call(client.apply, mixed, ledger=path, dry_run=True)
        assert [row["row"] for row in plan] == [1, 2, 3, 4, 5, 6, 7]
        assert [row["customer_id"] for row in plan] == [row["customer_id"] for row in mixed]
        actions = ["skip", "send", "skip", "skip", "refuse", "refuse", "refuse"]
        assert [row["action"] for row in plan] == actions
        reasons = [str(row["reason"]) for row in plan]
        assert ["has it" in reason for reason in reasons] == [True, *[False] * 6]
        assert "waits for it" in reasons[2]
        assert "Not an Academic Domain" in reasons[3]
        assert "GovernmentCommunityCloud" in reasons[4]
        assert [row["error_code"] for row in plan] == [*[None] * 5, "60003", "20002"]

    def test_nothing_is_sent_and_nothing_written(
        self, either: Either, emulator: Emulator, mixed: list[Row], path: str
    ) -> None:
        either.call(either.client(emulator).apply, mixed, ledger=path, dry_run=True)
        assert {request.method for request in emulator.find_requests(path="/v1/")} == {"GET"}
        with Ledger(path) as ledger:
            assert (len(ledger.submissions()), len(ledger.latest())) == (0, 0)

    def test_a_ledger_is_not_bound_to_the_tenant_by_a_mere_plan(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        with Emulator(customers=3, seed=8) as wrong, wrong.client() as other:
            other.apply([owned(wrong.customer_ids[0])], ledger=path, dry_run=True)
        run = client.apply([owned(emulator.customer_ids[0])], ledger=path)
        assert [result.outcome for result in run] == ["answered"]

    def test_it_knows_what_was_done_before(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        rows = [owned(each) for each in emulator.customer_ids[:2]]
        client.apply(rows[:1], ledger=path).collect()
        plan = client.apply(rows, ledger=path, dry_run=True)
        assert [row["action"] for row in plan] == ["skip", "send"]
        assert "asked for before" in str(plan[0]["reason"])
        assert len(emulator.find_requests(method="GET", path="/qualifications")) == 2


class TestRun:
    def test_rows_of_a_customer_may_stand_far_apart(self, either: Either, place: Place) -> None:
        """The ledger is asked for a thousand customers at a time: here for one of them twice."""
        with Emulator(1_200, seed=7, vetting="manual", dedupe=False) as emulator:
            customer_ids = emulator.customer_ids
            rows = [*map(education, customer_ids), *map(owned, customer_ids)]
            results = either.list(either.client(emulator).apply(rows, ledger=place.url))
            assert outcomes(results) == dict.fromkeys(range(1, len(rows) + 1), "answered")
            assert posts(emulator) == len(rows) == len(emulator.effects)
            assert states(place.url) == {"answered": len(rows)}

    def test_each_row_has_a_result(
        self, either: Either, emulator: Emulator, mixed: list[Row], path: str
    ) -> None:
        run = either.client(emulator).apply(mixed, ledger=path)
        assert (run.total, run.done, run.counts, run.closed) == (7, 0, {}, False)
        assert posts(emulator) == 0
        results = either.list(run)
        done, skipped, refused = "answered", "skipped", "refused"
        expected = [skipped, done, skipped, skipped, refused, refused, refused]
        assert outcomes(results) == dict(enumerate(expected, 1))
        errors = {result.row: type(result.error) for result in results if result.error}
        assert errors == {6: NotFoundError, 7: PermissionDeniedError}
        assert run.counts == {"answered": 1, "skipped": 3, "refused": 3}
        assert (run.total, run.done, run.closed, run.retries) == (7, 7, False, 0)
        assert posts(emulator) == 1
        assert states(path) == {"answered": 1}

    def test_a_result_is_what_the_service_and_the_ledger_say(
        self, either: Either, emulator: Emulator, path: str
    ) -> None:
        school = emulator.customer_ids[0]
        (result,) = either.list(either.client(emulator).apply([education(school)], ledger=path))
        (request,) = emulator.find_requests(method="POST", path="/qualifications")
        assert isinstance(result.answer, Qualification)
        assert result.answer.vetting_status == "InReview"
        assert (result.customer_id, result.qualification) == (school, "Education")
        assert isinstance(result.qualification, QualificationType)
        assert (result.error, result.reason, result.attempts) == (None, None, 1)
        assert result.request_id == request.request_id
        assert result.correlation_id == request.correlation_id
        assert ApplyResult.from_dict(result.to_dict()) == result
        with Ledger(path) as ledger:
            (row,) = ledger.submissions("answered")
        assert row["request_id"] == request.request_id
        assert (row["attempts"], row["answer_status"], row["number"]) == (1, "InReview", 1)

    def test_it_makes_a_table(
        self, either: Either, emulator: Emulator, mixed: list[Row], path: str
    ) -> None:
        run = either.client(emulator).apply(mixed, ledger=path)
        table = either.call(run.collect)
        assert either.call(run.collect) is table
        found = {str(row["row"]): (row["outcome"], row["error_status"]) for row in table}
        assert found["2"] == ("answered", None)
        assert found["6"] == ("refused", 404)
        assert sorted(found) == [*"1234567"]

    def test_it_goes_straight_into_frames(
        self, either: Either, emulator: Emulator, path: str
    ) -> None:
        client, rows = either.client(emulator), [owned(each) for each in emulator.customer_ids]
        frame = either.call(client.apply(rows, ledger=path).to_pandas)
        assert frame["outcome"].value_counts().to_dict() == {"answered": 12}
        assert either.call(client.apply(rows, ledger=path).to_polars).height == 12
        assert either.call(client.apply(rows, ledger=path).to_pyarrow).num_rows == 12

    def test_many_rows_are_sent_once_each(self, either: Either, path: str) -> None:
        with Emulator(customers=700) as emulator:
            run = either.client(emulator).apply(map(owned, emulator.customer_ids), ledger=path)
            assert run.total == 700
            assert either.call(run.collect).num_rows == 700
            emulator.assert_each_posted_once()
            assert states(path) == {"answered": 700}

    def test_again_nothing_is_sent_nor_read(
        self, either: Either, emulator: Emulator, path: str
    ) -> None:
        client, rows = either.client(emulator), [owned(each) for each in emulator.customer_ids]
        first = either.list(client.apply(rows, ledger=path))
        seen = len(emulator.journal)
        again = either.list(client.apply(rows, ledger=path))
        assert outcomes(again) == outcomes(first)
        ids = {result.row: result.request_id for result in first}
        assert {result.row: result.request_id for result in again} == ids
        assert len(emulator.journal) == seen

    def test_no_rows_make_no_request(self, either: Either, emulator: Emulator, path: str) -> None:
        run = either.client(emulator).apply([], ledger=path)
        assert either.list(run) == []
        assert (run.total, run.counts) == (0, {})

    def test_its_summary_says_what_to_do(
        self, client: Client, emulator: Emulator, mixed: list[Row], path: str
    ) -> None:
        emulator.inject(503, customer_id=emulator.customer_ids[7], times=None)
        quick = client.with_options(max_retries=0)
        run = quick.apply([*mixed, owned(emulator.customer_ids[7])], ledger=path)
        assert "8 rows left" in run.summary()
        results = list(run)
        lines = run.summary().splitlines()
        assert "8 of 8 rows done" in lines[0]
        assert [line.split(":")[0].strip() for line in lines[1:]] == ["3 refused", "1 not_sent"]
        assert isinstance(max(results, key=lambda result: result.row).error, ServerError)

    def test_every_outcome_is_documented(self) -> None:
        told = re.findall(r"^ +`(\w+)`: ", str(ApplyResult.__doc__), re.MULTILINE)
        assert told == ["answered", "skipped", "refused", "unknown", "not_sent"]
        text = (
            DOCUMENT.read_text(encoding="utf-8").partition("| `outcome` |")[2].partition("###")[0]
        )
        assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == told

    def test_progress_is_told_after_each_result(
        self, either: Either, emulator: Emulator, mixed: list[Row], path: str
    ) -> None:
        told: list[Progress] = []
        run = either.client(emulator).apply(mixed, ledger=path, progress=told.append)
        either.list(run)
        dones = [progress.done for progress in told]
        assert dones == sorted(dones)
        assert {*range(1, 8)} <= {*dones}
        assert (told[-1].done, told[-1].total, told[-1].errors) == (7, 7, 3)


class TestEarlyEnd:
    def test_a_run_that_nobody_takes_results_of_warns(self, client: Client, path: str) -> None:
        with pytest.warns(RuntimeWarning, match="nothing was sent"):
            self.forget(client, path)

    @staticmethod
    def forget(client: Client, path: str) -> None:
        client.apply([owned("0c39d6d5-c70d-4c55-bc02-f620844f3fd1")], ledger=path)
        gc.collect()

    def test_one_that_was_closed_does_not(self, client: Client, path: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with client.apply([owned("0c39d6d5-c70d-4c55-bc02-f620844f3fd1")], ledger=path) as run:
                pass
            assert run.closed
            assert list(run) == []

    def test_what_is_left_after_a_break_is_done_by_the_next_run(self, path: str) -> None:
        with Emulator(customers=100, seed=7) as emulator, emulator.client() as client:
            rows = [owned(each) for each in emulator.customer_ids]
            with client.apply(rows, ledger=path, max_concurrency=2) as run:
                next(run)
            assert run.closed
            assert "run apply again" in run.summary()
            rest = list(client.apply(rows, ledger=path))
            assert outcomes(rest) == dict.fromkeys(range(1, 101), "answered")
            emulator.assert_each_posted_once()
            assert states(path) == {"answered": 100}

    async def test_leaving_its_context_closes_an_asynchronous_one(
        self, emulator: Emulator, path: str
    ) -> None:
        rows = [owned(each) for each in emulator.customer_ids]
        async with emulator.async_client() as client:
            async with client.apply(rows, ledger=path, max_concurrency=1) as run:
                assert (await anext(run)).outcome == "answered"
            assert run.closed
            table = await client.apply(rows, ledger=path).collect()
        assert table.num_rows == 12
        emulator.assert_each_posted_once()


async def test_both_clients_give_what_their_kind_gives(
    client: Client, emulator: Emulator, path: str
) -> None:
    rows = [owned(emulator.customer_ids[0])]
    async with emulator.async_client() as awaited:
        assert isinstance(awaited, AsyncClient)
        assert repr(awaited.apply([], ledger=path)).startswith("<AsyncApply: there are no rows>")
        assert len(await awaited.apply(rows, ledger=path, dry_run=True)) == 1
    assert isinstance(run := client.apply(rows, ledger=path), Apply)
    assert "not begun: iterate it" in repr(run)
    assert len([*run]) == 1
    assert "1 answered" in repr(run)


async def test_what_is_awaited_is_not_iterated_in_a_blocking_way(
    emulator: Emulator, path: str
) -> None:
    with Ledger(path) as ledger:
        async with emulator.async_client() as client:
            for stream in (client.apply([], ledger=ledger), client.watch(ledger=ledger)):
                async with stream:
                    with pytest.raises(RuntimeError, match="use `async for`"):
                        list(stream)  # type: ignore[call-overload]
