"""The commands that read, as processes: `get`, `wait`, `customers`, `validation-codes`."""

import json
from typing import Any

import pytest

from partnercenter_qual import Emulator

from .commands import Pcq

NONSENSE = {"PARTNERCENTER_ACCESS_TOKEN": "nonsense"}
NOBODY = "00000000-0000-0000-0000-000000000001"


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def lines(text: str) -> list[str]:
    return text.splitlines()


class TestGet:
    def test_a_row_for_each_customer_in_the_order_given(self, pcq: Pcq, emulator: Emulator) -> None:
        first, second, *_ = emulator.customer_ids
        emulator.decide(second, "Education", "Approved")
        done = pcq.run("get", second, first.upper(), "--output", "jsonl")
        found = [(row["customer_id"], row["vetting_status"]) for row in rows(done.out)]
        assert found == [(second, "Approved"), (first, None)]
        assert (done.code, done.err) == (0, "")

    def test_a_customer_that_is_not_there_is_a_row_and_a_message_with_its_ids(
        self, pcq: Pcq, emulator: Emulator
    ) -> None:
        known = emulator.customer_ids[0]
        done = pcq.run("get", known, NOBODY, "-o", "jsonl")
        assert done.code == 1
        fine, failed = rows(done.out)
        assert (fine["error_code"], failed["error_status"]) == (None, 404)
        assert "pcq: error: 1 of 2 rows failed:" in done.err
        assert f"  {NOBODY}: HTTP 404" in done.err
        assert "check the customer's tenant id" in done.err
        assert f"MS-RequestId {failed['request_id']}" in done.err
        assert "see docs/errors.md#code-" in done.err

    def test_what_a_service_says_does_not_steer_the_terminal(
        self, pcq: Pcq, emulator: Emulator
    ) -> None:
        emulator.inject(400, body={"code": 1, "description": "\x1b[2Jbad\x07"}, times=None)
        done = pcq.run("get", emulator.customer_ids[0], "-o", "table")
        assert done.code == 1
        assert "bad" in done.err
        assert "\x1b" not in done.out + done.err
        assert "\x07" not in done.out + done.err

    @pytest.mark.parametrize("place", ["before", "after"])
    def test_more_is_said_of_each_call(self, pcq: Pcq, emulator: Emulator, place: str) -> None:
        emulator.inject(503, body={"code": 1, "description": "\x1b[2Jbusy"})
        command = ["get", emulator.customer_ids[0]]
        done = pcq.run(*(["-v", *command] if place == "before" else [*command, "-v"]))
        path = f"GET /v1/customers/{emulator.customer_ids[0]}/qualifications"
        assert done.code == 0
        assert f"{path}: 503 (\\x1b[2Jbusy) in 0." in done.err
        assert "trying again in" in done.err
        assert f"{path}: 200 in 0." in done.err

    def test_who_wants_to_hear_nothing_hears_nothing(self, pcq: Pcq, emulator: Emulator) -> None:
        assert pcq.run("get", emulator.customer_ids[0], "--verbose", "--quiet").err == ""

    def test_what_is_no_id_is_not_asked_for(self, pcq: Pcq, emulator: Emulator) -> None:
        done = pcq.run("get", "contoso")
        assert (done.code, done.out, emulator.journal) == (2, "", [])
        assert "'contoso' is no id: pass the customer's tenant id" in done.err

    def test_a_token_that_is_refused(self, pcq: Pcq, emulator: Emulator) -> None:
        done = pcq.run("get", *emulator.customer_ids[:2], **NONSENSE)
        assert done.code == 3
        assert "HTTP 401" in done.err
        assert "`pcq auth check` says what is wrong with this one" in done.err

    def test_a_service_that_wants_to_be_left_alone(self, pcq: Pcq, emulator: Emulator) -> None:
        emulator.inject(429, retry_after=900, times=None)
        done = pcq.run("get", emulator.customer_ids[0])
        assert done.code == 4
        assert "HTTP 429" in done.err
        assert "see docs/errors.md#ratelimiterror" in done.err

    def test_colours_and_a_fitting_table_on_a_terminal(self, pcq: Pcq, emulator: Emulator) -> None:
        customer = emulator.customer_ids[0]
        emulator.decide(customer, "Education", "Denied", "Not an Academic Domain")
        done = pcq.on_terminal("get", customer, columns=90)
        assert done.code == 0
        assert "\x1b[31mDenied" in done.out
        assert customer in done.out
        assert "not shown: company_name" in done.out
        plain = pcq.on_terminal("get", customer, columns=90, NO_COLOR="1")
        assert "\x1b[31m" not in plain.out
        assert "\x1b" not in plain.out
        assert max(len(line) for line in lines(plain.out)) <= 90
        narrow = pcq.on_terminal("get", customer, columns=64)
        assert customer in narrow.out
        assert "Denied" in narrow.out


class TestWait:
    def test_until_it_is_decided(self, pcq: Pcq, emulator: Emulator) -> None:
        customer = emulator.customer_ids[0]
        emulator.decide(customer, "Education", "Denied", "Not an Academic Domain")
        (row,) = rows(pcq.result("wait", customer, "--output", "jsonl"))
        assert row["vetting_reason"] == "Not an Academic Domain"

    def test_what_is_not_decided_in_time(self, pcq: Pcq, emulator: Emulator) -> None:
        customer = emulator.customer_ids[0]
        emulator.decide(customer, "Education", "InReview")
        done = pcq.run("wait", customer, "--timeout", "0s", "--fields", "vetting_status")
        assert (done.code, done.out) == (1, "vetting_status\nInReview\n")
        assert "still in review" in done.err

    def test_an_option_is_called_what_it_is_called_here(self, pcq: Pcq, emulator: Emulator) -> None:
        done = pcq.run("wait", emulator.customer_ids[0], "--interval", "0")
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith('pcq: error: --interval: "0.0" was refused')

    @pytest.mark.parametrize("time", ["soon", "-3", "5 weeks"])
    def test_a_time_that_is_none(self, pcq: Pcq, emulator: Emulator, time: str) -> None:
        done = pcq.run("wait", emulator.customer_ids[0], f"--timeout={time}")
        assert (done.code, done.out) == (2, "")
        assert "is no time: pass 90s, 30m, 12h or 7d" in done.err

    def test_an_outage_is_told_and_has_its_code(self, pcq: Pcq, emulator: Emulator) -> None:
        emulator.inject(503, path="/qualifications", times=None)
        done = pcq.run("wait", emulator.customer_ids[0], "--timeout=1s")
        assert (done.code, done.out) == (4, "")
        assert "503" in done.err


class TestLists:
    def test_customers(self, pcq: Pcq, emulator: Emulator) -> None:
        found = rows(pcq.result("customers", "-o", "jsonl"))
        assert [row["customer_id"] for row in found] == list(emulator.customer_ids)
        name = found[0]["company_name"]
        few = rows(pcq.result("customers", "--name-prefix", name, "-o", "jsonl"))
        assert {row["company_name"] for row in few} == {name}

    def test_validation_codes(self, pcq: Pcq, emulator: Emulator) -> None:
        with emulator.client() as client:
            codes = [code.validation_id for code in client.list_validation_codes()]
        told = pcq.result("validation-codes", "--fields", "validation_id")
        assert lines(told) == ["validation_id", *codes]
