"""What a ledger makes of random looks, beside a model of a few lines."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partnercenter_qual import Ledger

from .ledgers import TENANT_ID, Item, Place, Told, columns

State = Mapping[str, tuple[Any, Any]]
"""Status and reason of each qualification that a customer has."""

NOTHING: tuple[Any, Any] = (None, None)

items = st.fixed_dictionaries(
    {"qualification": st.sampled_from(["Education", "StateOwnedEntity", "Flying"])},
    optional={
        "vettingStatus": st.sampled_from(["InReview", "Approved", "Denied", "Escalated"]),
        "vettingReason": st.sampled_from(["Not an Academic Domain", "ü"]),
        "vettingCreatedDate": st.sampled_from(["2026-01-02T03:04:05Z", "2026-01-03T00:00:00Z"]),
    },
)
have = st.lists(items, max_size=3, unique_by=lambda item: item["qualification"])
looks = st.lists(st.tuples(have, have), min_size=1, max_size=6)


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    with Ledger(place.url, tenant_id=TENANT_ID) as ledger:
        yield ledger


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(looks=looks)
def test_a_ledger_knows_what_a_model_knows(
    ledger: Ledger, looks: list[tuple[Sequence[Item], ...]]
) -> None:
    customer_ids = str(uuid4()), str(uuid4())
    seen: dict[str, list[tuple[datetime, State]]] = {each: [] for each in customer_ids}
    with Told({}) as told:
        for look in looks:
            told.has = dict(zip(customer_ids, look, strict=True))
            for result, had in zip(told.look(ledger), look, strict=True):
                seen[result.customer_id].append((result.observed_at, state(had)))
    for customer_id, sights in seen.items():
        rows = [*ledger.history(customer_id)]
        check_times(rows, sights[-1][0])
        for at, expected in sights:
            assert at_the_time(rows, at) == (expected or {"None": NOTHING})
        latest = of(customer_id, ledger.latest())
        assert latest == [{name: row[name] for name in latest[0]} for row in rows if is_so_now(row)]
        found = of(customer_id, ledger.changes())
        names = "qualification", "old_status", "new_status", "is_gone", "observed_at"
        expected_changes = [change for each in pairwise(sights) for change in changes(*each)]
        assert sorted(columns(found, *names), key=str) == sorted(expected_changes, key=str)
        assert columns(found, "observed_at") == sorted(columns(found, "observed_at"))
        check_differences(ledger, customer_id, sights)


def state(items: Sequence[Item]) -> State:
    return {
        str(item["qualification"]): (item.get("vettingStatus"), item.get("vettingReason"))
        for item in items
    }


def of(customer_id: str, table: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any table
    return [row for row in table if row["customer_id"] == customer_id]


def is_so_now(row: dict[str, Any]) -> bool:
    return row["superseded_at"] is None and not row["is_gone"]


def at_the_time(rows: list[dict[str, Any]], at: datetime) -> State:
    """Give what the history says was so at a point in time."""
    found = [
        row
        for row in rows
        if row["observed_at"] <= at and (row["superseded_at"] is None or at < row["superseded_at"])
    ]
    kept = [row for row in found if not row["is_gone"]]
    assert len({row["qualification"] for row in found}) == len(found)
    return {row["qualification"]: (row["vetting_status"], row["vetting_reason"]) for row in kept}


def check_times(rows: list[dict[str, Any]], last: datetime) -> None:
    """See that each row ends where the next of its qualification begins, and no sooner."""
    for kind in {row["qualification"] for row in rows}:
        own = [row for row in rows if row["qualification"] == kind]
        for row, after in pairwise(own):
            ends = row["superseded_at"]
            assert row["observed_at"] <= row["confirmed_at"] < ends <= after["observed_at"]
            assert ends == after["observed_at"] or kind == "None"
        assert own[-1]["superseded_at"] is None or kind == "None"
    for row in rows:
        assert row["superseded_at"] is not None or row["confirmed_at"] == last


def changes(
    before: tuple[datetime, State], after: tuple[datetime, State]
) -> Iterator[tuple[object, ...]]:
    (_, old), (at, new) = before, after
    for kind in old.keys() | new.keys():
        was, status = old.get(kind, NOTHING)[0], new.get(kind, NOTHING)[0]
        if was != status or (kind in old) != (kind in new):
            yield kind, was, status, int(kind not in new), at


def check_differences(
    ledger: Ledger, customer_id: str, sights: list[tuple[datetime, State]]
) -> None:
    unknown: tuple[datetime, State] = (sights[0][0] - timedelta(days=1), {})
    names = "qualification", "old_status", "old_reason", "new_status", "new_reason"
    for number, (earlier, old) in enumerate([unknown, *sights]):
        for later, new in sights[number:]:
            expected = [
                (kind, *old.get(kind, NOTHING), *new.get(kind, NOTHING))
                for kind in old.keys() | new.keys()
                if old.get(kind) != new.get(kind)
            ]
            found = columns(of(customer_id, ledger.diff(earlier, later)), *names)
            assert sorted(found, key=str) == sorted(expected, key=str)
