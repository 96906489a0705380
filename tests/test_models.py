"""The values: open enumerations, dataclasses, and their way to JSON and back."""

import copy
import dataclasses
import gc
import json
import pickle
import time
import weakref
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnercenter_qual import (
    AuditRecord,
    Customer,
    CustomerResult,
    EducationSegment,
    PartnerCenterError,
    Progress,
    Qualification,
    QualificationRequest,
    QualificationType,
    ValidationCode,
    VettingStatus,
)

Json = Any  # what JSON can hold
OpenEnum = type[QualificationType] | type[VettingStatus] | type[EducationSegment]
ENUMS: list[OpenEnum] = [QualificationType, VettingStatus, EducationSegment]
VALUES = [Qualification, ValidationCode, Customer, QualificationRequest, AuditRecord]

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
APPROVED = Qualification(
    qualification=QualificationType.EDUCATION,
    vetting_status=VettingStatus.APPROVED,
    vetting_created_date=NOON,
    extra={"note": [1]},
)

# What a server may make up, and what it may send: no NaN, for JSON has none.
texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
# No known name, in any case, has a digit in it.
extras = st.dictionaries(texts.map("0".__add__), json_values, max_size=3)
dates = st.datetimes(timezones=st.just(UTC))
maybe_text = st.none() | texts
maybe_date = st.none() | dates
maybe_count = st.none() | st.integers()


def member_of(enum: OpenEnum) -> st.SearchStrategy[Any]:
    return st.sampled_from(list(enum)) | texts.map(enum)


