"""What hooks are given: what happened to the requests of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    method: str
    """`"GET"` or `"POST"`."""

    path: str
    """The path of the request, without its query."""

    attempt: int
    """The number of the attempt in its call, from 1."""

    request_id: str
    """The `MS-RequestId`, the same for all attempts."""

    correlation_id: str
    """The `MS-CorrelationId`, the same for all attempts."""

    customer_id: str | None
    """The customer whom the call is about."""

    at: datetime
    """When it happened, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEvent(_Event):
    """A request was sent; given to `on_request`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseEvent(_Event):
    """A request was answered, or got lost; given to `on_response`."""

    status_code: int | None
    """The answer's; None when there was none."""

    elapsed: float
    """Seconds from the request to the end of its answer."""

    error: str | None
    """What went wrong, in the service's words or, where it did not answer, ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryEvent(_Event):
    """An attempt failed in a way that passes, so there is another one; given to `on_retry`.

    For a request that changes something, what became of it may be looked for first, and then it is
    only sent again if it did not arrive.
    """

    status_code: int | None
    """The answer's to the attempt that failed; None when there was none."""

    wait: float
    """Seconds until the next attempt; 0 where only the token was renewed."""

    error: str | None
    """What went wrong, in the service's words or, where it did not answer, ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleEvent(_Event):
    """The service asked for a pause, which all calls of the client keep; given to `on_throttle`.

    Of many requests that are refused for the same pause, the first one is told of.
    """

    status_code: int | None
    """The answer's that asked for it: 429, or 503 with `Retry-After`."""

    pause: float
    """Seconds that all calls wait."""

    error: str | None
    """Why, in the service's words."""
