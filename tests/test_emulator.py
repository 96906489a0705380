"""The emulator as Python sees it: options, levers, witnesses, and the life of its server."""

import gc
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnercenter_qual import (
    AsyncClient,
    Client,
    ConfigurationError,
    ConflictError,
    Emulator,
    InvalidArgumentError,
    PermissionDeniedError,
    QualificationType,
    TransportError,
    UnauthorizedError,
    VettingStatus,
)
from partnercenter_qual.emulator import Vetting, VettingRule

DAY = 86_400.0


def port_of(emulator: Emulator) -> int:
    return int(emulator.url.rpartition(":")[2])


def ask(client: Client, customer_id: str) -> VettingStatus | None:
    """Request Education and give the status that the next read shows."""
    client.update_qualification(customer_id, "Education", education_segment="K12")
    return client.get_qualifications(customer_id)[0].vetting_status


def test_the_seed_makes_the_customers() -> None:
    with Emulator(20, seed=3) as one, Emulator(20, seed=3) as same, Emulator(20, seed=-3) as other:
        assert one.customer_ids == same.customer_ids != other.customer_ids
        assert len({UUID(customer_id) for customer_id in one.customer_ids}) == 20
        with one.client() as client, same.client() as twin:
            assert list(client.list_customers()) == list(twin.list_customers())


def test_its_repr_shows_where_and_what() -> None:
    with Emulator(2, seed=9) as emulator:
        assert repr(emulator) == f"Emulator(url='{emulator.url}', customers=2)"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customers", -1),
        ("customers", 1_000_001),
        ("customers", True),
        ("customers", "10"),
        ("seed", 1.5),
        ("seed", 1 << 64),
        ("vetting", "never"),
        ("vetting", 3),
        ("port", -1),
        ("port", 65_536),
        ("requests_per_window", 0),
        ("window", 0),
        ("window", float("nan")),
        ("window", None),
        ("dedupe", "yes"),
    ],
)
def test_a_bad_option_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=field) as caught:
        Emulator(**{field: value})  # type: ignore[arg-type]
    assert caught.value.field == field
    assert str(value) in caught.value.value or "NaN" in caught.value.value
    assert caught.value.cure


def test_a_vetting_rule_wants_a_time_of_some_sense() -> None:
    with pytest.raises(ConfigurationError, match="after"):
        Emulator(vetting=VettingRule(after=-1))


def test_a_taken_port_is_refused_at_once() -> None:
    with Emulator(1) as emulator, pytest.raises(ConfigurationError, match="port") as caught:
        Emulator(1, port=port_of(emulator))
    assert "Address already in use" in caught.value.cure


def test_closing_frees_the_port_and_the_thread_and_keeps_the_witnesses() -> None:
    emulator = Emulator(1)
    client = emulator.client(max_retries=0)
    assert client.get_qualifications(emulator.customer_ids[0]) == []  # leaves an idle connection
    emulator.close()
    emulator.close()
    with pytest.raises(TransportError):
        client.get_qualifications(emulator.customer_ids[0])
    assert [entry.status for entry in emulator.journal] == [200]
    Emulator(1, port=port_of(emulator)).close()


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="counts threads and sockets in /proc")
def test_many_live_at_once_and_leave_nothing_behind() -> None:
    def held() -> tuple[int, int]:
        threads, files = (list(Path(f"/proc/self/{kind}").iterdir()) for kind in ("task", "fd"))
        return len(threads), len(files)

    gc.collect()  # what other tests left is none of ours
    before = held()
    several = [Emulator(1, seed=seed, tls=seed % 2 == 0) for seed in range(5)]
    assert len({emulator.url for emulator in several}) == 5
    assert held()[0] == before[0] + 5
    for emulator in several[:3]:
        emulator.close()
    del several, emulator
    gc.collect()  # what was not closed is closed with its last reference
    assert held() == before


