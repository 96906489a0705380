"""What `apply` asks for again, what excludes each other, and how far validation codes go."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from partnercenter_qual import Client, Emulator, InvalidArgumentError, Ledger, UnauthorizedError

from .asking import Row, education, government, outcomes, owned, posts, states
from .either import Either


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(customers=12, seed=7, vetting="manual") as emulator:
        yield emulator


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "quals.db")


class TestDenied:
    def test_what_was_denied_is_asked_for_again_on_request_up_to_three_times(
        self, either: Either, emulator: Emulator, path: str
    ) -> None:
        client, school = either.client(emulator), emulator.customer_ids[0]
        for number in (1, 2, 3):
            run = client.apply([education(school)], ledger=path, resubmit_denied=True)
            assert [result.outcome for result in either.list(run)] == ["answered"]
            assert posts(emulator) == number
            emulator.decide(school, "Education", "Denied", "Not an Academic Domain")
        run = client.apply([education(school)], ledger=path, resubmit_denied=True)
        (result,) = either.list(run)
        assert (result.outcome, posts(emulator)) == ("refused", 3)
        assert "3 times" in str(result.reason)
        with Ledger(path) as ledger:
            rows = [*ledger.submissions()]
        assert [row["number"] for row in rows] == [1, 2, 3]
        assert len({row["request_id"] for row in rows}) == 3

    def test_a_denial_from_before_the_ledger_is_asked_for_again_on_request(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        school = emulator.customer_ids[0]
        emulator.decide(school, "Education", "Denied")
        assert outcomes(client.apply([education(school)], ledger=path)) == {1: "skipped"}
        run = client.apply([education(school)], ledger=path, resubmit_denied=True)
        assert outcomes(run) == {1: "answered"}

    def test_a_denial_from_before_the_ledger_counts(
        self, either: Either, emulator: Emulator, path: str
    ) -> None:
        """The service counts it, and so refuses what would be the fourth request."""
        client, row = either.client(emulator), education(emulator.customer_ids[0])
        told, school = [], row["customer_id"]
        for _ in range(2):
            wanted = partial(client.update_qualification, school, "Education")
            either.call(wanted, education_segment="K12")
            emulator.decide(school, "Education", "Denied")
        before = posts(emulator)
        for _ in range(4):
            (result,) = either.list(client.apply([row], ledger=path, resubmit_denied=True))
            told.append(result.outcome)
            if result.outcome == "answered":
                emulator.decide(school, "Education", "Denied")
        assert told == ["answered", "refused", "refused", "refused"]
        assert posts(emulator) - before == 2

    def test_what_is_in_review_is_not_asked_for_again(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        school = emulator.customer_ids[0]
        for _ in range(2):
            run = client.apply([education(school)], ledger=path, resubmit_denied=True)
            assert outcomes(run) == {1: "answered"}
        assert posts(emulator) == 1

    def test_what_was_refused_is_sent_again(
        self, either: Either, emulator: Emulator, path: str
    ) -> None:
        client, row = either.client(emulator), owned(emulator.customer_ids[0])
        emulator.inject(400, method="POST")
        (refused,) = either.list(client.apply([row], ledger=path))
        (answered,) = either.list(client.apply([row], ledger=path))
        assert (refused.outcome, answered.outcome) == ("refused", "answered")
        assert refused.request_id == answered.request_id
        with Ledger(path) as ledger:
            (asked,) = ledger.submissions()
        assert (asked["attempts"], asked["error_status"]) == (2, None)

    def test_a_row_that_was_mended_is_sent_as_it_is_now(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        row = education(emulator.customer_ids[0])
        emulator.inject(400, method="POST")
        client.apply([row | {"website": "old.example"}], ledger=path).collect()
        client.apply([row | {"website": "new.example"}], ledger=path).collect()
        with Ledger(path) as ledger:
            (asked,) = ledger.submissions("answered")
        assert "new.example" in str(asked["body"])

    def test_a_row_that_was_mended_is_a_request_of_its_own(
        self, either: Either, emulator: Emulator, path: str
    ) -> None:
        client, row = either.client(emulator), education(emulator.customer_ids[0])
        emulator.inject(400, method="POST", times=2)
        ids = []
        for website in ("old.example", "new.example", "new.example"):
            run = client.apply([row | {"website": website}], ledger=path)
            ids += [result.request_id for result in either.list(run)]
        assert ids[0] != ids[1] == ids[2]
        with Ledger(path) as ledger:
            (asked,) = ledger.submissions()
        assert (asked["request_id"], asked["number"], asked["attempts"]) == (ids[2], 1, 2)
        sent = [each for each in emulator.journal if each.method == "POST"]
        assert [each.request_id for each in sent] == ids
        assert len({each.correlation_id for each in sent}) == 2

    def test_a_row_with_other_details_is_told_what_it_was_asked_for_with(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        row = education(emulator.customer_ids[0]) | {"website": "old.example"}
        client.apply([row], ledger=path).collect()
        (same,) = client.apply([row], ledger=path)
        (other,) = client.apply([row | {"website": "new.example"}], ledger=path)
        assert "details" not in str(same.reason)
        assert str(other.reason).endswith(
            "with other details, which stay as they were: "
            f"education_segment {row['education_segment']}, website old.example"
        )

    def test_who_was_denied_three_times_is_not_told_to_try_again(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        school = emulator.customer_ids[0]
        for _ in range(3):
            client.apply([education(school)], ledger=path, resubmit_denied=True).collect()
            emulator.decide(school, "Education", "Denied", "Not an Academic Domain")
        client.sweep([school], ledger=path).collect()
        (result,) = client.apply([education(school)], ledger=path)
        assert (result.outcome, posts(emulator)) == ("skipped", 3)
        assert "3 times, and more is not allowed" in str(result.reason)
        assert "resubmit_denied" not in str(result.reason)


class TestExclusion:
    @pytest.mark.parametrize(
        ("status", "outcome"), [("Approved", "refused"), ("Denied", "answered")]
    )
    def test_education_goes_with_no_government_cloud_that_is_held(
        self, either: Either, emulator: Emulator, path: str, status: str, outcome: str
    ) -> None:
        school = emulator.customer_ids[0]
        emulator.decide(school, "GovernmentCommunityCloud", status)
        run = either.client(emulator).apply([education(school)], ledger=path)
        (result,) = either.list(run)
        assert result.outcome == outcome
        assert posts(emulator) == int(outcome == "answered")
        assert ("GovernmentCommunityCloud" in str(result.reason)) is (outcome == "refused")

    def test_the_government_cloud_goes_with_no_education_in_review(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        school, code = emulator.customer_ids[0], client.list_validation_codes()[0].validation_id
        client.apply([education(school)], ledger=path).collect()
        (result,) = client.apply([government(school, code)], ledger=path)
        assert (result.outcome, posts(emulator)) == ("refused", 1)
        assert "Education" in str(result.reason)

    def test_a_state_owned_entity_may_be_a_school_too(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        school = emulator.customer_ids[0]
        run = client.apply([education(school), owned(school)], ledger=path)
        assert outcomes(run) == {1: "answered", 2: "answered"}

    def test_what_was_never_sent_excludes_nothing(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        school, code = emulator.customer_ids[0], client.list_validation_codes()[0].validation_id
        emulator.inject(401, method="POST", times=None)
        with pytest.raises(UnauthorizedError):
            client.apply([education(school)], ledger=path).collect()
        emulator.clear_faults()
        assert states(path) == {"intended": 1}
        (result,) = client.apply([government(school, code)], ledger=path)
        assert result.outcome == "answered"


class TestValidationCodes:
    def test_a_code_is_used_as_often_as_it_may_be(
        self, either: Either, emulator: Emulator, path: str
    ) -> None:
        client = either.client(emulator)
        _, five, _ = either.call(client.list_validation_codes)
        rows = [government(each, five.validation_id) for each in emulator.customer_ids[:6]]
        for dry_run in (True, False):
            with pytest.raises(InvalidArgumentError, match="good for 5 more") as raised:
                self.use(either, client, rows, path, dry_run)
            ((row, field, value, _),) = raised.value.problems
            assert (row, field, value) == (6, "validation_code", five.validation_id)
        assert (posts(emulator), states(path)) == (0, {})
        for _ in range(2):  # again, they count no more
            assert [*outcomes(either.list(client.apply(rows[:5], ledger=path))).values()] == (
                ["answered"] * 5
            )

    @staticmethod
    def use(either: Either, client: Client, rows: list[Row], path: str, dry_run: bool) -> None:  # noqa: FBT001
        if dry_run:
            either.call(client.apply, rows, ledger=path, dry_run=True)
        else:
            either.list(client.apply(rows, ledger=path))

    def test_a_code_that_is_none_of_the_partners_is_refused(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        rows = [owned(emulator.customer_ids[0]), government(emulator.customer_ids[1], "nonsense")]
        with pytest.raises(InvalidArgumentError, match="list_validation_codes") as raised:
            client.apply(rows, ledger=path).collect()
        assert [problem.row for problem in raised.value.problems] == [2]
        assert posts(emulator) == 0

    def test_a_school_that_is_asked_for_needs_none_any_more(
        self, client: Client, emulator: Emulator, path: str
    ) -> None:
        emulator.inject(409, method="POST")
        code = client.list_validation_codes()[2].validation_id
        row = government(emulator.customer_ids[0], code)
        assert outcomes(client.apply([row], ledger=path)) == {1: "refused"}
        assert outcomes(client.apply([row], ledger=path)) == {1: "answered"}
        assert outcomes(client.apply([row], ledger=path)) == {1: "answered"}
