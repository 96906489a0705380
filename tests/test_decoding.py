"""The two readers of one wire form, that of the extension and `from_dict`, against each other."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from partnercenter_qual import (
    AuditRecord,
    Client,
    Customer,
    DecodeError,
    Qualification,
    ValidationCode,
)

from .either import TOKEN
from .scripted import CUSTOMER_ID, Answer, Scripted

JsonObject = dict[str, Any]


class Service:
    """A client, and a server that answers it whatever `body` is at the moment."""

    def __init__(self) -> None:
        self.body: object = []
        self._server = Scripted(lambda _: Answer(self.body)).__enter__()
        self.client = Client(TOKEN, base_url=self._server.url, max_retries=0)

    def close(self) -> None:
        self.client.close()
        self._server.__exit__()

    def qualifications(self, item: JsonObject) -> list[Qualification]:
        self.body = [item]
        return self.client.get_qualifications(CUSTOMER_ID)

    def validation_codes(self, item: JsonObject) -> list[ValidationCode]:
        self.body = [item]
        return self.client.list_validation_codes()

    def customer(self, item: JsonObject) -> list[Customer]:
        self.body = item
        return [self.client.get_customer(CUSTOMER_ID)]

    def audit_records(self, item: JsonObject) -> list[AuditRecord]:
        self.body = {"items": [item]}
        return [*self.client.list_audit_records("2026-11-20")]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


def outcome(read: Callable[[JsonObject], Any], item: JsonObject) -> object:
    """Give what a reader makes of an object, or that it refuses it."""
    try:
        return read(item)
    except (DecodeError, ValueError):
        return "refused"


numbers = (
    st.integers(-(2**63), 2**63 - 1)
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
)
leaves = st.none() | st.booleans() | numbers | st.text(max_size=8)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)
spellings = st.sampled_from(
    ["Education", "state_owned_entity", "NONE", "In review", "Denied", "approved", "HealthCare", ""]
)
dates = st.builds(
    "{}{}{}{}".format,
    st.dates().map(str) | st.sampled_from(["07/09/2020:", "2020-13-01", "20200101", "2020-1-1"]),
    st.sampled_from(["T", " ", "", "t", "  "]),
    st.times().map(str)
    | st.sampled_from(["09:15", "24:00:00", "23:59:60", "9:15", "09:15:00.1234567"]),
    st.sampled_from(["", "Z", "z", "+00:00", "+0530", "-08:00", "+14", "+24:00", "-00:60", " UTC"]),
)
pairs = st.lists(
    st.dictionaries(st.sampled_from(["key", "Key", "value", "VALUE"]), leaves, max_size=3),
    max_size=3,
)


def objects(*names: str, **members: st.SearchStrategy[Any]) -> st.SearchStrategy[JsonObject]:
    """Draw objects with members of these names in any case, others beside them, and odd values.

    `members` draws the values of some of them as they are likely to be.
    """
    respelt = {
        form(name): name for name in names for form in (str, str.lower, str.upper, str.title)
    }

    def member(key: str) -> st.SearchStrategy[tuple[str, Any]]:
        likely = members.get(respelt.get(key, key), st.text(max_size=8))
        return st.tuples(st.just(key), likely | anything)

    keys = st.sampled_from(sorted(respelt)) | st.text(max_size=4)
    return st.lists(keys.flatmap(member), max_size=8).map(dict)


@given(
    item=objects(
        "qualification",
        "vettingStatus",
        "vettingReason",
        "vettingCreateDate",
        "vettingCreatedDate",
        qualification=spellings | st.integers(-1, 6),
        vettingStatus=spellings,
        vettingCreateDate=dates,
        vettingCreatedDate=dates,
    ),
    qualification=spellings | st.integers(-1, 6),
)
def test_qualifications(service: Service, item: JsonObject, qualification: object) -> None:
    item = {"qualification": qualification} | item

    def from_dict(item: JsonObject) -> list[Qualification]:
        value = Qualification.from_dict(item)
        return [] if value.qualification == "None" else [value]

    assert outcome(service.qualifications, item) == outcome(from_dict, item)


@given(
    item=objects(
        "validationId",
        "partnerId",
        "organizationName",
        "maxCreates",
        "remainingCreates",
        "eTag",
        validationId=st.integers(-1, 2**64 - 1),
        maxCreates=st.integers(-1, 5),
    ),
    validation_id=st.text() | numbers,
)
@example(item={}, validation_id=1e-05)
def test_validation_codes(service: Service, item: JsonObject, validation_id: object) -> None:
    item = {"validationId": validation_id} | item
    expected = outcome(lambda item: [ValidationCode.from_dict(item)], item)
    assert outcome(service.validation_codes, item) == expected


@given(
    item=objects("id", "relationshipToPartner", "companyProfile", "commerceId"),
    profile=objects("tenantId", "companyName", "domain", "email"),
)
@example(item={"id": 5}, profile={"TenantId": "t"})
@example(item={"id": None, "CompanyProfile": {"tenantId": "u"}}, profile={"tenantId": "t"})
def test_customers(service: Service, item: JsonObject, profile: JsonObject) -> None:
    item = {"companyProfile": profile} | item
    expected = outcome(lambda item: [Customer.from_dict(item)], item)
    assert outcome(service.customer, item) == expected


@given(
    item=objects(
        "id",
        "customerId",
        "resourceNewValue",
        "operationType",
        "operationDate",
        "customizedData",
        operationDate=dates,
        customizedData=pairs,
    )
)
@example(item={"CustomizedData": [{"key": None, "Key": "a", "value": None}]})
def test_audit_records(service: Service, item: JsonObject) -> None:
    expected = outcome(lambda item: [AuditRecord.from_dict(item)], item)
    assert outcome(service.audit_records, item) == expected


NUMBERS = """
    18446744073709551616, -9223372036854775809, 123456789012345678901234567890, 1e999, -1e999,
    1e-999, 0.1000000000000000055511151231257827, 1E5, -0, -0.0, 1.0
"""


@pytest.mark.parametrize("comment", ["", "// UTC\n"])
def test_numbers_are_kept_as_they_come(service: Service, comment: str) -> None:
    text = f'{{"qualification": "Education", "odd": [{{"n": [{NUMBERS}]}}]}}'
    service.body = f"{comment}[{text}]"
    (value,) = service.client.get_qualifications(CUSTOMER_ID)
    assert value == Qualification.from_dict(json.loads(text))
    found = value.extra["odd"][0]["n"]
    assert found[:4] == [2**64, -(2**63) - 1, 123456789012345678901234567890, float("inf")]
    assert repr(found) == repr(json.loads(f"[{NUMBERS}]"))


@given(item=st.dictionaries(st.text(max_size=4), anything, max_size=4))
def test_the_relaxed_reader_reads_what_the_strict_one_does(
    service: Service, item: JsonObject
) -> None:
    item |= {"qualification": "Education"}
    strict = service.qualifications(item)
    # No string of JSON goes over the end of a line, so each can bear a comment.
    lines = json.dumps([item], indent=1, ensure_ascii=False).split("\n")
    service.body = "".join(f"{line} // UTC\n" for line in lines)
    assert service.client.get_qualifications(CUSTOMER_ID) == strict
