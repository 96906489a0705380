"""What a ledger answers about what was seen, in either database."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from partnercenter_qual import Emulator, InvalidArgumentError, Ledger
from partnercenter_qual.emulator import Wire

from .ledgers import TENANT_ID, Item, Place, Told, columns
from .scripted import Answer

ONE, TWO = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"

IN_REVIEW = {"qualification": "Education", "vettingStatus": "InReview"}
APPROVED = {"qualification": "Education", "vettingStatus": "Approved"}
DENIED = {
    "qualification": "Education",
    "vettingStatus": "Denied",
    "vettingReason": "Not an Academic Domain",
}
OWNED = {"qualification": "StateOwnedEntity"}

EVER = datetime.max.replace(tzinfo=UTC)
NEVER = datetime.min.replace(tzinfo=UTC)


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    with Ledger(place.url, tenant_id=TENANT_ID) as ledger:
        yield ledger


@pytest.fixture
def told() -> Iterator[Told]:
    with Told({ONE: [], TWO: []}) as told:
        yield told


def look(told: Told, ledger: Ledger, *items: Item) -> datetime:
    """Look at a customer that has so much; give when it was seen."""
    told.has[ONE] = items
    (result,) = told.look(ledger, ONE)
    assert result.error is None
    return result.observed_at


def test_an_empty_ledger_knows_nothing(ledger: Ledger) -> None:
    tables = (
        ledger.latest(),
        ledger.history(ONE),
        ledger.changes(),
        ledger.pending(),
        ledger.submissions(),
        ledger.diff(NEVER, EVER),
    )
    for table in tables:
        assert [*table] == []
        assert len(table.to_pandas().columns) == len(table.column_names) >= 6


def test_what_is_seen_of_a_customer_first_is_no_change(ledger: Ledger, told: Told) -> None:
    told.has[ONE] = [IN_REVIEW, OWNED]
    seen = {result.customer_id: result.observed_at for result in told.look(ledger)}
    known = columns(ledger.latest(), "customer_id", "qualification", "vetting_status")
    assert sorted(known, key=str) == [
        (ONE, "Education", "InReview"),
        (ONE, "StateOwnedEntity", None),
        (TWO, "None", None),
    ]
    for row in ledger.latest():
        assert row["observed_at"] == row["confirmed_at"] == seen[str(row["customer_id"])]
    assert len(ledger.changes()) == 0


def test_what_stays_as_it_is_makes_no_row_and_is_confirmed(ledger: Ledger, told: Told) -> None:
    first, _, last = (look(told, ledger, DENIED, OWNED) for _ in range(3))
    rows = [*ledger.history(ONE)]
    assert columns(rows, "qualification") == ["Education", "StateOwnedEntity"]
    for row in rows:
        assert (row["observed_at"], row["confirmed_at"]) == (first, last)
        assert (row["superseded_at"], row["is_gone"], row["source"]) == (None, False, "sweep")
    assert look(told, ledger) > last
    assert look(told, ledger) == columns(ledger.latest(), "confirmed_at")[0]
    assert columns(ledger.latest(), "qualification") == ["None"]


def test_a_change_takes_the_place_of_what_was_so(ledger: Ledger, told: Told) -> None:
    first, second, third = (look(told, ledger, each) for each in (IN_REVIEW, DENIED, APPROVED))
    assert columns(ledger.history(ONE), "vetting_status", "observed_at", "superseded_at") == [
        ("InReview", first, second),
        ("Denied", second, third),
        ("Approved", third, None),
    ]
    assert [*ledger.changes()] == [
        {
            "customer_id": ONE,
            "qualification": "Education",
            "old_status": "InReview",
            "new_status": "Denied",
            "reason": "Not an Academic Domain",
            "is_gone": False,
            "observed_at": second,
        },
        {
            "customer_id": ONE,
            "qualification": "Education",
            "old_status": "Denied",
            "new_status": "Approved",
            "reason": None,
            "is_gone": False,
            "observed_at": third,
        },
    ]
    assert columns(ledger.latest(), "vetting_status", "vetting_reason") == [("Approved", None)]


def test_what_goes_away_and_comes_back_is_told_both_times(ledger: Ledger, told: Told) -> None:
    for items in ([APPROVED, OWNED], [OWNED], [OWNED], [], [APPROVED]):
        look(told, ledger, *items)
    names = "qualification", "old_status", "new_status", "is_gone"
    assert columns(ledger.changes(), *names) == [
        ("Education", "Approved", None, True),
        ("StateOwnedEntity", None, None, True),
        ("Education", None, "Approved", False),
    ]
    gone = [row for row in ledger.history(ONE) if row["is_gone"]]
    assert columns(gone, "qualification", "vetting_status") == [
        ("Education", None),
        ("StateOwnedEntity", None),
    ]
    assert columns(ledger.latest(), "qualification") == ["Education"]


def test_a_first_qualification_is_a_change_to_who_had_none(ledger: Ledger, told: Told) -> None:
    for items in ([], [IN_REVIEW], [IN_REVIEW, OWNED]):
        look(told, ledger, *items)
    assert columns(ledger.changes(), "qualification", "old_status", "new_status") == [
        ("Education", None, "InReview"),
        ("StateOwnedEntity", None, None),
    ]


def test_another_reason_is_in_the_history_and_no_change_of_status(
    ledger: Ledger, told: Told
) -> None:
    reasons = ["Not an Academic Domain", "Not an eligible Library"]
    first, second = (look(told, ledger, DENIED | {"vettingReason": each}) for each in reasons)
    assert columns(ledger.history(ONE), "vetting_reason", "superseded_at") == [
        (reasons[0], second),
        (reasons[1], None),
    ]
    assert len(ledger.changes()) == 0
    assert columns(ledger.diff(first, second), "old_status", "old_reason", "new_reason") == [
        ("Denied", *reasons)
    ]


def test_what_has_no_status_is_told_to_have_come_or_gone(ledger: Ledger, told: Told) -> None:
    before, with_it, without = (look(told, ledger, *each) for each in ([], [OWNED], []))
    names = "qualification", "old_status", "new_status", "is_new", "is_gone"
    gained, lost = ledger.diff(before, with_it), ledger.diff(with_it, without)
    assert columns(gained, *names) == [("StateOwnedEntity", None, None, True, False)]
    assert columns(lost, *names) == [("StateOwnedEntity", None, None, False, True)]
    for frame in (lost.to_pandas(), lost.to_polars()):
        assert [*frame["is_gone"]] == [True]
    assert str(lost.to_pandas()["is_gone"].dtype) == "boolean"
    look(told, ledger, IN_REVIEW)
    changed = ledger.diff(look(told, ledger, IN_REVIEW), look(told, ledger, APPROVED))
    assert columns(changed, "new_status", "is_new", "is_gone") == [("Approved", False, False)]


def test_what_nobody_has_documented_is_kept_as_it_came(ledger: Ledger, told: Told) -> None:
    odd = {"qualification": "Flying circus", "vettingStatus": "Escalated to Zoë"}
    look(told, ledger, odd)
    look(told, ledger, odd | {"vettingStatus": "1"})
    names = "qualification", "old_status", "new_status"
    assert columns(ledger.changes(), *names) == [("Flying circus", "Escalated to Zoë", "1")]
    assert columns(ledger.latest(), "vetting_status") == ["1"]
    assert len(ledger.pending()) == 0


@pytest.mark.parametrize(
    "reason",
    [
        "Schulträger 学校 🏫 e\u0301",
        "\"quoted\" 'so' \\ and | so; -- $1",
        "two\nlines\r\n\tand a tab",
        "\x01\x1b[31m\x7f\x85\u2028",
        "before\x00after",
        " ",
        "",
        "null",
        "x" * 100_000,
    ],
    ids=lambda reason: ascii(reason[:20]),
)
def test_reasons_are_kept_to_the_letter(ledger: Ledger, told: Told, reason: str) -> None:
    item = DENIED | {"vettingReason": reason}
    told.has[ONE] = [item]
    (plain,) = told.look(ledger, ONE)
    kept = (plain.qualifications[0].vetting_reason or "").replace(
        "\0", "\ufffd"
    )  # PostgreSQL has none
    assert columns(ledger.latest(), "vetting_reason") == [kept]
    look(told, ledger, item)
    assert len(ledger.history(ONE)) == 1


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-02T03:04:05.1234567+00:00",
        "2026-01-02T03:04:05Z",
        "2026-01-02T05:04:05.5+02:00",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59.9999999Z",
        "1969-12-31T23:59:59.999999Z",
        "no date",
        None,
    ],
)
def test_dates_are_those_of_a_plain_sweep(ledger: Ledger, told: Told, written: str | None) -> None:
    told.has[ONE] = [APPROVED | {"vettingCreatedDate": written}]
    (plain,) = told.look(ledger, ONE)
    expected = [plain.qualifications[0].vetting_created_date]
    assert (expected != [None]) == (written not in {None, "no date"})
    assert columns(ledger.latest(), "vetting_created_date") == expected
    assert columns(ledger.history(ONE), "vetting_created_date") == expected


@pytest.mark.parametrize(
    "wire",
    [
        Wire(none="item", qualifications="wrapper", members="pascal", dates="seconds"),
        Wire(names="snake", date_member="vettingCreatedDate", dates="milliseconds", bom=False),
        Wire(names="squashed", dates="change_log"),
    ],
)
def test_every_form_of_the_wire_is_written_down_alike(place: Place, wire: Wire) -> None:
    with Emulator(2, seed=7, wire=wire, vetting="manual") as emulator, emulator.client() as client:
        school, other = emulator.customer_ids
        emulator.decide(school, "Education", "Denied", "Not an Academic Domain")
        emulator.decide(school, "StateOwnedEntity", "Approved")
        client.sweep(ledger=place.url).collect()
        client.sweep(ledger=place.url).collect()
        with Ledger(place.url) as ledger:
            rows = columns(ledger.latest(), "customer_id", "qualification", "vetting_status")
            created = ledger.history(school)[0]["vetting_created_date"]
            assert len(ledger.changes()) == 0
        assert created == client.get_qualifications(school)[0].vetting_created_date
    assert sorted(rows, key=str) == sorted(
        [
            (school, "Education", "Denied"),
            (school, "StateOwnedEntity", None),
            (other, "None", None),
        ],
        key=str,
    )


def test_an_error_leaves_what_is_known_alone(ledger: Ledger, told: Told) -> None:
    at = look(told, ledger, APPROVED)
    told.has[ONE] = Answer({"code": 404, "description": "gone"}, status=404)
    assert told.look(ledger, ONE)[0].error is not None
    assert columns(ledger.latest(), "vetting_status", "confirmed_at") == [("Approved", at)]


@pytest.mark.parametrize(
    ("first", "then"), [([], [APPROVED]), ([APPROVED], []), ([APPROVED], [OWNED])]
)
def test_a_look_of_an_older_clock_does_not_mix_with_what_is_known(
    ledger: Ledger, told: Told, place: Place, first: list[Item], then: list[Item]
) -> None:
    """Machines that share a ledger may not agree on the time: one is years ahead."""
    look(told, ledger, *first)
    known = columns(ledger.latest(), "qualification")
    place.sql("UPDATE observations SET confirmed_at = '2099-01-01T00:00:00.000000Z'")
    look(told, ledger, *then)
    seen = [str(item["qualification"]) for item in then] or ["None"]
    assert columns(ledger.latest(), "qualification") in (known, seen)


def test_changes_are_told_from_a_moment_on(ledger: Ledger, told: Told) -> None:
    look(told, ledger)
    first, second = look(told, ledger, IN_REVIEW), look(told, ledger, APPROVED)
    later = second + timedelta(microseconds=1)
    east = timezone(timedelta(hours=14))
    both, one, none = ["InReview", "Approved"], ["Approved"], list[str]()
    expected: list[tuple[date | str | None, list[str]]] = [
        (None, both),
        (NEVER, both),
        (first, both),
        (first.astimezone(east), both),
        (first.replace(tzinfo=None), both),
        (first.isoformat(), both),
        (first.date(), both),
        (f"{first:%Y-%m-%d}", both),
        (second, one),
        (later, none),
        (later.astimezone(east).isoformat(), none),
        (second.date() + timedelta(days=1), none),
        (EVER, none),
    ]
    for since, statuses in expected:
        assert columns(ledger.changes(since), "new_status") == statuses, since


def test_two_points_in_time_differ_in_what_became_of_it(ledger: Ledger, told: Told) -> None:
    first, second, third = (look(told, ledger, each, OWNED) for each in (IN_REVIEW, DENIED, DENIED))
    last = look(told, ledger, APPROVED)
    names = "qualification", "old_status", "new_status", "observed_at"
    assert columns(ledger.diff(first, second), *names) == [
        ("Education", "InReview", "Denied", second)
    ]
    assert columns(ledger.diff(second, third), *names) == []
    assert sorted(columns(ledger.diff(first, last), *names)) == [
        ("Education", "InReview", "Approved", last),
        ("StateOwnedEntity", None, None, last),
    ]
    assert sorted(columns(ledger.diff(NEVER, EVER), *names)) == [
        ("Education", None, "Approved", last)
    ]
    assert len(ledger.diff(last, last)) == 0


def test_bad_arguments_are_named(ledger: Ledger) -> None:
    now = datetime.now(UTC)
    east = timezone(timedelta(hours=14))
    wrong: Any = 5
    calls: list[tuple[str, Callable[[], object]]] = [
        ("customer_id", lambda: ledger.history("Contoso")),
        ("customer_id", lambda: ledger.history(wrong)),
        ("since", lambda: ledger.changes("yesterday")),
        ("since", lambda: ledger.changes(wrong)),
        ("since", lambda: ledger.changes(NEVER.replace(tzinfo=east))),
        ("state", lambda: ledger.submissions("Answered")),
        ("state", lambda: ledger.submissions("")),
        ("state", lambda: ledger.submissions(wrong)),
        ("earlier", lambda: ledger.diff("", now)),
        ("later", lambda: ledger.diff(now, wrong)),
        ("later", lambda: ledger.diff(now, now - timedelta(microseconds=1))),
    ]
    for field, call in calls:
        with pytest.raises(InvalidArgumentError) as caught:
            call()
        assert caught.value.field == field
        assert caught.value.cure
