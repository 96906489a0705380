"""A request for a qualification whose answer got lost is looked for before it is sent again."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from partnercenter_qual import (
    AsyncClient,
    BadRequestError,
    Client,
    ConflictError,
    DecodeError,
    Emulator,
    PartnerCenterError,
    PermissionDeniedError,
    Qualification,
    QualificationType,
    ServerError,
    TransportError,
    VettingStatus,
)

from .either import Either

FATE = "whether the request took effect is unknown"

LOST: dict[str, dict[str, Any]] = {
    "reset": {"reset": True},
    **{str(status): {"status": status} for status in (408, 500, 502, 503, 504)},
}

# The request takes effect, and its answer comes in no form that can be read.
BROKEN: dict[str, dict[str, Any]] = {
    "cut to nothing": {"cut": 0},
    "cut in the middle": {"cut": 40},
    "empty": {"body": ""},
    "no JSON": {"body": "<p>Welcome to the hotel</p>"},
    "another thing": {"body": "17"},
}


@pytest.fixture
def service() -> Iterator[Emulator]:
    """An emulator that does not save a careless client by recognising what it sends twice."""
    with Emulator(customers=len(LOST), seed=11, vetting="manual", dedupe=False) as service:
        yield service


def lose(service: Emulator, *, after_effect: bool = False, **fault: Any) -> None:  # noqa: ANN401 - as `inject`
    service.inject(method="POST", after_effect=after_effect, **fault)


def ask(client: Client, customer_id: str) -> Qualification:
    return client.update_qualification(customer_id, "Education", education_segment="K12")


async def ask_async(client: AsyncClient, customer_id: str) -> Qualification:
    return await client.update_qualification(customer_id, "Education", education_segment="K12")


def exchanges(service: Emulator) -> list[tuple[str, int | None]]:
    return [(entry.method, entry.status) for entry in service.journal]


async def after(
    service: Emulator, faults: dict[str, dict[str, Any]], *, after_effect: bool = False
) -> dict[str, list[tuple[str, int | None]]]:
    """Lose one request to each fault, and give by the fault's name what was sent for it."""
    names = dict(zip(service.customer_ids, faults, strict=False))
    for customer_id, name in names.items():
        lose(service, customer_id=customer_id, after_effect=after_effect, **faults[name])
    async with service.async_client() as client:
        asked = await asyncio.gather(*(ask_async(client, customer_id) for customer_id in names))
    assert [item.vetting_status for item in asked] == [VettingStatus.IN_REVIEW] * len(faults)
    assert Counter(e.customer_id for e in service.effects) == dict.fromkeys(names, 1)
    sent = defaultdict[str, list[tuple[str, int | None]]](list)
    for entry in service.journal:
        sent[names[str(entry.customer_id)]].append((entry.method, entry.status))
    return sent


async def test_what_took_effect_is_found_and_not_sent_again(service: Emulator) -> None:
    assert await after(service, LOST, after_effect=True) == {
        name: [("POST", fault.get("status")), ("GET", 200)] for name, fault in LOST.items()
    }


async def test_what_took_no_effect_is_sent_again_after_a_look(service: Emulator) -> None:
    assert await after(service, LOST) == {
        name: [("POST", fault.get("status")), ("GET", 200), ("POST", 201)]
        for name, fault in LOST.items()
    }


async def test_a_broken_answer_is_looked_up(service: Emulator) -> None:
    expected = [("POST", 201), ("GET", 200)]
    assert await after(service, BROKEN) == dict.fromkeys(BROKEN, expected)


def test_an_answer_that_comes_too_late_is_looked_up(either: Either, service: Emulator) -> None:
    lose(service, delay=10)
    client = either.client(service, timeout=1.0)
    asked = either.call(
        client.update_qualification, service.customer_ids[0], "education", education_segment="K12"
    )
    assert asked.qualification == QualificationType.EDUCATION
    assert [method for method, _ in exchanges(service)].count("POST") == 1
    assert len(service.effects) == 1


def test_both_clients_look_before_they_send_again(either: Either, service: Emulator) -> None:
    client = either.client(service)
    for customer_id, after_effect in zip(service.customer_ids, (True, False), strict=False):
        lose(service, after_effect=after_effect, reset=True)
        asked = either.call(client.update_qualification, customer_id, "StateOwnedEntity")
        assert asked.qualification == QualificationType.STATE_OWNED_ENTITY
        assert asked.vetting_status is None
    methods = [method for method, _ in exchanges(service)]
    assert methods == ["POST", "GET", "POST", "GET", "POST"]
    service.assert_each_posted_once()
    assert len(service.effects) == 2


def test_all_that_is_sent_for_one_request_is_told_apart_and_held_together(
    service: Emulator,
) -> None:
    lose(service, reset=True)
    request_id = uuid4()
    with service.client() as client:
        client.update_qualification(
            service.customer_ids[0], "StateOwnedEntity", request_id=request_id
        )
    first, look, second = service.journal
    assert first.request_id == second.request_id == str(request_id) != look.request_id
    assert first.correlation_id == look.correlation_id == second.correlation_id


def test_another_qualification_is_not_taken_for_the_one_asked_for(service: Emulator) -> None:
    customer_id = service.customer_ids[0]
    service.decide(customer_id, "StateOwnedEntity", "Approved")
    lose(service, reset=True)
    with service.client() as client:
        asked = ask(client, customer_id)
    assert asked.qualification == QualificationType.EDUCATION
    assert [method for method, _ in exchanges(service)] == ["POST", "GET", "POST"]


