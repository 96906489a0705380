"""How members are read: names in any case, odd values kept, dates without guessing."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnercenter_qual import (
    AuditRecord,
    Customer,
    Qualification,
    QualificationRequest,
    QualificationType,
    ValidationCode,
)

Json = Any  # what JSON can hold
NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)


def read(**members: Json) -> Qualification:
    return Qualification.from_dict({"qualification": "Education", **members})


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.capitalize, str.swapcase])
def test_names_match_in_any_case(spell: Callable[[str], str]) -> None:
    wire = {
        "qualification": "Education",
        "vettingStatus": "Denied",
        "vettingReason": "Not an Academic Domain",
        "vettingCreateDate": "2026-02-11T12:00:00+00:00",
    }
    found = Qualification.from_dict({spell(name): value for name, value in wire.items()})
    assert (found.to_dict(), found.extra) == (wire, {})


def test_the_exact_name_wins_and_the_other_is_kept() -> None:
    found = read(VettingReason="other", vettingReason="exact", VETTINGREASON="third")
    assert found.vetting_reason == "exact"
    assert found.extra == {"VettingReason": "other", "VETTINGREASON": "third"}
    found = read(VettingReason="second", VETTINGREASON="first")  # in the order of their letters
    assert found.vetting_reason == "first"
    assert found.extra == {"VettingReason": "second"}


def test_a_validation_code_is_written_as_it_was_read() -> None:
    wire = {"validationId": "1", "partnerId": "p", "organizationName": "o", "eTag": "e"}
    counts = {"maxCreates": 5, "remainingCreates": 0}
    code = ValidationCode.from_dict({**wire, **counts})
    assert (code.max_creates, code.remaining_creates, code.etag) == (5, 0, "e")
    assert code.to_dict() == {**wire, **counts}
    odd = {"maxCreates": True, "remainingCreates": 4.5}
    code = ValidationCode.from_dict({**wire, **odd})
    assert (code.max_creates, code.remaining_creates, code.extra) == (None, None, odd)


def test_null_is_absent() -> None:
    found = read(vettingStatus=None, vettingReason=None, vettingCreateDate=None)
    assert found == Qualification(qualification=QualificationType.EDUCATION)
    assert found.to_dict() == {"qualification": "Education"}


def test_either_name_of_the_date_the_one_of_the_answers_first() -> None:
    create, created = "2026-02-11T12:00:00Z", "2020-01-01T00:00:00Z"
    for members in (
        {"vettingCreatedDate": created, "vettingCreateDate": create},
        {"vettingCreatedDate": create},
    ):
        found = read(**members)
        assert (found.vetting_created_date, found.extra) == (NOON, {})
        assert found.to_dict()["vettingCreateDate"] == "2026-02-11T12:00:00+00:00"
    found = read(vettingCreatedDate=create, vettingCreateDate="soon")
    assert (found.vetting_created_date, found.extra) == (NOON, {"vettingCreateDate": "soon"})


@pytest.mark.parametrize("member", ["vettingStatus", "VettingReason", "vettingCreatedDate"])
@pytest.mark.parametrize("value", [5, True, [], {"a": 1}, 1.5])
def test_a_value_of_an_odd_type_is_kept(member: str, value: Json) -> None:
    found = read(**{member: value})
    assert found.extra == {member: value}
    assert found.to_dict() == {"qualification": "Education", member: value}


@given(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - the zone follows
    st.integers(-1439, 1439),
    st.text("0123456789", max_size=9),
    st.sampled_from("T "),
)
def test_a_date_of_any_zone_and_precision_reads_as_utc(
    local: datetime, minutes: int, digits: str, separator: str
) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)), microsecond=0)
    fraction = digits and f".{digits}"
    stamp = moment.isoformat(separator)
    for text in (
        stamp[:19] + fraction + stamp[19:],
        stamp[:19] + fraction + stamp[19:22] + stamp[23:],
    ):
        found = read(vettingCreateDate=text).vetting_created_date
        assert found is not None
        assert found.tzinfo is UTC
        assert found == moment + timedelta(microseconds=int(digits[:6].ljust(6, "0")))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2020-12-03T10:37:38.885Z", "2020-12-03T10:37:38.885000+00:00"),
        ("2021-05-06T19:59:56.6832021+00:00", "2021-05-06T19:59:56.683202+00:00"),
        ("2021-05-06T19:59:56.9999999", "2021-05-06T19:59:56.999999+00:00"),
        ("2026-02-11 09:15", "2026-02-11T09:15:00+00:00"),
        ("2026-02-11T09:15:00+0530", "2026-02-11T03:45:00+00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"),
    ],
)
def test_dates_that_are_read(text: str, utc: str) -> None:
    found = read(vettingCreateDate=text)
    assert found.vetting_created_date == datetime.fromisoformat(utc)
    assert found.to_dict()["vettingCreateDate"] == utc


def test_a_date_without_zone_is_utc_wherever_the_reader_is(monkeypatch: pytest.MonkeyPatch) -> None:
    set_zone = getattr(time, "tzset", lambda: None)  # Windows has none
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Kathmandu")
        set_zone()
        found = read(vettingCreateDate="2026-02-11T12:00")
    set_zone()
    assert found.vetting_created_date == NOON


@pytest.mark.parametrize(
    "text",
    [
        "",
        "07/09/2020: 00:00:00",
        "2020-12-04",
        "20201204T205424Z",
        "2020-W49-5T20:54:24Z",
        "2020-13-04T00:00:00Z",
        "2020-12-04T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
        "2020-12-04T20:54:24 UTC",
        "2020-12-04T20:54:24+1:000",
        "2020-12-04T20:54:24+25:00",
        "2020-12-04T20:54:24+12:60",
        "2020-12-04T20:54:24.Z",
        "2020-12-04T20:54:24Z\n",
        "٢٠٢٠-12-04T20:54:24Z",  # digits, but not ours
        "2020-12-04T20:54:24.1234567٢Z",
    ],
)
def test_dates_that_are_kept_as_they_came(text: str) -> None:
    found = read(vettingCreateDate=text)
    assert (found.vetting_created_date, found.extra) == (None, {"vettingCreateDate": text})


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (Qualification, "qualification"),
        (ValidationCode, "validationId"),
        (Customer, "id"),
        (QualificationRequest, "customerId"),
    ],
)
def test_a_missing_member_is_named_with_its_cure(cls: type[Any], name: str) -> None:
    with pytest.raises(ValueError, match=f"{cls.__name__} cannot be read: {name} is missing; pass"):
        cls.from_dict({})


def test_an_audit_record_needs_no_member() -> None:
    assert AuditRecord.from_dict({}) == AuditRecord()


def test_an_unusable_value_is_shown_but_not_all_of_it() -> None:
    with pytest.raises(ValueError, match=r"qualification is \['xxx.*xxx'\]; pass a name") as caught:
        Qualification.from_dict({"Qualification": ["x" * 9999]})
    assert len(str(caught.value)) < 200


def test_a_request_keeps_nothing_it_does_not_know() -> None:
    wire = {"customerId": "c", "qualification": "education", "validationCode": 12345}
    request = QualificationRequest.from_dict(wire)
    assert request.qualification is QualificationType.EDUCATION
    assert request.validation_code == "12345"
    for wrong in ({"websit": "school.example"}, {"educationSegment": 5}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*it takes customerId, qual"):
            QualificationRequest.from_dict({**wire, **wrong})


def test_a_customer_is_taken_out_of_its_profile_and_put_back() -> None:
    profile = {"tenantId": "t", "companyName": "School", "domain": "school.example", "email": "x"}
    wire = {"id": "i", "companyProfile": profile, "links": {}}
    customer = Customer.from_dict(wire)
    assert (customer.customer_id, customer.company_name, customer.domain) == (
        "i",
        "School",
        "school.example",
    )
    assert customer.extra == {"companyProfile": {"tenantId": "t", "email": "x"}, "links": {}}
    assert customer.to_dict() == wire
    assert profile.keys() >= {"companyName", "domain"}  # what was read is not changed


def test_the_tenant_id_of_the_profile_stands_in_for_the_id() -> None:
    customer = Customer.from_dict({"CompanyProfile": {"TenantId": "t"}})
    assert customer == Customer(customer_id="t")
    odd = Customer.from_dict({"id": "i", "companyProfile": "none"})
    assert odd.extra == {"companyProfile": "none"}


def test_customized_data_is_a_mapping() -> None:
    pairs = [{"Key": "a", "Value": "b"}, {"key": "c", "value": None}]
    record = AuditRecord.from_dict({"customizedData": pairs})
    assert record.customized_data == {"a": "b", "c": None}
    assert record.to_dict() == {
        "customizedData": [{"key": "a", "value": "b"}, {"key": "c", "value": None}]
    }


@pytest.mark.parametrize("odd", [{}, "x", [5], [{"key": 5, "value": ""}], [{"key": "a"}]])
def test_customized_data_that_is_no_list_of_pairs_is_kept(odd: Json) -> None:
    found = AuditRecord.from_dict({"customizedData": odd})
    assert (found.customized_data, found.extra) == ({}, {"customizedData": odd})
