"""Faults that are injected into the emulator: whom they befall, and how they look."""

from typing import Any
from uuid import UUID

import pytest

from partnercenter_qual import (
    ConflictError,
    Emulator,
    InvalidArgumentError,
    RateLimitError,
    ServerError,
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", 199),
        ("status", "500"),
        ("method", 1),
        ("path", b"/v1"),
        ("customer_id", ""),
        ("nth", 0),
        ("times", -1),
        ("probability", 1.5),
        ("probability", None),
        ("after_effect", 1),
        ("retry_after", -1),
        ("retry_after", "a\r\nb"),
        ("delay", float("inf")),
        ("reset", None),
        ("cut", -1),
        ("body", object()),
    ],
)
def test_a_fault_that_cannot_be_is_refused_by_name(
    emulator: Emulator, field: str, value: object
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        emulator.inject(**{field: value})  # type: ignore[arg-type]
    assert caught.value.field == field
    assert caught.value.cure


def test_faults_befall_the_requests_they_are_for(emulator: Emulator) -> None:
    one, other, *_ = emulator.customer_ids
    emulator.inject(500, method="get", path="QUALIFICATIONS", customer_id=UUID(one), nth=2)
    emulator.inject(409, method="POST", times=None, body={"code": 7, "description": "so"})
    with emulator.client(max_retries=0) as client:
        client.get_qualifications(other)
        client.get_qualifications(one)
        with pytest.raises(ServerError):
            client.get_qualifications(one)
        client.get_qualifications(one)
        for _ in range(2):
            with pytest.raises(ConflictError) as caught:
                client.update_qualification(one, "StateOwnedEntity")
            assert caught.value.code == "7"
    assert emulator.effects == []


@pytest.mark.parametrize(("body", "sent"), [("busy", "busy"), (b"\xff", "\ufffd"), ([], "[]")])
def test_a_body_is_sent_as_it_is(emulator: Emulator, body: object, sent: str) -> None:
    emulator.inject(418, body=body)  # type: ignore[arg-type]
    with emulator.client(max_retries=0) as client, pytest.raises(Exception, match="418") as caught:
        client.get_qualifications(emulator.customer_ids[0])
    assert caught.value.body == sent  # type: ignore[attr-defined]


@pytest.mark.parametrize(("retry_after", "seconds"), [(2, 2), (1.5, 2), ("3", 3), (None, 1)])
def test_a_wait_is_announced(
    emulator: Emulator, retry_after: float | str | None, seconds: float
) -> None:
    emulator.inject(429, retry_after=retry_after)
    with emulator.client(max_retries=0) as client, pytest.raises(RateLimitError) as caught:
        client.get_qualifications(emulator.customer_ids[0])
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("fault", [{"reset": True, "after_effect": True}, {"cut": 9}])
def test_a_lost_answer_took_effect(emulator: Emulator, fault: dict[str, Any]) -> None:
    customer_id = emulator.customer_ids[0]
    emulator.inject(method="POST", **fault)
    with emulator.client() as client:  # which looks, and finds its request there
        client.update_qualification(customer_id, "StateOwnedEntity")
    (effect,) = emulator.effects
    assert (effect.customer_id, effect.qualification) == (customer_id, "StateOwnedEntity")
    assert effect.request_id == emulator.journal[0].request_id
    statuses = [(entry.method, entry.status) for entry in emulator.journal]
    assert statuses == [("POST", None if "reset" in fault else 201), ("GET", 200)]
