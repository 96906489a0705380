"""OpenTelemetry spans, as its SDK exports them."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from partnercenter_qual import AsyncClient, Client, Emulator, NotFoundError

from .either import TOKEN, Either
from .scripted import CUSTOMER_ID, Answer, Scripted
from .waiting import until

READ = "GET /v1/customers/{customer_id}/qualifications"
ASK = "POST /v1/customers/{customer_id}/qualifications"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Export spans of this test; a provider can be set once only, so it is put in by hand."""
    provider, exporter = TracerProvider(shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


def named(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.name == name]


def trace_of(traceparent: str) -> tuple[str, str]:
    _, trace_id, span_id, _ = traceparent.split("-")
    return trace_id, span_id


def parents(calls: list[ReadableSpan]) -> set[int | None]:
    return {span.parent.span_id if span.parent else None for span in calls}


def ids(span: ReadableSpan) -> tuple[str, str]:
    context = span.get_span_context()
    assert context is not None
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"


class TestOneCall:
    def test_one_span_with_the_names_of_the_conventions(
        self, either: Either, spans: InMemorySpanExporter
    ) -> None:
        with Scripted([Answer([])]) as server:
            either.call(either.client(server).get_qualifications, CUSTOMER_ID)
            sent = server.requests[0].headers
            port = server.server_address[1]
        (span,) = spans.get_finished_spans()
        assert (span.name, span.kind) == (READ, SpanKind.CLIENT)
        assert span.status.status_code is StatusCode.UNSET
        assert dict(span.attributes or {}) == {
            "http.request.method": "GET",
            "http.response.status_code": 200,
            "url.template": "/v1/customers/{customer_id}/qualifications",
            "url.full": f"http://127.0.0.1:{port}/v1/customers/{CUSTOMER_ID}/qualifications",
            "server.address": "127.0.0.1",
            "server.port": port,
            "partnercenter.customer_id": CUSTOMER_ID,
            "partnercenter.request_id": sent["ms-requestid"],
            "partnercenter.correlation_id": sent["ms-correlationid"],
        }

    def test_its_id_is_sent_out_with_each_attempt(
        self, either: Either, spans: InMemorySpanExporter
    ) -> None:
        with Scripted([Answer(b"", status=500), Answer([])]) as server:
            client = either.client(server)
            either.call(client.get_qualifications, CUSTOMER_ID)
            sent = [request.headers["traceparent"] for request in server.requests]
        (span,) = spans.get_finished_spans()
        assert [trace_of(header) for header in sent] == [ids(span)] * 2

    async def test_one_that_is_cancelled_has_its_ids(self, spans: InMemorySpanExporter) -> None:
        with Scripted([Answer([], delay=30)]) as server:
            async with AsyncClient(TOKEN, base_url=server.url) as client:
                call = asyncio.ensure_future(client.get_qualifications(CUSTOMER_ID))
                await asyncio.to_thread(until, lambda: bool(server.requests))
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
        (span,) = spans.get_finished_spans()
        attributes = span.attributes or {}
        sent = server.requests[0].headers
        assert attributes["partnercenter.request_id"] == sent["ms-requestid"]
        assert attributes["error.type"] == "asyncio.exceptions.CancelledError"
        assert [event.name for event in span.events] == ["attempt", "exception"]

    def test_its_attempts_are_its_events(self, either: Either, spans: InMemorySpanExporter) -> None:
        busy = Answer({"code": 3000, "description": "Busy"}, status=503)
        with Scripted([busy, Answer([])]) as server:
            either.call(either.client(server).get_qualifications, CUSTOMER_ID)
        (span,) = spans.get_finished_spans()
        assert [event.name for event in span.events] == ["attempt", "retry", "attempt"]
        statuses = [(event.attributes or {})["http.response.status_code"] for event in span.events]
        assert statuses == [503, 503, 200]
        assert (span.attributes or {})["http.request.resend_count"] == 1
        assert (span.start_time or 0) <= span.events[0].timestamp <= (span.end_time or 0)

    def test_it_is_a_child_of_the_callers(self, spans: InMemorySpanExporter) -> None:
        job = trace.get_tracer("of the caller").start_as_current_span("the job")
        with Scripted([Answer([])]) as server, Client(TOKEN, base_url=server.url) as client, job:
            client.get_qualifications(CUSTOMER_ID)
        span, parent = spans.get_finished_spans()
        assert span.parent == parent.get_span_context()

    async def test_it_is_a_child_of_the_tasks(self, spans: InMemorySpanExporter) -> None:
        async def job(client: AsyncClient, name: str) -> None:
            with trace.get_tracer("of the caller").start_as_current_span(name):
                await client.get_qualifications(CUSTOMER_ID)

        with Scripted([Answer([])]) as server:
            async with AsyncClient(TOKEN, base_url=server.url) as client:
                await asyncio.gather(job(client, "one"), job(client, "other"))
        (one,), (other,), calls = named(spans, "one"), named(spans, "other"), named(spans, READ)
        assert parents(calls) == {int(ids(job)[1], 16) for job in (one, other)}

    def test_an_error_is_told(self, either: Either, spans: InMemorySpanExporter) -> None:
        with Scripted([Answer(b"", status=404)]) as server:
            client = either.client(server)
            with pytest.raises(NotFoundError):
                either.call(client.get_customer, CUSTOMER_ID)
        (span,) = spans.get_finished_spans()
        assert span.status.status_code is StatusCode.ERROR
        assert (span.attributes or {})["error.type"] == "404"
        assert [event.name for event in span.events] == ["attempt", "exception"]

    def test_what_was_never_sent(self, either: Either, spans: InMemorySpanExporter) -> None:
        client = either.client("http://127.0.0.1:9", max_retries=0)
        with pytest.raises(Exception, match=r"127\.0\.0\.1:9"):
            either.call(client.get_customer, CUSTOMER_ID)
        (span,) = spans.get_finished_spans()
        assert (span.attributes or {})["error.type"] == "partnercenter_qual.TransportError"

    def test_the_look_for_a_lost_request_is_a_span_below_it(
        self, either: Either, spans: InMemorySpanExporter
    ) -> None:
        with Emulator(customers=1, vetting="manual", mix={}) as emulator:
            emulator.inject(reset=True, method="POST", after_effect=True)
            client = either.client(emulator)
            (customer_id,) = emulator.customer_ids
            either.call(
                client.update_qualification, customer_id, "Education", education_segment="K12"
            )
        (asked,), (looked,) = named(spans, ASK), named(spans, READ)
        assert looked.parent == asked.get_span_context()

    def test_no_token_is_in_a_span(self, either: Either, spans: InMemorySpanExporter) -> None:
        echo = Answer({"code": 1, "description": f"no: Bearer {TOKEN}"}, status=404)
        with Scripted([echo]) as server:
            client = either.client(server)
            with pytest.raises(NotFoundError):
                either.call(client.get_qualifications, CUSTOMER_ID)
        (span,) = spans.get_finished_spans()
        assert "[redacted]" in span.to_json()
        assert TOKEN not in span.to_json()


class TestOperationsOfManyRequests:
    def test_each_page_has_a_span(self, either: Either, spans: InMemorySpanExporter) -> None:
        with Emulator(customers=5) as emulator:
            either.list(either.client(emulator).list_customers(page_size=2))
        assert [span.name for span in spans.get_finished_spans()] == ["GET /v1/customers"] * 3

    @pytest.mark.parametrize("as_table", [False, True])
    def test_a_sweep_has_one_and_each_call_below_it(
        self, either: Either, spans: InMemorySpanExporter, *, as_table: bool
    ) -> None:
        with Scripted([Answer(b"", status=500), Answer([])]) as server:
            customers = [CUSTOMER_ID.replace("0c", f"{number:02x}") for number in range(1, 31)]
            sweep = either.client(server).sweep(customers)
            _ = either.call(sweep.collect) if as_table else either.list(sweep)
            sent = {trace_of(request.headers["traceparent"]) for request in server.requests}
        (operation,) = named(spans, "sweep")
        calls = named(spans, READ)
        assert len(calls) == 30
        assert parents(calls) == {int(ids(operation)[1], 16)}
        assert sent == {ids(operation)}
        resent = [(span.attributes or {}).get("http.request.resend_count") for span in calls]
        assert sorted(resent, key=str) == [1, *[None] * 29]
        for span in calls:
            assert (operation.start_time or 0) <= (span.start_time or 0) <= (span.end_time or 0)

    def test_a_customer_that_fails_is_a_span_that_failed(
        self, either: Either, spans: InMemorySpanExporter
    ) -> None:
        with Scripted([Answer(b"", status=404)]) as server:
            either.list(either.client(server).sweep([CUSTOMER_ID]))
        (operation,), (call,) = named(spans, "sweep"), named(spans, READ)
        assert operation.status.status_code is StatusCode.UNSET
        assert call.status.status_code is StatusCode.ERROR
        assert (call.attributes or {})["error.type"] == "404"

    def test_apply(self, either: Either, spans: InMemorySpanExporter, tmp_path: Path) -> None:
        with Emulator(customers=3, mix={}, vetting="manual") as emulator:
            rows = [
                {"customer_id": each, "qualification": "Education", "education_segment": "K12"}
                for each in emulator.customer_ids
            ]
            either.list(either.client(emulator).apply(rows, ledger=tmp_path / "a.db"))
        (operation,) = named(spans, "apply")
        calls = named(spans, READ) + named(spans, ASK)
        assert len(calls) == 6
        assert parents(calls) == {int(ids(operation)[1], 16)}

    def test_a_sweep_that_is_dropped_has_its_span(
        self, either: Either, spans: InMemorySpanExporter
    ) -> None:
        with Emulator(customers=300) as emulator:
            either.list(either.client(emulator).sweep(), 1)
            (operation,) = named(spans, "sweep")
            assert parents(named(spans, READ)) == {int(ids(operation)[1], 16)}
            assert len(named(spans, READ)) + 1 >= len(emulator.journal)

    def test_a_request_that_was_lost_and_found_did_not_fail(
        self, either: Either, spans: InMemorySpanExporter, tmp_path: Path
    ) -> None:
        with Emulator(customers=1, mix={}, vetting="manual") as emulator:
            emulator.inject(reset=True, method="POST", after_effect=True)
            row = {
                "customer_id": emulator.customer_ids[0],
                "qualification": "Education",
                "education_segment": "K12",
            }
            either.list(either.client(emulator).apply([row], ledger=tmp_path / "a.db"))
        (asked,) = named(spans, ASK)
        assert asked.status.status_code is StatusCode.UNSET
        assert "error.type" not in (asked.attributes or {})

    def test_a_sweep_that_is_closed_has_its_span(
        self, either: Either, spans: InMemorySpanExporter
    ) -> None:
        with Emulator(customers=300) as emulator:
            sweep = either.client(emulator).sweep()
            either.list(sweep, 1)
            sweep.close()
        assert len(named(spans, "sweep")) == 1


class TestWithoutIt:
    def test_the_api_alone_makes_no_spans_and_passes_a_trace_on(self) -> None:
        code = """
import sys
from opentelemetry import context, trace
from tests.scripted import CUSTOMER_ID, Answer, Scripted
from partnercenter_qual import Client

assert "opentelemetry.sdk" not in sys.modules
parent = trace.SpanContext(1, 2, is_remote=True, trace_flags=trace.TraceFlags(1))
with Scripted([Answer([])]) as server, Client("t", base_url=server.url) as client:
    client.get_qualifications(CUSTOMER_ID)
    with trace.use_span(trace.NonRecordingSpan(parent)):
        client.get_qualifications(CUSTOMER_ID)
    print(*(request.headers.get("traceparent") for request in server.requests))
"""
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.split() == ["None", f"00-{1:032x}-{2:016x}-01"]
