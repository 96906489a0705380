"""The rules of injected faults: which are listed, switched, removed, and which cannot be."""

import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from partnercenter_qual import Client, Emulator, InvalidArgumentError, ServerError
from partnercenter_qual.emulator import Fault


@pytest.fixture
def asked(emulator: Emulator) -> Callable[..., str]:
    """Ask some times, and tell by letters which requests failed."""

    def ask(client: Client) -> str:
        try:
            client.get_qualifications(emulator.customer_ids[0])
        except ServerError:
            return "x"
        return "."

    def asked(times: int) -> str:
        with emulator.client(max_retries=0) as client:
            return "".join(ask(client) for _ in range(times))

    return asked


Asked = Callable[[int], str]


def test_a_rule_is_told_with_what_became_of_it(emulator: Emulator, asked: Asked) -> None:
    assert emulator.faults == []
    first = emulator.inject(500, nth=2)
    second = emulator.inject(503, path="/QUALIFICATIONS", times=2)
    assert asked(4) == "xxx."
    assert emulator.faults == [
        Fault(id=first, enabled=True, matched=2, fired=1, rule={"status": 500, "nth": 2}),
        Fault(
            id=second,
            enabled=True,
            matched=3,
            fired=2,
            rule={"status": 503, "path": "/QUALIFICATIONS", "times": 2},
        ),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        {"status": 429, "retry_after": 2.5, "times": None, "probability": 0.5},
        {"code": 900_421, "method": "GET", "path": "/customers", "nth": 3},
        {
            "reset": True,
            "after_effect": True,
            "customer_id": "0f1d7a3e-9a55-4c6e-8f0f-2b7f4a1f9c11",
        },
        {"status": 307, "headers": {"Location": "https://elsewhere.example/"}, "cut": 0},
        {"body": b"\x00\xff", "size": 9, "slow_headers": 0.5, "slow_body": 0.25},
        {"body": "", "delay": 1.0, "retry_after": "Fri, 20 Nov 2026 00:00:00 GMT"},
        {"gzip_size": 10**12},
    ],
    ids=str,
)
def test_it_shows_the_arguments_it_was_given(emulator: Emulator, rule: dict[str, Any]) -> None:
    emulator.inject(**rule)
    (fault,) = emulator.faults
    assert fault.rule == rule
    emulator.inject(**fault.rule)
    assert emulator.faults[1].rule == rule


def test_a_body_of_json_is_shown_as_text(emulator: Emulator) -> None:
    body = [{"qualification": "Education"}]
    emulator.inject(body=body)
    assert json.loads(emulator.faults[0].rule["body"]) == body


def test_what_is_told_does_not_change(emulator: Emulator, asked: Asked) -> None:
    emulator.inject(500)
    (fault,) = emulator.faults
    assert asked(1) == "x"
    assert (fault.fired, emulator.faults[0].fired) == (0, 1)
    with pytest.raises(FrozenInstanceError):
        fault.fired = 1  # type: ignore[misc]


def test_a_rule_that_is_off_neither_fires_nor_counts(emulator: Emulator, asked: Asked) -> None:
    fault_id = emulator.inject(500, nth=2)
    emulator.switch_fault(fault_id, enabled=False)
    assert asked(3) == "..."
    assert (emulator.faults[0].enabled, emulator.faults[0].matched) == (False, 0)
    emulator.assert_faults_fired()
    emulator.switch_fault(fault_id, enabled=True)
    assert asked(3) == ".x."


def test_the_first_rule_that_fires_is_the_only_one(emulator: Emulator, asked: Asked) -> None:
    emulator.inject(delay=0.001, times=2)
    emulator.inject(500, times=2)
    assert asked(5) == "..xx."


