"""Every form in which the emulator can answer, read by our own clients: they all say the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from partnercenter_qual import (
    ApiError,
    ConflictError,
    Emulator,
    Qualification,
    QualificationType,
    VettingStatus,
)
from partnercenter_qual.emulator import Wire

from .either import Either

DENIED = "Not an Academic Domain"

FORMS: Sequence[Wire] = (
    {"qualifications": "wrapper"},
    {"qualifications": "object"},
    {"qualifications": "object", "none": "item"},
    {"qualifications": "wrapper", "members": "pascal"},
    {"created": "wrapper"},
    {"created": "wrapper", "members": "pascal", "names": "squashed"},
    {"none": "item"},
    {"none": "item", "names": "snake"},
    {"members": "pascal", "date_member": "vettingCreatedDate"},
    {"date_member": "vettingCreatedDate"},
    {"dates": "milliseconds"},
    {"dates": "seconds"},
    {"names": "snake"},
    {"bom": False},
    {"next_link": "plain"},
    {"error_code": "string"},
)


@dataclass(frozen=True)
class Seen:
    """What a client came to know of an emulator."""

    granted: Qualification
    held: list[Qualification]
    none: list[Qualification]
    listed: list[str]
    refusal: tuple[int, str | None]


def undated(qualification: Qualification) -> Qualification:
    """Leave out the date, which has one: no two emulators are asked at the same moment."""
    assert qualification.vetting_created_date is not None
    return replace(qualification, vetting_created_date=None)


def seen(either: Either, wire: Wire | None = None) -> Seen:
    with Emulator(5, vetting="manual", wire=wire) as emulator:
        client = either.client(emulator)
        school, other = emulator.customer_ids[:2]

        def ask() -> Qualification:
            return either.call(
                client.update_qualification, school, "Education", education_segment="K12"
            )

        granted = ask()
        with pytest.raises(ConflictError) as caught:
            ask()
        emulator.decide(school, "Education", "Denied", DENIED)
        listed = either.list(client.list_customers(page_size=2))
        return Seen(
            granted=undated(granted),
            held=[undated(held) for held in either.call(client.get_qualifications, school)],
            none=either.call(client.get_qualifications, other),
            listed=[customer.customer_id for customer in listed],
            refusal=(caught.value.status_code, caught.value.code),
        )


@pytest.mark.parametrize("wire", FORMS, ids=str)
def test_every_form_is_read_alike(either: Either, wire: Wire) -> None:
    expected = seen(either)
    education = QualificationType.EDUCATION
    denied = VettingStatus.DENIED
    assert expected.held == [
        Qualification(qualification=education, vetting_status=denied, vetting_reason=DENIED)
    ]
    assert (expected.none, len(expected.listed)) == ([], 5)
    assert seen(either, wire) == expected


def test_a_date_that_cannot_be_read_without_guessing_is_kept(either: Either) -> None:
    with Emulator(1, wire={"dates": "change_log"}) as emulator:
        client = either.client(emulator)
        (school,) = emulator.customer_ids
        granted = either.call(
            client.update_qualification, school, "Education", education_segment="K12"
        )
        assert granted.vetting_created_date is None
        date = emulator.now.strftime("%m/%d/%Y: ")
        assert granted.extra["vettingCreateDate"].startswith(date)


def test_a_code_that_is_a_string_has_its_hint_all_the_same(either: Either) -> None:
    with Emulator(1, wire={"error_code": "string", "bom": False}) as emulator:
        client = either.client(emulator, app_only=True)
        with pytest.raises(ApiError) as caught:
            either.call(
                client.update_qualification,
                emulator.customer_ids[0],
                "Education",
                education_segment="K12",
            )
    assert caught.value.code == "900329"
    assert caught.value.hint is not None
