"""The values: what dataclasses promise, and that nothing is lost on the way to JSON and back."""

import copy
import dataclasses
import json
import pickle
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnercenter_qual import (
    ApplyResult,
    AuditRecord,
    Change,
    Customer,
    CustomerResult,
    EducationSegment,
    PartnerCenterError,
    Progress,
    Qualification,
    QualificationRequest,
    QualificationType,
    TransportError,
    ValidationCode,
    VettingStatus,
)

Value = Qualification | ValidationCode | Customer | QualificationRequest | Change | AuditRecord
VALUES = [Qualification, ValidationCode, Customer, QualificationRequest, Change, AuditRecord]
NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
APPROVED = Qualification(
    qualification=QualificationType.EDUCATION,
    vetting_status=VettingStatus.APPROVED,
    vetting_created_date=NOON,
    extra={"note": [1]},
)

# What a server may send; JSON has neither NaN nor infinity.
texts = st.text()
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
# No known name starts with a digit.
extras = st.dictionaries(texts.map("0".__add__), json_values, max_size=3)
dates = st.datetimes(timezones=st.just(UTC))
maybe_text = st.none() | texts
maybe_date = st.none() | dates
maybe_count = st.none() | st.integers()


def member_of(enum: type[StrEnum]) -> st.SearchStrategy[Any]:
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
        Change,
        customer_id=texts,
        qualification=member_of(QualificationType),
        old_status=st.none() | member_of(VettingStatus),
        new_status=st.none() | member_of(VettingStatus),
        observed_at=dates,
        is_gone=st.booleans(),
    ),
    maker(
        AuditRecord,
        operation_date=maybe_date,
        customized_data=st.dictionaries(texts, maybe_text, max_size=3),
        extra=extras,
    ),
)


@given(values)
def test_nothing_is_lost_on_the_way_to_json_and_back(value: Value) -> None:
    wire = json.loads(json.dumps(value.to_dict()))
    again = type(value).from_dict(wire)
    assert again == value
    assert hash(again) == hash(value)
    assert again.to_dict() == value.to_dict()


@given(values)
def test_values_survive_pickle_copy_and_asdict(value: Value) -> None:
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own pickle
    assert copy.deepcopy(value) == value
    assert type(value)(**dataclasses.asdict(value)) == value


@pytest.mark.parametrize("cls", [*VALUES, ApplyResult, CustomerResult, Progress])
def test_values_are_frozen_slotted_and_keyword_only(cls: type[Any]) -> None:
    parameters = cls.__dataclass_params__
    assert parameters.frozen
    assert "__slots__" in vars(cls)
    assert all(field.kw_only for field in dataclasses.fields(cls))
    assert get_type_hints(cls).keys() == {field.name for field in dataclasses.fields(cls)}
    with pytest.raises(TypeError):
        cls("positional")


def test_results_of_an_apply_go_to_json_and_back() -> None:
    result = ApplyResult(
        row=3,
        customer_id="c",
        qualification=QualificationType.EDUCATION,
        outcome="refused",
        answer=APPROVED,
        reason="why",
        request_id="r",
        correlation_id="k",
        attempts=2,
    )
    assert ApplyResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    failed = dataclasses.replace(result, error=TransportError("no answer"))
    again = ApplyResult.from_dict(failed.to_dict()).error
    assert type(again) is TransportError
    assert again.args == ("no answer",)


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
    assert repr(APPROVED).startswith(
        "Qualification(qualification=Education, vetting_status=Approved"
    )


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
    assert CustomerResult.from_dict(good.to_dict()) == good
    bad = CustomerResult(customer_id="c", error=TransportError("no answer"), observed_at=NOON)
    assert bad.to_dict() == {
        "customerId": "c",
        "qualifications": [],
        "error": {"type": "TransportError", "message": "no answer"},
        "observedAt": "2026-02-11T12:00:00+00:00",
    }
    again = CustomerResult.from_dict(bad.to_dict())
    assert isinstance(again.error, TransportError)
    assert again.error.args == ("no answer",)
    foreign = bad.to_dict() | {"error": {"type": "SystemExit", "message": "no answer"}}
    assert type(CustomerResult.from_dict(foreign).error) is PartnerCenterError


def test_progress_starts_from_nothing() -> None:
    progress = Progress(done=0)
    assert dataclasses.astuple(progress) == (0, None, 0, 0.0, None)