def test_closing_does_not_wait_for_an_answer_held_back() -> None:
    with Emulator(1) as emulator, emulator.client(max_retries=0) as client:
        emulator.inject(delay=3600)
        caught: list[Exception] = []

        def call() -> None:
            try:
                client.get_qualifications(emulator.customer_ids[0])
            except TransportError as error:
                caught.append(error)

        caller = threading.Thread(target=call)
        caller.start()
        while not emulator.journal:
            time.sleep(0.001)
        emulator.close()
        caller.join(timeout=30)
        assert len(caught) == 1


def test_an_unclosed_emulator_does_not_keep_the_interpreter(
    run_python: Callable[[str], str],
) -> None:
    code = "from partnercenter_qual import Emulator; kept = Emulator(1); print(kept.url)"
    assert run_python(code).startswith("http://127.0.0.1:")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_after_a_fork_the_child_is_told_so(run_python: Callable[[str], str]) -> None:
    # In a process of its own: pytest's may have threads that a fork would leave behind.
    code = """
import gc, os
from partnercenter_qual import Emulator
emulator = Emulator(1)
levers = [
    lambda: emulator.now, lambda: emulator.journal, lambda: emulator.effects, emulator.reset,
    lambda: emulator.customer_ids, lambda: emulator.advance(1), emulator.access_token,
    lambda: emulator.inject(500),
]
if not os.fork():
    refused = 0
    for lever in levers:
        try:
            lever()
        except RuntimeError as error:
            refused += "fork" in str(error)
    emulator.close()
    del emulator, levers
    gc.collect()
    with Emulator(1) as own, own.client() as client:
        answered = client.get_qualifications(own.customer_ids[0]) == []
    os._exit(refused if answered else 99)
_, status = os.wait()
with emulator.client() as client:
    print(os.waitstatus_to_exitcode(status), client.get_qualifications(emulator.customer_ids[0]))
emulator.close()
"""
    assert run_python(code) == "8 []\n"


def test_now_is_real_time_plus_what_was_advanced(emulator: Emulator) -> None:
    before = datetime.now(UTC)
    assert before <= emulator.now <= datetime.now(UTC)
    emulator.advance(DAY)
    assert emulator.now >= before + timedelta(seconds=DAY)
    emulator.reset()
    assert emulator.now < before + timedelta(seconds=DAY)


@given(st.floats(max_value=-1e-9) | st.just(float("nan")) | st.just(float("inf")))
def test_time_runs_forward_only(seconds: float) -> None:
    with Emulator(0) as emulator, pytest.raises(InvalidArgumentError, match="seconds"):
        emulator.advance(seconds)


def test_vetting_by_each_rule() -> None:
    with Emulator(1, vetting="immediate") as emulator, emulator.client() as client:
        assert ask(client, emulator.customer_ids[0]) == "Approved"
    with Emulator(1, vetting="manual") as emulator, emulator.client() as client:
        customer_id = emulator.customer_ids[0]
        assert ask(client, customer_id) == "InReview"
        emulator.advance(30 * DAY)
        assert client.get_qualifications(customer_id)[0].vetting_status == "InReview"
        emulator.decide(UUID(customer_id), QualificationType.EDUCATION, VettingStatus.DENIED, "No")
        assert client.get_qualifications(customer_id)[0].vetting_reason == "No"
    rules: list[tuple[Vetting | None, float]] = [
        (None, 3 * DAY),
        ("seeded", 3 * DAY),
        (VettingRule(after=60), 60),
    ]
    for vetting, wait in rules:
        with Emulator(1, vetting=vetting) as emulator, emulator.client() as client:
            assert ask(client, emulator.customer_ids[0]) == "InReview"
            emulator.advance(wait)
            decided = client.get_qualifications(emulator.customer_ids[0])[0].vetting_status
            assert decided in {"Approved", "Denied"}


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("customer_id", ("nobody", "Education", "Denied")),
        ("customer_id", ("00000000-0000-4000-8000-000000000000", "Education", "Denied")),
        ("qualification", (None, "None", "Denied")),
        ("qualification", (None, 1.5, "Denied")),
        ("status", (None, "Education", "Expired")),
        ("reason", (None, "Education", "Denied", 5)),
    ],
)
def test_a_decision_on_nothing_is_refused(
    emulator: Emulator, field: str, arguments: tuple[Any, ...]
) -> None:
    customer_id, *rest = arguments
    with pytest.raises(InvalidArgumentError) as caught:
        emulator.decide(customer_id or emulator.customer_ids[0], *rest)
    assert caught.value.field == field