def test_an_earlier_denial_is_not_taken_for_the_answer(service: Emulator) -> None:
    customer_id = service.customer_ids[0]
    service.decide(customer_id, "Education", "Denied", "Not an Academic Domain")
    lose(service, reset=True)
    with service.client() as client:
        asked = ask(client, customer_id)
    assert asked.vetting_status == VettingStatus.IN_REVIEW
    assert [method for method, _ in exchanges(service)] == ["POST", "GET", "POST"]
    assert len(service.effects) == 1


def denied(**more: str) -> list[dict[str, str]]:
    return [{"qualification": "Education", "vettingStatus": "Denied", **more}]


def test_a_denial_since_then_is_the_answer(service: Emulator) -> None:
    lose(service, reset=True, after_effect=True)
    soon = (service.now + timedelta(seconds=1)).isoformat()
    service.inject(method="GET", body=denied(vettingCreateDate=soon))
    with service.client() as client:
        asked = ask(client, service.customer_ids[0])
    assert asked.vetting_status == VettingStatus.DENIED
    assert [method for method, _ in exchanges(service)] == ["POST", "GET"]


def test_a_denial_of_no_date_is_not(service: Emulator) -> None:
    lose(service, reset=True)
    service.inject(method="GET", body=denied())
    with service.client() as client:
        asked = ask(client, service.customer_ids[0])
    assert asked.vetting_status == VettingStatus.IN_REVIEW
    assert [method for method, _ in exchanges(service)] == ["POST", "GET", "POST"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [({"reset": True}, TransportError), ({"status": 504}, ServerError), ({"cut": 9}, DecodeError)],
    ids=["reset", "504", "cut"],
)
def test_without_a_look_nothing_is_sent_again(
    service: Emulator, fault: dict[str, Any], kind: type[PartnerCenterError]
) -> None:
    lose(service, **fault)
    service.inject(403, method="GET", times=None)
    with service.client() as client, pytest.raises(kind) as raised:
        ask(client, service.customer_ids[0])
    assert [method for method, _ in exchanges(service)] == ["POST", "GET"]
    assert raised.value.attempts == 1
    assert FATE in str(raised.value)


def test_the_look_has_retries_of_its_own(service: Emulator) -> None:
    lose(service, reset=True, after_effect=True)
    service.inject(503, method="GET")
    with service.client(max_retries=1) as client:
        ask(client, service.customer_ids[0])
    assert exchanges(service) == [("POST", None), ("GET", 503), ("GET", 200)]
    assert len(service.effects) == 1


@pytest.mark.parametrize("status", [401, 429])
def test_a_refusal_before_effect_needs_no_look(
    either: Either, service: Emulator, status: int
) -> None:
    lose(service, status=status, retry_after=0)
    client = either.client(service)
    either.call(client.update_qualification, service.customer_ids[0], "StateOwnedEntity")
    assert exchanges(service) == [("POST", status), ("POST", 201)]
    assert len({entry.request_id for entry in service.journal}) == 1
    assert len(service.effects) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (403, PermissionDeniedError),
        (409, ConflictError),
        (501, ServerError),
    ],
)
def test_a_final_no_is_neither_looked_up_nor_sent_again(
    either: Either, service: Emulator, status: int, kind: type[PartnerCenterError]
) -> None:
    lose(service, status=status)
    client = either.client(service)
    with pytest.raises(kind) as raised:
        either.call(client.update_qualification, service.customer_ids[0], "StateOwnedEntity")
    assert exchanges(service) == [("POST", status)]
    assert FATE not in str(raised.value)


def test_without_retries_a_lost_answer_is_looked_up_all_the_same(
    either: Either, service: Emulator
) -> None:
    lose(service, reset=True, after_effect=True)
    client = either.client(service, max_retries=0)
    either.call(client.update_qualification, service.customer_ids[0], "StateOwnedEntity")
    assert exchanges(service) == [("POST", None), ("GET", 200)]


def test_without_retries_nothing_is_sent_again(either: Either, service: Emulator) -> None:
    lose(service, reset=True)
    client = either.client(service, max_retries=0)
    with pytest.raises(TransportError) as raised:
        either.call(client.update_qualification, service.customer_ids[0], "StateOwnedEntity")
    assert raised.value.attempts == 1
    assert [method for method, _ in exchanges(service)] == ["POST", "GET"]
    assert service.effects == []


def test_the_look_is_no_attempt(service: Emulator) -> None:
    lose(service, status=503, times=None)
    with service.client(max_retries=1) as client, pytest.raises(ServerError) as raised:
        ask(client, service.customer_ids[0])
    assert raised.value.attempts == 2
    assert [method for method, _ in exchanges(service)] == ["POST", "GET", "POST", "GET"]


def test_what_was_asked_for_before_is_not_asked_for_again(service: Emulator) -> None:
    service.decide(service.customer_ids[0], "Education", "InReview")
    with service.client() as client, pytest.raises(ConflictError):
        ask(client, service.customer_ids[0])
    assert exchanges(service) == [("POST", 409)]


async def test_in_a_storm_of_faults_each_request_takes_effect_once() -> None:
    with Emulator(customers=60, seed=5, vetting="manual", dedupe=False) as service:
        faults: list[dict[str, Any]] = [{"reset": True}, {"status": 503}, {"status": 504}]
        for after_effect in (True, False):
            for fault in faults:
                lose(service, after_effect=after_effect, probability=0.08, times=None, **fault)
        lose(service, cut=7, probability=0.08, times=None)
        service.inject(502, method="GET", probability=0.1, times=None)
        async with service.async_client(max_retries=8) as client:
            asked = await asyncio.gather(*(ask_async(client, id_) for id_ in service.customer_ids))
        assert {item.vetting_status for item in asked} == {VettingStatus.IN_REVIEW}
        assert sorted(e.customer_id for e in service.effects) == sorted(service.customer_ids)
        assert len([entry for entry in service.journal if entry.status != 200]) > 60
