"""OpenTelemetry spans: one for each call, with what happened to its attempts."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer, TracerProvider

    from ._told import Told

# The call that an operation of one request makes, as spans are called.
_CALLS: Final = {
    "check_credentials": ("GET", "/v1/customers"),
    "get_customer": ("GET", "/v1/customers/{customer_id}"),
    "get_qualifications": ("GET", "/v1/customers/{customer_id}/qualifications"),
    "list_audit_records": ("GET", "/v1/auditrecords"),
    "list_customers": ("GET", "/v1/customers"),
    "list_validation_codes": ("GET", "/v1/customers/all/validations"),
    "update_qualification": ("POST", "/v1/customers/{customer_id}/qualifications"),
}

# What a span tells of as its events.
_EVENTS: Final = {"response": "attempt", "retry": "retry", "throttle": "throttle"}

_FIRST_ERROR: Final = 400  # the first status that is one


class Trace:
    """The spans of an operation.

    An operation of one request has one span, of kind CLIENT. One of many has a span of its own, and
    below that such a span for each call, which is made when the call has ended: its requests carry
    the id of the operation's.
    """

    departures = False

    def __init__(self, operation: str, base_url: str) -> None:
        from opentelemetry import trace  # noqa: PLC0415 - loaded by who wants spans

        self._api = trace
        self._operation = operation
        self._base_url = base_url
        self._tracer = _tracer(trace.get_tracer_provider())
        self._span: Span | None = None
        self._request_id: str | None = None
        self._is_call = False
        self._calls: dict[str, list[Told]] = {}
        self.answers = True

    @classmethod
    def if_wanted(cls, operation: str, base_url: str) -> Self | None:
        """Make one if OpenTelemetry is in use: it makes spans, or a trace is to be passed on.

        Both take its API's being imported, which others do without any use for it.
        """
        trace = sys.modules.get("opentelemetry.trace")
        if trace is None:
            return None
        makes_spans = not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
        is_in_trace = trace.get_current_span().get_span_context().is_valid
        return cls(operation, base_url) if makes_spans or is_in_trace else None

    def begin_call(self) -> list[tuple[str, str]]:
        """Begin a span for the one call of the operation. Gives what its requests are to carry."""
        method, template = _CALLS[self._operation]
        self._is_call, self._request_id = True, None
        kind = self._api.SpanKind.CLIENT
        attributes = {"http.request.method": method, "url.template": template, **self._server()}
        self._span = self._tracer.start_span(
            f"{method} {template}", kind=kind, attributes=attributes
        )
        return self._headers(self._span)

    def begin_operation(self) -> list[tuple[str, str]]:
        """Begin a span for an operation of many calls."""
        self._span = self._tracer.start_span(self._operation)
        return self._headers(self._span)

    def tell(self, told: Told) -> None:
        """Note what happened to a call: on its span, or until it has ended."""
        if self._span is None or not self._span.is_recording():
            return
        if self._is_call and self._request_id in (None, told.request_id):
            self._request_id = told.request_id
            self._note(self._span, told)
        else:
            events = self._calls.setdefault(told.request_id, [])
            events.append(told)
            if told.kind == "end":
                self._add(self._span, self._calls.pop(told.request_id))

    def end(self, error: BaseException | None) -> None:
        """End the span."""
        span, self._span = self._span, None
        if span is None:
            return
        if error is not None and span.is_recording():
            span.set_attribute("error.type", _error_type(error))
            span.record_exception(error)
            span.set_status(self._api.Status(self._api.StatusCode.ERROR, str(error)))
        span.end()

    def _add(self, operation: Span, events: list[Told]) -> None:
        """Make the span of a call that has ended."""
        end = events[-1]
        of = end.customer_id
        template = end.path.replace(of, "{customer_id}") if of else end.path
        span = self._tracer.start_span(
            f"{end.method} {template}",
            context=self._api.set_span_in_context(operation),
            kind=self._api.SpanKind.CLIENT,
            attributes={
                "http.request.method": end.method,
                "url.template": template,
                **self._server(),
            },
            start_time=end.at * 1000 - round(end.seconds * 1e9),
        )
        for told in events:
            self._note(span, told)
        if (failed := _error_of(end)) is not None:
            span.set_attribute("error.type", failed)
            span.set_status(self._api.Status(self._api.StatusCode.ERROR, end.error))
        span.end(end.at * 1000)

    def _note(self, span: Span, told: Told) -> None:
        if told.kind not in _EVENTS:
            return
        answer: dict[str, Any] = {}
        if told.attempt > 1:
            answer["http.request.resend_count"] = told.attempt - 1
        if told.status is not None:
            answer["http.response.status_code"] = told.status
        if told.kind == "response":
            ids = {"request_id": told.request_id, "correlation_id": told.correlation_id}
            if told.customer_id:
                ids["customer_id"] = told.customer_id
            span.set_attributes({f"partnercenter.{name}": value for name, value in ids.items()})
            span.set_attributes({"url.full": f"{self._base_url}{told.path}", **answer})
        answer["partnercenter.seconds"] = told.seconds
        if told.error:
            answer["error.message"] = told.error
        span.add_event(_EVENTS[told.kind], answer, timestamp=told.at * 1000)

    def _server(self) -> dict[str, Any]:
        parts = urlsplit(self._base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return {"server.address": parts.hostname or "", "server.port": port}

    def _headers(self, span: Span) -> list[tuple[str, str]]:
        """Give `traceparent` and `tracestate`; baggage is the caller's own business."""
        from opentelemetry.trace.propagation import (  # noqa: PLC0415 - loaded by who wants spans
            tracecontext,
        )

        carrier: dict[str, str] = {}
        propagator = tracecontext.TraceContextTextMapPropagator()
        propagator.inject(carrier, self._api.set_span_in_context(span))
        return [*carrier.items()]


def _error_of(end: Told) -> str | None:
    """Say how a call failed, if it did."""
    if end.error is None:
        return None
    status = end.status
    return str(status) if status is not None and status >= _FIRST_ERROR else "_OTHER"


def _error_type(error: BaseException) -> str:
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return str(status)
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}"


@lru_cache(maxsize=4)
def _tracer(provider: TracerProvider) -> Tracer:
    # Asking takes a lock of the provider's, which a fork may find taken.
    return provider.get_tracer("partnercenter_qual", _version())


def _version() -> str | None:
    from importlib.metadata import (  # noqa: PLC0415 - for who needs it
        PackageNotFoundError,
        version,
    )

    try:
        return version("partnercenter_qual")
    except PackageNotFoundError:
        return None