def test_tokens_are_as_asked_for(emulator: Emulator) -> None:
    customer_id = emulator.customer_ids[0]
    good = [emulator.access_token(), emulator.access_token(app_only=True, mfa=False)]
    for token in good:
        with Client(token, base_url=emulator.url) as client:
            assert client.get_qualifications(customer_id) == []
    bad = [
        (emulator.access_token(mfa=False), "900421"),
        (emulator.access_token(audience="https://graph.windows.net"), "900420"),
        (emulator.access_token(lifetime=0), "400"),
    ]
    for token, code in bad:
        with (
            Client(token, base_url=emulator.url) as client,
            pytest.raises(UnauthorizedError) as caught,
        ):
            client.get_qualifications(customer_id)
        assert caught.value.code == code


def test_a_client_renews_its_token_when_time_has_passed(emulator: Emulator) -> None:
    with emulator.client() as client:
        client.get_qualifications(emulator.customer_ids[0])
        emulator.advance(2 * 3600)
        client.get_qualifications(emulator.customer_ids[0])
    assert [entry.status for entry in emulator.journal] == [200, 401, 200]


async def test_both_clients_can_be_app_only(emulator: Emulator) -> None:
    customer_id = emulator.customer_ids[0]
    with emulator.client(app_only=True, max_retries=0) as client:
        assert isinstance(client, Client)
        with pytest.raises(PermissionDeniedError):
            client.update_qualification(customer_id, "StateOwnedEntity")
    async with emulator.async_client(app_only=True) as client:
        assert isinstance(client, AsyncClient)
        assert await client.get_qualifications(customer_id) == []


def test_the_journal_tells_of_each_request(emulator: Emulator) -> None:
    customer_id = emulator.customer_ids[0]
    with emulator.client() as client:
        list(client.list_customers(page_size=3))
        client.get_qualifications(customer_id)
    first, second, third = emulator.journal
    assert first.path.startswith("/v1/customers?size=3")
    assert second.path.startswith("/v1/customers?")
    assert (first.customer_id, third.customer_id) == (None, customer_id)
    assert (third.method, third.status, third.early) == ("GET", 200, False)
    assert third.at.tzinfo is UTC
    assert first.at <= second.at <= third.at
    with pytest.raises(FrozenInstanceError):
        third.early = True  # type: ignore[misc]


def test_asking_twice_is_told(emulator: Emulator) -> None:
    one, other, *_ = emulator.customer_ids
    with emulator.client() as client:
        ask(client, one)
        ask(client, other)
        emulator.assert_each_posted_once()
        emulator.decide(one, "Education", "Denied")
        ask(client, one)
        emulator.assert_each_posted_once()
        with pytest.raises(ConflictError):
            ask(client, one)
    with pytest.raises(AssertionError) as caught:
        emulator.assert_each_posted_once()
    requests = [
        entry.request_id for entry in emulator.find_requests(method="POST", customer_id=one)
    ][1:]
    assert f"Education of customer {one}: 2 times, MS-RequestId {', '.join(requests)}" in str(
        caught.value
    )
    assert other not in str(caught.value)


def test_reset_leads_back_to_the_start(emulator: Emulator) -> None:
    customer_id = emulator.customer_ids[0]
    with emulator.client(max_retries=0) as client:
        ask(client, customer_id)
        emulator.inject(500, times=None)
        emulator.reset()
        assert (emulator.journal, emulator.effects) == ([], [])
        assert client.get_qualifications(customer_id) == []


def test_a_port_can_be_chosen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free = probe.getsockname()[1]
    with Emulator(1, port=free) as emulator:
        assert emulator.url == f"http://127.0.0.1:{free}"
