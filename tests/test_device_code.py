"""Signing in on another device: who is told, what the user does, and how it ends."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from partnercenter_qual import (
    AuthenticationError,
    DeviceCode,
    DeviceCodeCredential,
    Emulator,
)

from .authority import (
    CLIENT_ID,
    DEVICE,
    PENDING,
    TENANT_ID,
    aadsts,
    by_device_code,
    entra,
    issued,
    token_requests,
)
from .either import Either
from .scripted import CUSTOMER_ID, Answer, Scripted, Step

Prompt = Callable[[DeviceCode], object]


def at(emulator: Emulator, prompt: Prompt) -> DeviceCodeCredential:
    return DeviceCodeCredential(
        emulator.tenant_id, emulator.client_id, prompt, authority=emulator.authority
    )


def failure(either: Either, *steps: Step, device: Step | None = None) -> AuthenticationError:
    """Give what becomes of a sign-in that is answered so."""
    with Scripted(entra(*steps, device=device)) as server:
        client = either.client(server, credential=by_device_code(server.url), max_retries=0)
        with pytest.raises(AuthenticationError) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
        assert not [request for request in server.requests if request.method == "GET"]
    assert DEVICE["device_code"] not in str(raised.value)
    return raised.value


def test_the_user_is_told_all_that_is_needed(either: Either, emulator: Emulator) -> None:
    told: list[DeviceCode] = []

    def prompt(code: DeviceCode) -> None:
        told.append(code)
        emulator.approve_device_code(code.user_code)

    client = either.client(emulator.url, credential=at(emulator, prompt))
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []
    (code,) = told
    assert code.user_code in code.message
    assert code.verification_uri == f"{emulator.authority}/devicelogin"
    assert code.expires_on.tzinfo is UTC
    assert 800 < (code.expires_on - datetime.now(UTC)).total_seconds() <= 900


def test_a_user_who_takes_a_while_is_waited_for(either: Either, emulator: Emulator) -> None:
    timers: list[threading.Timer] = []

    def prompt(code: DeviceCode) -> None:
        timers.append(threading.Timer(0.2, emulator.approve_device_code, [code.user_code]))
        timers[0].start()

    client = either.client(emulator.url, credential=at(emulator, prompt))
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []
    assert [entry.status for entry in emulator.journal] == [200, 400, 200, 200]


def test_an_asynchronous_prompt_is_awaited(either: Either, emulator: Emulator) -> None:
    async def prompt(code: DeviceCode) -> None:
        await asyncio.sleep(0)
        emulator.approve_device_code(code.user_code)

    client = either.client(emulator.url, credential=at(emulator, prompt))
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []
    assert [entry.status for entry in emulator.journal] == [200, 200, 200]


async def test_an_asynchronous_prompt_runs_in_the_loop_that_waits(emulator: Emulator) -> None:
    loops: list[object] = []

    async def prompt(code: DeviceCode) -> None:
        loops.append(asyncio.get_running_loop())
        emulator.approve_device_code(code.user_code)

    await at(emulator, prompt).aio.get_token()
    assert loops == [asyncio.get_running_loop()]


def test_without_a_prompt_the_message_is_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    with Scripted(entra(issued())) as server:
        DeviceCodeCredential(TENANT_ID, CLIENT_ID, authority=server.url).get_token()
    out, err = capfd.readouterr()
    assert err == f"{DEVICE['message']}\n"
    assert out == ""


def test_an_authority_without_a_message_gets_one(capfd: pytest.CaptureFixture[str]) -> None:
    silent = {name: value for name, value in DEVICE.items() if name != "message"}
    with Scripted(entra(issued(), device=Answer(silent))) as server:
        DeviceCodeCredential(TENANT_ID, CLIENT_ID, authority=server.url).get_token()
    told = capfd.readouterr().err
    assert DEVICE["user_code"] in told
    assert DEVICE["verification_uri"] in told


def test_version_one_is_read_too() -> None:
    old: dict[str, Any] = {
        **DEVICE,
        "verification_url": DEVICE["verification_uri"],
        "expires_in": "900",
        "interval": "1",
    }
    del old["verification_uri"]
    told: list[DeviceCode] = []
    body = b"\xef\xbb\xbf" + json.dumps(old).encode()
    with Scripted(entra(PENDING, issued(), device=Answer(body))) as server:
        by_device_code(server.url, prompt=told.append).get_token()
        first, second = token_requests(server)
    assert told[0].verification_uri == DEVICE["verification_uri"]
    assert second.at - first.at >= 0.9, "the interval was obeyed"


def test_a_refresh_token_spares_the_user(either: Either, emulator: Emulator) -> None:
    told: list[DeviceCode] = []

    def prompt(code: DeviceCode) -> None:
        told.append(code)
        emulator.approve_device_code(code.user_code)

    client = either.client(emulator.url, credential=at(emulator, prompt))
    for _ in range(3):
        assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []
        emulator.advance(3601)
    assert len(told) == 1


def test_a_refresh_token_that_is_spent_asks_the_user_again(
    either: Either, emulator: Emulator
) -> None:
    told: list[DeviceCode] = []

    def prompt(code: DeviceCode) -> None:
        told.append(code)
        emulator.approve_device_code(code.user_code)

    client = either.client(emulator.url, credential=at(emulator, prompt))
    for asked in (1, 2):
        assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []
        assert len(told) == asked
        emulator.advance(91 * 24 * 3600)


def test_a_user_may_decline(either: Either, emulator: Emulator) -> None:
    credential = at(emulator, lambda code: emulator.decline_device_code(code.user_code))
    client = either.client(emulator.url, credential=credential)
    with pytest.raises(AuthenticationError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert raised.value.error == "authorization_declined"
    assert "declined" in (raised.value.hint or "")


def test_a_user_may_be_late(either: Either, emulator: Emulator) -> None:
    client = either.client(emulator.url, credential=at(emulator, lambda _: emulator.advance(901)))
    with pytest.raises(AuthenticationError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert (raised.value.error, raised.value.aadsts_code) == ("expired_token", 70020)
    assert "new code" in (raised.value.hint or "")


def test_an_authority_that_never_says_that_it_is_late_is_left() -> None:
    device = Answer(DEVICE | {"expires_in": 1})
    server = Scripted(entra(PENDING, device=device))
    with server, pytest.raises(AuthenticationError) as raised:
        by_device_code(server.url).get_token()
    assert raised.value.error == "expired_token"
    assert "new code" in (raised.value.hint or "")


class Failure(Exception):  # noqa: N818 - what a program of the user's may call it
    """What a prompt raises."""


def blocking(_: DeviceCode) -> None:
    raise Failure("no screen")


async def awaited(_: DeviceCode) -> None:
    await asyncio.sleep(0)
    raise Failure("no screen")


@pytest.mark.parametrize("prompt", [blocking, awaited])
def test_what_a_prompt_raises_is_the_cause(
    either: Either, emulator: Emulator, prompt: Callable[[DeviceCode], Awaitable[None] | None]
) -> None:
    client = either.client(emulator.url, credential=at(emulator, prompt))
    with pytest.raises(AuthenticationError, match=r"prompt raised.*no screen") as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert isinstance(raised.value.__cause__, Failure)
    assert [entry.path.rpartition("/")[2] for entry in emulator.journal] == ["devicecode"]


NO: dict[str, tuple[Step, str]] = {
    "no token in it": (Answer({"token_type": "Bearer"}), "access_token"),
    "no JSON": (Answer("<html>Sign in</html>"), "JSON"),
    "page": (Answer("<html><title>Not Found</title></html>", status=404), "404"),
    "redirect": (Answer(status=302, headers={"Location": "http://127.0.0.1:9/"}), "redirects"),
    "bad code": (aadsts(70018, "bad_verification_code"), "AADSTS70018"),
}


@pytest.mark.parametrize(("step", "words"), NO.values(), ids=NO)
def test_a_no_ends_it_at_once(step: Step, words: str) -> None:
    device = Answer(DEVICE | {"expires_in": 5})  # time enough to ask once more, in vain
    with Scripted(entra(PENDING, step, device=device)) as server:
        with pytest.raises(AuthenticationError) as raised:
            by_device_code(server.url).get_token()
        asked = len(token_requests(server))
    assert words in str(raised.value)
    assert asked == 2


PASSING: dict[str, Step] = {
    "page of a gateway": Answer("<html>Bad Gateway</html>", status=502),
    "reset": "reset",
}


@pytest.mark.parametrize("step", PASSING.values(), ids=PASSING)
def test_what_passes_is_outlasted(step: Step) -> None:
    with Scripted(entra(step, issued("a-token"))) as server:
        assert by_device_code(server.url).get_token().token == "a-token"  # noqa: S105 - opens nothing
        assert len(token_requests(server)) == 2


CODES: dict[str, tuple[Step, str]] = {
    "refusal": (aadsts(7000218, "invalid_client", 401), "public client flows"),
    "no code in it": (Answer({"user_code": "ABC"}), "device_code"),
    "no JSON": (Answer("<html>Sign in</html>"), "JSON"),
    "page": (Answer("<html>", status=404), "404"),
    "bad address": (Answer(DEVICE | {"verification_uri": "/device"}), "verification_uri"),
}


@pytest.mark.parametrize(("step", "words"), CODES.values(), ids=CODES)
def test_no_code_is_no_token(either: Either, step: Step, words: str) -> None:
    assert words in str(failure(either, issued(), device=step))


def test_a_code_is_asked_for_again_when_that_failed() -> None:
    def script(request: Any) -> Step:  # noqa: ANN401 - `Request`
        if request.path.endswith("/devicecode"):
            first = sum(r.path.endswith("/devicecode") for r in server.requests) == 1
            return Answer(status=503, headers={"Retry-After": "0"}) if first else Answer(DEVICE)
        return issued("a-token")

    with Scripted(script) as server:
        assert by_device_code(server.url).get_token().token == "a-token"  # noqa: S105 - opens nothing
        assert len(server.requests) == 3


def test_an_interval_of_nothing_is_no_licence_to_hammer() -> None:
    device = Answer(DEVICE | {"expires_in": 1, "interval": 0})
    with Scripted(entra(PENDING, device=device)) as server:
        with pytest.raises(AuthenticationError):
            by_device_code(server.url).get_token()
        assert len(token_requests(server)) < 20


def test_one_sign_in_serves_all_who_wait(emulator: Emulator) -> None:
    told: list[DeviceCode] = []

    def prompt(code: DeviceCode) -> None:
        told.append(code)
        time.sleep(0.1)
        emulator.approve_device_code(code.user_code)

    async def all_of_them() -> list[Any]:
        twin = at(emulator, prompt).aio
        return [*await asyncio.gather(*(twin.get_token() for _ in range(50)))]

    assert len({token.token for token in asyncio.run(all_of_them())}) == 1
    assert len(told) == 1
