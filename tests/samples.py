"""The sample bodies of `data/` and what they decode to; its README says what each kind is."""

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
    ValidationCode,
)

Json = Any  # what JSON can hold
Sample = dict[str, Json]
Value = Qualification | ValidationCode | Customer | AuditRecord | QualificationRequest

DATA = Path(__file__).parent / "data"
SAMPLES: list[Sample] = json.loads((DATA / "samples.json").read_text(encoding="utf-8"))

TYPE_OF_KIND: dict[str, type[Value]] = {
    "qualifications": Qualification,
    "qualification": Qualification,
    "validation_codes": ValidationCode,
    "customers": Customer,
    "customer": Customer,
    "audit_records": AuditRecord,
}
ODD_NAMES = {"vetting_created_date": "vettingCreateDate", "etag": "eTag"}


def samples(*kinds: str, strict: bool = False) -> pytest.MarkDecorator:
    """Run a test with each sample of these kinds, or with those only that are strict JSON."""
    chosen = [sample for sample in SAMPLES if sample["kind"] in kinds]
    if strict:
        chosen = [sample for sample in chosen if "relaxed" not in sample]
    return pytest.mark.parametrize("sample", chosen, ids=lambda sample: sample["name"])


def raw(sample: Sample) -> bytes:
    """Give a sample's body as it is on the wire."""
    return Path(DATA, sample["file"]).read_bytes()


def body(sample: Sample) -> Json:
    """Give what is in a sample that is strict JSON."""
    return json.loads(raw(sample).decode("utf-8-sig"))


def items(answer: Json) -> list[Json]:
    """Give what is in a bare array, in a wrapper, or the one object itself."""
    if isinstance(answer, list):
        return answer
    wrappers = ("qualifications", "items", "Items")
    return next((answer[name] for name in wrappers if name in answer), [answer])


def values(sample: Sample) -> list[Value]:
    """Give the values in a sample that is strict JSON."""
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
