"""The sample bodies of `data/` against the values, where they are strict JSON.

The others need the reader of the extension: the client's tests read them all.
"""

import json
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import (
    AuditRecord,
    Customer,
    Qualification,
    QualificationRequest,
    QualificationType,
    ValidationCode,
)

Json = Any  # what JSON can hold
Sample = dict[str, Json]
Value = Qualification | ValidationCode | Customer | AuditRecord | QualificationRequest

DATA = Path(__file__).parent / "data"
SAMPLES: list[Sample] = json.loads((DATA / "samples.json").read_text(encoding="utf-8"))
CUSTOMER_ID = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
TYPE_OF_KIND: dict[str, type[Value]] = {
    "qualifications": Qualification,
    "qualification": Qualification,
    "validation_codes": ValidationCode,
    "customers": Customer,
    "customer": Customer,
    "audit_records": AuditRecord,
}
ODD_NAMES = {"vetting_created_date": "vettingCreateDate", "etag": "eTag"}


def strict(*kinds: str) -> pytest.MarkDecorator:
    """Run a test with each sample of these kinds that is strict JSON."""
    chosen = [sample for sample in SAMPLES if sample["kind"] in kinds and "relaxed" not in sample]
    return pytest.mark.parametrize("sample", chosen, ids=lambda sample: sample["name"])


def body(sample: Sample) -> Json:
    return json.loads((DATA / sample["file"]).read_bytes().decode("utf-8-sig"))


def items(answer: Json) -> list[Json]:
    """Give what is in a bare array, in a wrapper, or the one object itself."""
    if isinstance(answer, list):
        return answer
    wrappers = ("qualifications", "items", "Items")
    return next((answer[name] for name in wrappers if name in answer), [answer])


def values(sample: Sample) -> list[Value]:
    return [TYPE_OF_KIND[sample["kind"]].from_dict(item) for item in items(body(sample))]


def plain(value: Value) -> dict[str, Any]:
    """Give a value as the index of the samples writes it."""
    members = {wire_name(field.name): getattr(value, field.name) for field in fields(value)}
    members = {name: member for name, member in members.items() if member not in (None, {})}
    for name, member in members.items():
        if isinstance(member, datetime):
            members[name] = member.isoformat()
    return members


def wire_name(field: str) -> str:
    first, *others = field.split("_")
    return ODD_NAMES.get(field, first + "".join(map(str.capitalize, others)))


def test_the_index_lists_every_sample_once() -> None:
    about = {".gitattributes", "README.md", "samples.json"}
    files = {path.relative_to(DATA).as_posix() for path in DATA.rglob("*") if path.is_file()}
    assert sorted(sample["file"] for sample in SAMPLES) == sorted(files - about)
    assert len({sample["name"] for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_only_relaxed_samples_and_texts_are_no_strict_json(sample: Sample) -> None:
    if "relaxed" in sample or not sample["file"].endswith(".json"):
        with pytest.raises(ValueError, match=r"Expecting|Unterminated|codec"):
            body(sample)
    else:
        body(sample)


@strict("qualifications")
def test_qualifications(sample: Sample) -> None:
    found = [plain(value) for value in values(sample)]
    assert [item for item in found if item["qualification"] != "None"] == sample["expect"]


@strict("qualification")
def test_the_answer_to_a_request(sample: Sample) -> None:
    (value,) = values(sample)
    assert plain(value) == sample["expect"]


@strict("request")
def test_requests(sample: Sample) -> None:
    request = QualificationRequest.from_dict({"customerId": CUSTOMER_ID, **body(sample)})
    assert plain(request) == {"customerId": CUSTOMER_ID, **sample["expect"]}


@strict("qualification_type")
def test_the_answer_of_the_retired_call(sample: Sample) -> None:
    value = QualificationType(body(sample))
    assert value.is_known
    assert value == sample["expect"]


@strict("validation_codes")
def test_validation_codes(sample: Sample) -> None:
    assert [plain(value) for value in values(sample)] == sample["expect"]


@strict("customer")
def test_a_customer(sample: Sample) -> None:
    (value,) = values(sample)
    assert plain(value) == sample["expect"]


@strict("customers", "audit_records")
def test_pages(sample: Sample) -> None:
    assert [plain(value) for value in values(sample)] == sample["expect"]["items"]


@strict(*TYPE_OF_KIND)
def test_nothing_is_lost_on_the_way_to_json_and_back(sample: Sample) -> None:
    for value in values(sample):
        assert type(value).from_dict(json.loads(json.dumps(value.to_dict()))) == value


@pytest.mark.parametrize("kind", ["no", "null", "boolean", "fraction"])
def test_an_item_without_a_usable_qualification_is_refused(kind: str) -> None:
    (item,) = json.loads((DATA / f"undecodable/{kind}-qualification.json").read_text())
    with pytest.raises(ValueError, match=r"qualification is (missing|True|1\.5); pass"):
        Qualification.from_dict(item)
