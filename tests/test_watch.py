"""Watches: each change once, whoever saw it, and however often they are stopped."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from partnercenter_qual import Emulator, Ledger, QualificationType
from partnercenter_qual.emulator import VettingRule

from .either import Either
from .ledgers import Place, ask, columns, moment
from .watching import QUICK, told, watched

REASON = "No longer an Education Customer"

# Takes some changes, and tells of them.
WATCHER = """
import json, sys
from itertools import islice
from partnercenter_qual import Client, Ledger
place, token, base_url, count = json.loads(sys.argv[1])
with Ledger(place) as ledger, Client(token, base_url=base_url) as client:
    with client.watch(ledger=ledger, interval=0.05) as watch:
        print(json.dumps([change.customer_id for change in islice(watch, count)]))
"""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Give an emulator whose first four customers are in review."""
    with Emulator(6, seed=7, vetting="manual") as emulator:
        for customer_id in emulator.customer_ids[:4]:
            emulator.decide(customer_id, "Education", "InReview")
        yield emulator


@pytest.fixture
def ledger(place: Place, emulator: Emulator) -> Iterator[Ledger]:
    with watched(place, emulator) as ledger:
        yield ledger


def in_another_process(place: Place, emulator: Emulator, count: int) -> list[str]:
    """Watch there until so many changes were taken; give whose they were."""
    given = json.dumps([place.url, emulator.access_token(), emulator.url, count])
    command = [sys.executable, "-c", WATCHER, given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return [*map(str, json.loads(done.stdout))]


def decide_all(emulator: Emulator, ledger: Ledger) -> list[str]:
    """Decide what is in review, and have the ledger know of it; give whose it was."""
    with emulator.client() as client:
        for customer_id in emulator.customer_ids[:4]:
            emulator.decide(customer_id, "Education", "Approved")
            client.sweep([customer_id], ledger=ledger).collect()
    return emulator.customer_ids[:4]


class TestChanges:
    def test_a_decision_is_given(self, either: Either, emulator: Emulator, ledger: Ledger) -> None:
        first, second, *_ = emulator.customer_ids
        watch = either.client(emulator).watch(ledger=ledger, interval=QUICK)
        emulator.decide(first, "Education", "Denied", "Not an Academic Domain")
        (change,) = either.list(watch, limit=1)
        assert told(change) == (first, "InReview", "Denied")
        assert change.qualification is QualificationType.EDUCATION
        assert (change.reason, change.is_gone) == ("Not an Academic Domain", False)
        names = "vetting_status", "source", "observed_at"
        assert columns(ledger.history(first), *names)[1:] == [
            ("Denied", "watch", change.observed_at)
        ]
        emulator.decide(second, "Education", "Approved")
        assert [told(each) for each in either.list(watch, limit=1)] == [
            (second, "InReview", "Approved")
        ]

    def test_each_is_given_once(self, either: Either, emulator: Emulator, ledger: Ledger) -> None:
        watch = either.client(emulator).watch(ledger=ledger, interval=QUICK)
        first, second, *_ = emulator.customer_ids
        steps = [(first, "Denied"), (second, "Approved"), (first, "InReview"), (first, "Approved")]
        for customer_id, status in steps:
            emulator.decide(customer_id, "Education", status)
            with emulator.client() as client:
                client.sweep([customer_id], ledger=ledger).collect()
        found = [told(change) for change in either.list(watch, limit=4)]
        assert [(customer_id, new) for customer_id, _, new in found] == steps
        emulator.decide(emulator.customer_ids[3], "Education", "Approved")
        (last,) = either.list(watch, limit=1)
        assert last.customer_id == emulator.customer_ids[3]

    def test_what_others_wrote_meanwhile_is_given(
        self, either: Either, emulator: Emulator, ledger: Ledger
    ) -> None:
        first, *_, fifth, last = emulator.customer_ids
        watch = either.client(emulator).watch(ledger=ledger, interval=QUICK)
        emulator.decide(first, "Education", "Approved")
        either.list(watch, limit=1)
        with emulator.client() as client:
            ask(client, ledger, fifth)
            emulator.decide(last, "StateOwnedEntity", "Approved")
            client.sweep([last], ledger=ledger).collect()
        found = either.list(watch, limit=2)
        assert [told(change) for change in found] == [(fifth, None, "InReview"), (last, None, None)]
        assert columns(ledger.history(fifth), "source")[-1] == "apply"
        assert columns(ledger.history(last), "source")[-1] == "sweep"

    def test_a_look_at_all_finds_what_was_taken_back(
        self, either: Either, emulator: Emulator, ledger: Ledger
    ) -> None:
        first, *_, last = emulator.customer_ids
        emulator.decide(first, "Education", "Approved")
        client = either.client(emulator)
        watch = client.watch(ledger=ledger, interval=QUICK, sweep_interval=0.2)
        either.list(watch, limit=1)
        emulator.decide(first, "Education", "Denied", REASON)
        (change,) = either.list(watch, limit=1)
        assert (told(change), change.reason) == ((first, "Approved", "Denied"), REASON)
        either.call(client.update_qualification, last, "StateOwnedEntity")  # the ledger is not told
        (change,) = either.list(watch, limit=1)
        assert change.customer_id == last
        assert change.qualification is QualificationType.STATE_OWNED_ENTITY

    def test_what_goes_away_is_a_change(self, either: Either, place: Place) -> None:
        with Emulator(2, seed=7, mix={"StateOwnedEntity": 1.0}) as emulator:
            with watched(place, emulator) as ledger:
                emulator.inject(body=[], customer_id=emulator.customer_ids[1], times=None)
                watch = either.client(emulator).watch(ledger=ledger, sweep_interval=QUICK)
                (change,) = either.list(watch, limit=1)
            assert told(change) == (emulator.customer_ids[1], None, None)
            assert change.is_gone

    @pytest.mark.parametrize("audited", [None, timedelta(minutes=20)])
    def test_records_tell_of_what_others_asked_for(
        self,
        either: Either,
        emulator: Emulator,
        place: Place,
        ledger: Ledger,
        audited: timedelta | None,
    ) -> None:
        at = "NULL" if audited is None else repr(moment(datetime.now(UTC) - audited))
        place.sql(f"UPDATE watch SET audited_at = {at}")  # noqa: S608 - of our own making
        *_, fifth, last = emulator.customer_ids
        before = len(emulator.journal)
        with emulator.client() as other:
            other.update_qualification(fifth, "Education", education_segment="K12")
        (change,) = either.list(either.client(emulator).watch(ledger=ledger), limit=1)
        assert told(change) == (fifth, None, "InReview")
        asked = [entry for entry in emulator.journal[before:] if entry.method == "GET"]
        assert {entry.customer_id for entry in asked} == {None, fifth}
        assert all("auditrecords" in e.path for e in asked if e.customer_id is None)
        assert columns(ledger.history(last), "qualification") == ["None"]

    def test_the_first_watch_begins_with_what_changes_from_then_on(
        self, either: Either, place: Place
    ) -> None:
        rule = VettingRule(reads=8)
        with Emulator(2, seed=7, vetting=rule) as emulator, Ledger(place.url) as ledger:
            client = either.client(emulator)
            first, second = emulator.customer_ids
            either.list(client.sweep(ledger=ledger))
            emulator.decide(second, "Education", "Approved")
            either.call(client.update_qualification, first, "Education", education_segment="K12")
            either.list(client.sweep(ledger=ledger))
            assert len(ledger.changes()) == 2
            (change,) = either.list(client.watch(ledger=ledger, interval=QUICK), limit=1)
            assert told(change)[:2] == (first, "InReview")
            assert columns(ledger.changes(), "new_status")[2:] == [str(change.new_status)]

    def test_the_first_watch_of_a_new_ledger_looks_at_all(
        self, either: Either, place: Place
    ) -> None:
        rule = VettingRule(reads=3)
        with Emulator(2, seed=7, vetting=rule) as emulator, Ledger(place.url) as ledger:
            client = either.client(emulator)
            first, second = emulator.customer_ids
            either.call(client.update_qualification, first, "Education", education_segment="K12")
            (change,) = either.list(client.watch(ledger=ledger, interval=QUICK), limit=1)
            assert told(change)[:2] == (first, "InReview")
            assert columns(ledger.history(second), "qualification", "source") == [("None", "watch")]


class TestAgain:
    @pytest.mark.parametrize("taken", [0, 1, 3])
    def test_all_but_what_is_done_with_is_given_again(
        self, either: Either, emulator: Emulator, ledger: Ledger, taken: int
    ) -> None:
        decided = decide_all(emulator, ledger)
        client = either.client(emulator)
        with client.watch(ledger=ledger, interval=QUICK) as watch:
            given = [change.customer_id for change in either.list(watch, limit=taken)]
        assert given == decided[:taken]
        left = decided[max(taken - 1, 0) :]
        with client.watch(ledger=ledger, interval=QUICK) as watch:
            found = [change.customer_id for change in either.list(watch, limit=len(left))]
        assert found == left

    def test_another_process_goes_on(
        self, emulator: Emulator, place: Place, ledger: Ledger
    ) -> None:
        decided = decide_all(emulator, ledger)
        assert in_another_process(place, emulator, 2) == decided[:2]
        assert in_another_process(place, emulator, 2) == decided[1:3]
        assert in_another_process(place, emulator, 2) == decided[2:]

    def test_what_changed_while_nobody_watched_is_given(
        self, either: Either, emulator: Emulator, ledger: Ledger
    ) -> None:
        first, second, *_ = emulator.customer_ids
        client = either.client(emulator)
        for customer_id in (first, second):
            emulator.decide(customer_id, "Education", "Denied")
            with client.watch(ledger=ledger, interval=QUICK) as watch:
                found = [change.customer_id for change in either.list(watch, limit=1)]
            assert found == [first]
        with client.watch(ledger=ledger, interval=QUICK) as watch:
            found = [change.customer_id for change in either.list(watch, limit=2)]
        assert found == [first, second]


class TestFaults:
    @pytest.mark.parametrize(
        "fault", [{"status": 500}, {"reset": True}, {"status": 429, "retry_after": 0.2}]
    )
    def test_those_that_pass_are_outlasted(
        self, either: Either, emulator: Emulator, ledger: Ledger, fault: dict[str, float]
    ) -> None:
        emulator.inject(**fault, path="/qualifications", times=3)  # type: ignore[arg-type]
        watch = either.client(emulator).watch(ledger=ledger, interval=QUICK)
        emulator.decide(emulator.customer_ids[0], "Education", "Approved")
        (change,) = either.list(watch, limit=1)
        assert told(change) == (emulator.customer_ids[0], "InReview", "Approved")
        emulator.assert_faults_fired()

    @pytest.mark.parametrize("fault", [{"status": 500}, {"reset": True}, {"body": "<b>no</b>"}])
    @pytest.mark.parametrize("path", ["/qualifications", "/auditrecords", "/customers?"])
    def test_one_that_retries_did_not_help_is_no_end(
        self, either: Either, emulator: Emulator, place: Place, path: str, fault: dict[str, float]
    ) -> None:
        first, second, *_ = emulator.customer_ids
        with Ledger(place.url, lease=2.0) as ledger, emulator.client() as client:
            client.sweep(ledger=ledger).collect()
            of = first if path == "/qualifications" else None
            emulator.inject(**fault, path=path, customer_id=of)  # type: ignore[arg-type]
            emulator.decide(first, "Education", "Denied")
            emulator.decide(second, "Education", "Denied")
            without = either.client(emulator, max_retries=0)
            with without.watch(ledger=ledger, interval=QUICK) as watch:
                found = either.list(watch, limit=1 if of else 2)
            emulator.assert_faults_fired()
            assert {told(change) for change in found} == {
                (each, "InReview", "Denied") for each in ([second] if of else [first, second])
            }

    @pytest.mark.parametrize("status", [403, 404])
    def test_a_customer_that_is_gone_stops_nobody(
        self, either: Either, emulator: Emulator, ledger: Ledger, status: int
    ) -> None:
        gone, *others = emulator.customer_ids[:4]
        emulator.inject(status, customer_id=gone, times=None)
        client = either.client(emulator)
        watch = client.watch(ledger=ledger, interval=QUICK, sweep_interval=0.2)
        for customer_id in others:
            emulator.decide(customer_id, "Education", "Approved")
            (change,) = either.list(watch, limit=1)
            assert told(change) == (customer_id, "InReview", "Approved")
        assert len(emulator.find_requests(customer_id=gone)) < 20
        assert columns(ledger.pending(), "customer_id") == [gone]
