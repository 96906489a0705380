"""What the programs of others make of an answer: objects with the fields that ours have.

Each of these is what its library is praised for: enums and aware dates are made as well, because
ours makes them. Nothing unknown is kept, and nothing but the documented spelling is understood,
which is less than ours does.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import GenericAlias
from typing import Any, TypeAlias


class Kind(Enum):
    """What a customer may be qualified as."""

    NONE = "None"
    EDUCATION = "Education"
    NONPROFIT = "Nonprofit"
    GOVERNMENT_COMMUNITY_CLOUD = "GovernmentCommunityCloud"
    STATE_OWNED_ENTITY = "StateOwnedEntity"


class Status(Enum):
    """How far vetting has come."""

    IN_REVIEW = "InReview"
    APPROVED = "Approved"
    DENIED = "Denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """One qualification of a customer."""

    qualification: Kind
    vetting_status: Status | None
    vetting_reason: str | None
    vetting_created_date: datetime | None


Decoder: TypeAlias = Callable[[bytes], list[Any]]
"""Makes objects of a body."""


def from_members(item: dict[str, Any]) -> Qualification:
    """Make a dataclass of what a JSON parser made."""
    status, created = item.get("vettingStatus"), item.get("vettingCreateDate")
    return Qualification(
        qualification=Kind(item["qualification"]),
        vetting_status=None if status is None else Status(status),
        vetting_reason=item.get("vettingReason"),
        vetting_created_date=None if created is None else datetime.fromisoformat(created),
    )


def plain(body: bytes) -> list[Qualification]:
    """Decode with the standard library."""
    return [from_members(item) for item in json.loads(body)]


def msgspec_decoder() -> Decoder:
    """Make a decoder with msgspec, into its own structs."""
    import msgspec  # noqa: PLC0415 - only where asked for

    fields = [
        ("qualification", Kind),
        ("vetting_status", Status | None, None),
        ("vetting_reason", str | None, None),
        ("vetting_create_date", datetime | None, None),
    ]
    struct = msgspec.defstruct("Qualification", fields, rename="camel", frozen=True)
    decode: Decoder = msgspec.json.Decoder(GenericAlias(list, struct)).decode
    return decode