def maker(cls: type[Any], **special: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Make values of a class: optional text for each field that is nothing special."""
    names = [field.name for field in dataclasses.fields(cls)]
    drawn = {name: special.get(name, maybe_text) for name in names}
    return st.builds(cls, **drawn)


values = st.one_of(
    maker(
        Qualification,
        qualification=member_of(QualificationType),
        vetting_status=st.none() | member_of(VettingStatus),
        vetting_created_date=maybe_date,
        extra=extras,
    ),
    maker(
        ValidationCode,
        validation_id=texts,
        max_creates=maybe_count,
        remaining_creates=maybe_count,
        extra=extras,
    ),
    maker(
        Customer,
        customer_id=texts,
        extra=extras
        | st.builds(dict, companyProfile=extras.filter(bool), companyprofile=json_values),
    ),
    maker(
        QualificationRequest,
        customer_id=texts,
        qualification=member_of(QualificationType),
        education_segment=st.none() | member_of(EducationSegment),
    ),
    maker(
        AuditRecord,
        operation_date=maybe_date,
        customized_data=st.dictionaries(texts, maybe_text, max_size=3),
        extra=extras,
    ),
)


# Open enumerations


@pytest.mark.parametrize("enum", ENUMS)
def test_every_documented_spelling_gives_the_member(enum: OpenEnum) -> None:
    for member in enum:
        spellings = {str(member), member.lower(), member.upper(), member.name, member.name.lower()}
        for spelling in spellings | {member.name.replace("_", " ").capitalize()}:
            assert enum(spelling) is member, spelling


def test_the_members_are_their_wire_strings() -> None:
    assert [list(enum) for enum in ENUMS] == [
        ["None", "Education", "Nonprofit", "GovernmentCommunityCloud", "StateOwnedEntity"],
        ["InReview", "Approved", "Denied"],
        ["K12", "HigherEducation"],
    ]
    for enum in ENUMS:
        for member in enum:
            assert member.is_known
            assert {member: 1} == {member.value: 1}
            assert json.dumps(member) == f'"{member}"' == f'"{member.value}"'
            assert f"{member:>30}" == member.value.rjust(30)


def test_the_integers_of_qualifications() -> None:
    integers: Json = range(-1, 6)
    expected = ["-1", *QualificationType, "5"]
    assert [QualificationType(integer) for integer in integers] == expected
    assert [QualificationType(integer).is_known for integer in integers] == [
        False,
        *[True] * 5,
        False,
    ]


@pytest.mark.parametrize("enum", ENUMS)
@pytest.mark.parametrize("value", [None, True, False, 1.0, b"Education", [], {}])
def test_what_is_neither_text_nor_integer_is_refused(enum: OpenEnum, value: Json) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        enum(value)


@pytest.mark.parametrize("enum", [VettingStatus, EducationSegment])
def test_only_qualifications_have_integers(enum: OpenEnum) -> None:
    with pytest.raises(ValueError, match="1 is not a valid"):
        enum(1)  # type: ignore[arg-type]


@given(st.sampled_from(ENUMS), texts.map("?".__add__))
def test_an_unknown_value_is_kept_as_it_came(enum: OpenEnum, text: str) -> None:
    unknown = enum(text)
    assert isinstance(unknown, enum)
    assert not unknown.is_known
    assert unknown == text == unknown.value == str(unknown) == f"{unknown}"
    assert hash(unknown) == hash(text)
    assert {unknown: 1} == {text: 1}
    assert json.loads(json.dumps(unknown)) == text
    assert repr(unknown) == f"<{enum.__name__} {text!r}>"
    assert unknown not in list(enum)
    assert unknown == enum(text) != enum(text + "?")


@given(st.sampled_from(ENUMS), texts)
def test_members_survive_pickle_and_copy(enum: OpenEnum, text: str) -> None:
    for member in [*enum, enum(text)]:
        for again in (pickle.loads(pickle.dumps(member)), copy.copy(member), copy.deepcopy(member)):  # noqa: S301 - our own pickle
            assert (again, type(again), again.is_known) == (member, enum, member.is_known)
            assert again is member or not member.is_known


def test_an_unknown_value_is_not_remembered() -> None:
    reference = weakref.ref(QualificationType("Foo"))
    gc.collect()
    assert reference() is None


# Dataclasses


@given(values)
def test_nothing_is_lost_on_the_way_to_json_and_back(value: Json) -> None:
    wire = json.loads(json.dumps(value.to_dict()))
    again = type(value).from_dict(wire)
    assert again == value
    assert hash(again) == hash(value)
    assert again.to_dict() == value.to_dict()


@given(values)
def test_values_survive_pickle_copy_and_asdict(value: Json) -> None:
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own pickle
    assert copy.deepcopy(value) == value
    assert type(value)(**dataclasses.asdict(value)) == value


@pytest.mark.parametrize("cls", [*VALUES, CustomerResult, Progress])
def test_values_are_frozen_slotted_and_keyword_only(cls: type[Any]) -> None:
    parameters = cls.__dataclass_params__
    assert parameters.frozen
    assert "__slots__" in vars(cls)
    assert all(field.kw_only for field in dataclasses.fields(cls))
    assert get_type_hints(cls).keys() == {field.name for field in dataclasses.fields(cls)}
    with pytest.raises(TypeError):
        cls("positional")


def test_a_value_does_not_change() -> None:
    assert not hasattr(APPROVED, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        APPROVED.vetting_reason = "no"  # type: ignore[misc]
    denied = dataclasses.replace(APPROVED, vetting_status=VettingStatus.DENIED)
    assert (denied.vetting_status, APPROVED.vetting_status) == ("Denied", "Approved")


def test_extra_counts_for_equality_but_not_for_the_hash() -> None:
    other = dataclasses.replace(APPROVED, extra={})
    assert other != APPROVED
    assert hash(other) == hash(APPROVED)
    assert hash(dataclasses.replace(APPROVED, vetting_reason="x")) != hash(APPROVED)


def test_values_match_and_show_their_members() -> None:
    match APPROVED:
        case Qualification(qualification="Education", vetting_status=VettingStatus.APPROVED):
            pass
        case _:
            pytest.fail("no match")
    assert "vetting_reason=None" in repr(APPROVED)
    assert repr(APPROVED).startswith("Qualification(qualification=<QualificationType.EDUCATION")


# Reading


def read(**members: Json) -> Qualification:
    return Qualification.from_dict({"qualification": "Education", **members})


@given(st.sampled_from([str.lower, str.upper, str.capitalize, str.swapcase]))
def test_names_match_in_any_case(spell: Callable[[str], str]) -> None:
    wire = dataclasses.replace(APPROVED, extra={}, vetting_reason="x").to_dict()
    assert {spell(name) for name in wire} != set(wire)
    again = Qualification.from_dict({spell(name): value for name, value in wire.items()})
    assert again.to_dict() == wire


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


@pytest.mark.parametrize("cls", VALUES)
def test_a_missing_member_is_named_with_its_cure(cls: type[Any]) -> None:
    required = {
        Qualification: "qualification",
        ValidationCode: "validationId",
        Customer: "id",
        QualificationRequest: "customerId",
    }
    if cls in required:
        with pytest.raises(ValueError, match=f"{cls.__name__}.* {required[cls]} is missing; pass"):
            cls.from_dict({})
    else:
        assert cls.from_dict({}) == cls()


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


# Results


def test_a_result_as_json() -> None:
    customer = Customer(customer_id="c", company_name="School")
    good = CustomerResult(
        customer_id="c",
        qualifications=(APPROVED,),
        request_id="r",
        observed_at=NOON,
        customer=customer,
    )
    assert json.loads(json.dumps(good.to_dict())) == {
        "customerId": "c",
        "qualifications": [APPROVED.to_dict()],
        "requestId": "r",
        "observedAt": "2026-02-11T12:00:00+00:00",
        "customer": {"id": "c", "companyProfile": {"companyName": "School"}},
    }
    bad = CustomerResult(customer_id="c", error=PartnerCenterError("no answer"), observed_at=NOON)
    assert bad.to_dict() == {
        "customerId": "c",
        "qualifications": [],
        "error": {"type": "PartnerCenterError", "message": "no answer"},
        "observedAt": "2026-02-11T12:00:00+00:00",
    }


def test_progress_starts_from_nothing() -> None:
    progress = Progress(done=0)
    assert dataclasses.astuple(progress) == (0, None, 0, 0.0, None)
