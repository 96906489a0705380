"""What an emulator saw, and what to think of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ._enums import QualificationType


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A request as it arrived.

    Attributes:
        method: the HTTP method.
        path: the path with the query.
        customer_id: the customer in the path; None where there is no readable one.
        status: the status answered; None where the connection was reset instead.
        request_id: `MS-RequestId`, sent or made up.
        correlation_id: `MS-CorrelationId`, sent or made up.
        at: when it arrived: virtual time, UTC.
        early: whether it came before a Retry-After announced to the partner had ended. Another
            request than the one that was told to wait has a grace of 50 ms: it may have been under
            way when that was announced.
    """

    method: str
    path: str
    customer_id: str | None
    status: int | None
    request_id: str
    correlation_id: str
    at: datetime
    early: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A request for a qualification that took effect.

    Attributes:
        customer_id: the customer.
        qualification: what was asked for.
        request_id: `MS-RequestId` of the request.
        at: when it took effect: virtual time, UTC.
    """

    customer_id: str
    qualification: QualificationType
    request_id: str
    at: datetime


def repeated(effects: Iterable[Effect]) -> list[str]:
    """Describe each qualification that a customer was given more than once."""
    requests: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for effect in effects:
        requests[effect.customer_id, effect.qualification].append(effect.request_id)
    return [
        f"{qualification} of customer {customer_id}: {len(ids)} times, "
        f"MS-RequestId {', '.join(ids)}"
        for (customer_id, qualification), ids in requests.items()
        if len(ids) > 1
    ]


def early(journal: Iterable[JournalEntry]) -> list[str]:
    """Describe each request that came before a Retry-After had ended."""
    return [
        f"{entry.method} {entry.path} at {entry.at.isoformat()}, MS-RequestId {entry.request_id}"
        for entry in journal
        if entry.early
    ]
