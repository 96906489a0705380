"""What is logged under `partnercenter_qual`."""

import logging
import subprocess
import sys

import pytest

from partnercenter_qual import Emulator, ServerError

from .either import TOKEN, Either
from .scripted import CUSTOMER_ID, Answer, Scripted

LOGGER = "partnercenter_qual"


class TestLines:
    def test_one_line_a_call_at_debug(
        self, either: Either, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, LOGGER)
        with Scripted([Answer([])]) as server:
            client = either.client(server)
            either.call(client.get_qualifications, CUSTOMER_ID)
            sent = server.requests[0].headers
        (record,) = caplog.records
        request_id, correlation_id = sent["ms-requestid"], sent["ms-correlationid"]
        start = f"GET /v1/customers/{CUSTOMER_ID}/qualifications: 200 in 0."
        end = f" s, attempt 1, request_id={request_id} correlation_id={correlation_id}"
        assert record.getMessage().startswith(start)
        assert record.getMessage().endswith(end)
        assert (record.name, record.levelno) == (LOGGER, logging.DEBUG)

    def test_fields_for_those_who_write_json(
        self, either: Either, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, LOGGER)
        with Scripted([Answer([])]) as server:
            either.call(either.client(server).get_qualifications, CUSTOMER_ID)
        fields = vars(caplog.records[0])
        assert fields["status_code"] == 200
        assert fields["attempt"] == 1
        assert fields["customer_id"] == CUSTOMER_ID
        assert 0 < fields["elapsed"] < 60

    def test_retries_and_pauses_at_info(
        self, either: Either, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, LOGGER)
        busy = Answer({"code": 3000, "description": "Busy"}, status=500)
        refusal = Answer(b"", status=429, headers={"Retry-After": "1"})
        with Scripted([busy, refusal, Answer([])]) as server:
            either.call(either.client(server).get_qualifications, CUSTOMER_ID)
        first, pause, second = (record.getMessage() for record in caplog.records)
        assert {record.levelno for record in caplog.records} == {logging.INFO}
        assert ": 500 (Busy), attempt 1; trying again in 0." in first
        assert ": 429 (Too Many Requests); all calls wait for 1.0 s, as the service asks" in pause
        assert ": 429 (Too Many Requests), attempt 2; trying again in 1.0 s" in second

    def test_a_failure_is_one_line_and_no_warning(
        self, either: Either, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, LOGGER)
        with Scripted([Answer(b"", status=500)]) as server:
            client = either.client(server, max_retries=0)
            with pytest.raises(ServerError):
                either.call(client.get_qualifications, CUSTOMER_ID)
        assert [record.levelno for record in caplog.records] == [logging.DEBUG]

    def test_nothing_above_info(self, either: Either, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING, LOGGER)
        with Scripted([Answer(b"", status=500), Answer([])]) as server:
            either.call(either.client(server).get_qualifications, CUSTOMER_ID)
        assert caplog.records == []

    def test_a_line_has_the_time_at_which_it_happened(
        self, either: Either, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, LOGGER)
        with Scripted([Answer(b"", status=500), Answer([], delay=0.3)]) as server:
            either.call(either.client(server).get_qualifications, CUSTOMER_ID)
        first, _, second = caplog.records
        assert second.created - first.created > 0.3

    def test_a_sweep_has_a_line_for_each_customer(
        self, either: Either, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, LOGGER)
        with Emulator(customers=20) as emulator:
            client = either.client(emulator)
            either.call(client.sweep(emulator.customer_ids).collect)
        assert len(caplog.records) == 20


class TestSecrecy:
    def test_no_token_is_logged(self, either: Either, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG, LOGGER)
        echo = Answer({"code": 1, "description": f"no: Bearer {TOKEN}"}, status=500)
        with Scripted([echo, Answer([])]) as server:
            either.call(either.client(server).get_qualifications, CUSTOMER_ID)
        said = "\n".join(record.getMessage() + repr(vars(record)) for record in caplog.records)
        assert "[redacted]" in said
        assert TOKEN not in said


class TestCost:
    def test_logging_is_not_imported_for_its_own_sake(self) -> None:
        code = """
import sys
from partnercenter_qual import Client, Emulator

with Emulator(customers=1) as emulator, emulator.client() as client:
    client.get_qualifications(emulator.customer_ids[0])
print("logging" in sys.modules, "opentelemetry" in sys.modules)
"""
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.strip() == "False False"
