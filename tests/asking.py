"""Rows for `apply`, and what an emulator and a ledger have of them."""

from collections import Counter
from collections.abc import Iterable
from os import PathLike
from typing import Any

from partnercenter_qual import ApplyResult, Emulator, Ledger, QualificationType

Row = dict[str, Any]


def education(customer_id: str) -> Row:
    return {
        "customer_id": customer_id,
        "qualification": "Education",
        "education_segment": "K12",
    }


def owned(customer_id: str) -> Row:
    return {"customer_id": customer_id, "qualification": "StateOwnedEntity"}


def government(customer_id: str, code: object) -> Row:
    return {
        "customer_id": customer_id,
        "qualification": "GovernmentCommunityCloud",
        "validation_code": code,
    }


def outcomes(results: Iterable[ApplyResult]) -> dict[int, str]:
    """Give what came of each row, by its number."""
    return {result.row: result.outcome for result in results}


def states(ledger: str | PathLike[str]) -> dict[str, int]:
    """Count the requests of a ledger by their states."""
    with Ledger(ledger) as opened:
        return dict(Counter(str(row["state"]) for row in opened.submissions()))


def posts(emulator: Emulator) -> int:
    """Count the requests for qualifications that the emulator has seen."""
    return len(emulator.find_requests(method="POST", path="/qualifications"))


def held(emulator: Emulator) -> Counter[tuple[str, QualificationType]]:
    """Count how often each request took effect."""
    return Counter((effect.customer_id, effect.qualification) for effect in emulator.effects)