def test_a_removed_rule_is_gone_and_its_id_with_it(emulator: Emulator, asked: Asked) -> None:
    first, second = emulator.inject(500, times=None), emulator.inject(500, nth=3)
    emulator.remove_fault(first)
    assert asked(1) == "."
    assert [fault.id for fault in emulator.faults] == [second]
    emulator.clear_faults()
    assert emulator.faults == []
    assert asked(3) == "..."
    assert emulator.inject(500) not in {first, second}


@pytest.mark.parametrize("fault_id", [2, 0, -1, 1 << 63, "1", 1.0, True, None])
def test_what_is_no_rule_is_refused(emulator: Emulator, fault_id: Any) -> None:  # noqa: ANN401 - anything
    emulator.inject(500)
    for lever, options in (
        (emulator.remove_fault, {}),
        (emulator.switch_fault, {"enabled": False}),
    ):
        with pytest.raises(InvalidArgumentError) as caught:
            lever(fault_id, **options)
        assert caught.value.field == "fault_id"
        assert caught.value.value == repr(fault_id)
        assert caught.value.cure
    with pytest.raises(InvalidArgumentError, match="enabled"):
        emulator.switch_fault(1, enabled=1)  # type: ignore[arg-type]
    assert [fault.enabled for fault in emulator.faults] == [True]


@pytest.mark.parametrize(
    ("fault", "field", "value", "cure"),
    [
        ({}, "status", "null", "say what happens"),
        ({"times": 5, "nth": 2}, "status", "null", "gzip_size"),
        ({"code": 1}, "code", "1", "900421"),
        ({"code": "900421"}, "code", "'900421'", "whole number"),
        ({"code": 900_421, "body": "x"}, "body", "x", "code or body"),
        ({"status": 204, "body": "x"}, "body", "x", "204 has no body"),
        ({"status": 304, "size": 9}, "size", "9", "304 has no body"),
        ({"body": float("nan")}, "body", "nan", "JSON"),
        ({"body": bytearray(b"x")}, "body", "bytearray(b'x')", "bytes"),
        ({"body": "\ud800"}, "body", r"'\ud800'", "surrogates"),
        ({"headers": [("a", "b")]}, "headers", "[('a', 'b')]", "dict"),
        ({"headers": {"a b": "c"}}, "headers.a b", "c", "header name"),
        ({"headers": {"a": "b\nc"}}, "headers.a", "b\nc", "header value"),
        ({"headers": {"a": 5}}, "headers.a", "5", "string"),
        ({"headers": {5: "a"}}, "headers", "5", "str"),
        ({"headers": {"A": "1", "a": "2"}}, "headers.a", "2", "once"),
        ({"headers": {"Content-Length": "1"}}, "headers.Content-Length", "1", "server"),
        ({"size": -1}, "size", "-1", "not negative"),
        ({"size": (1 << 30) + 1}, "size", "1073741825", "1 GiB"),
        ({"size": 1.5}, "size", "1.5", "whole number"),
        ({"gzip_size": (1 << 40) + 1}, "gzip_size", "1099511627777", "1 TiB"),
        ({"gzip_size": 5, "size": 5}, "size", "5", "gzip_size or size"),
        ({"gzip_size": 5, "cut": 2}, "cut", "2", "gzip_size or cut"),
        ({"slow_headers": -1}, "slow_headers", "-1", "not negative"),
        ({"slow_body": 86_401}, "slow_body", "86401", "a day"),
        ({"slow_body": "5"}, "slow_body", "'5'", "number"),
        ({"status": 500, "method": "G T"}, "method", "G T", "GET"),
        ({"status": 500, "customer_id": "me"}, "customer_id", "me", "GUID"),
    ],
    ids=str,
)
def test_a_rule_that_cannot_be_changes_nothing(
    emulator: Emulator, fault: dict[str, Any], field: str, value: str, cure: str
) -> None:
    emulator.inject(500)
    before = emulator.faults
    with pytest.raises(InvalidArgumentError) as caught:
        emulator.inject(**fault)
    assert caught.value.field == field
    assert value in caught.value.value
    assert cure in caught.value.cure
    assert emulator.faults == before
