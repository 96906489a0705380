"""What the core tells of the requests of a call, event by event."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Told(NamedTuple):
    """What happened to a request, or to its call."""

    kind: str
    """`"request"`, `"response"`, `"retry"`, `"throttle"` or, of the call, `"end"`."""

    method: str
    path: str
    request_id: str
    correlation_id: str
    customer_id: str | None
    attempt: int

    at: int
    """When it happened, in microseconds since 1970, UTC."""

    seconds: float
    """How long it took, or how long it is waited for what comes next."""

    status: int | None
    error: str | None


ToldTuple: TypeAlias = (
    "tuple[str, str, str, str, str, str | None, int, int, float, int | None, str | None]"
)
"""What `Told` is made of, as the core gives it."""
