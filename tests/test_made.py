"""Values that the core makes cannot be told from those that their constructors make."""

import copy
import gc
import pickle
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from partnercenter_qual import (
    AuditRecord,
    Client,
    Customer,
    CustomerResult,
    DecodeError,
    Qualification,
    QualificationType,
    ValidationCode,
    VettingStatus,
    _core,
)

from .either import TOKEN
from .scripted import CUSTOMER_ID, Answer, Request, Scripted

CREATED = "2026-01-05T10:11:12.1234567+02:00"
ITEM = {"qualification": "Education", "vettingStatus": "Denied", "vettingReason": "a \u00e9 b"}
CODE = {"validationId": "c", "maxCreates": 3, "remainingCreates": 2, "new": {"a": [1]}}
CUSTOMER = {"id": CUSTOMER_ID, "companyProfile": {"companyName": "Contoso", "domain": "c.example"}}
RECORD = {"id": "r", "operationDate": CREATED, "customizedData": [{"key": "k", "value": [1]}]}


def answer(request: Request) -> Answer:
    if request.path.endswith("/qualifications"):
        return Answer([ITEM | {"vettingCreateDate": CREATED}])
    if request.path.endswith("/validations"):
        return Answer([CODE])
    return Answer({"items": [RECORD if "auditrecords" in request.path else CUSTOMER]})


@pytest.fixture(scope="module")
def made() -> Iterator[dict[type, Any]]:
    with Scripted(answer) as server, Client(TOKEN, base_url=server.url) as client:
        values: list[object] = [
            *client.get_qualifications(CUSTOMER_ID),
            *client.list_validation_codes(),
            *client.list_customers(),
            *client.list_audit_records("2026-11-20"),
            *client.sweep(),
        ]
        yield {type(value): value for value in values}


KINDS = [Qualification, ValidationCode, Customer, AuditRecord, CustomerResult]


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_as_its_constructor_makes_it(made: dict[type, Any], kind: type[Any]) -> None:
    value = made[kind]
    members = {field.name: getattr(value, field.name) for field in fields(kind)}
    constructed = kind(**members)
    assert type(value) is kind
    assert value == constructed
    assert repr(value) == repr(constructed)
    assert hash(value) == hash(constructed)
    assert gc.is_tracked(value) == gc.is_tracked(constructed)
    assert not hasattr(value, "__dict__")
    assert kind.from_dict(value.to_dict()) == value


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_can_be_copied_but_not_changed(made: dict[type, Any], kind: type[Any]) -> None:
    value = made[kind]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value  # noqa: S301 - our own
    assert copy.copy(value) == copy.deepcopy(value) == replace(value) == value
    first = fields(kind)[0].name
    assert getattr(replace(value, **{first: "other"}), first) == "other"
    with pytest.raises(FrozenInstanceError):
        setattr(value, first, "other")
    with pytest.raises(FrozenInstanceError):
        delattr(value, first)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_class_is_left_out(kind: type[Any]) -> None:
    # The core fills the slots itself.
    assert {*kind.__slots__} == {field.name for field in fields(kind)}
    assert not hasattr(kind, "__post_init__")
    assert all("__new__" not in vars(base) for base in kind.__mro__[:-1])


def test_every_value_has_extras_of_its_own() -> None:
    (first,), (second,) = _core.decode_qualifications([b'[{"qualification":"Education"}]'] * 2)
    assert type(first.extra) is type(second.extra) is dict
    assert first.extra == second.extra == {}
    assert first.extra is not second.extra


def test_enumerations_and_dates_are_the_usual_ones(made: dict[type, Any]) -> None:
    value = made[Qualification]
    assert value.qualification is QualificationType.EDUCATION
    assert value.vetting_status is VettingStatus.DENIED
    assert value.vetting_created_date == datetime(2026, 1, 5, 8, 11, 12, 123456, UTC)
    assert value.vetting_created_date.tzinfo is UTC
    assert type(value.vetting_created_date) is datetime


def test_an_unknown_member_is_made_anew() -> None:
    body = b'[{"qualification":"Flying","vettingStatus":"In Flight"}]'
    (first,), (second,) = _core.decode_qualifications([body] * 2)
    assert type(first.qualification) is QualificationType
    assert not first.qualification.is_known
    assert first == second
    assert first.vetting_status == "In Flight"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999999", datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2026-01-05 10:11", datetime(2026, 1, 5, 10, 11, tzinfo=UTC)),
        ("2026-01-05T10:11:12.000001-0800", datetime(2026, 1, 5, 18, 11, 12, 1, UTC)),
    ],
)
def test_every_date_comes_to_the_microsecond(text: str, expected: datetime) -> None:
    body = f'[{{"qualification":"Education","vettingCreateDate":"{text}"}}]'
    ((value,),) = _core.decode_qualifications([body.encode()])
    assert value.vetting_created_date == expected


def test_a_body_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(DecodeError, match="expected an array"):
        _core.decode_qualifications([b"[]", b"3"])
    with pytest.raises(TypeError):
        _core.decode_qualifications(["[]"])  # type: ignore[list-item]
