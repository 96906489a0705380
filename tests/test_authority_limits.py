"""What an authority is spared, and what is not lost when it answers oddly."""

import pickle
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import (
    AccessToken,
    AuthenticationError,
    Client,
    ConfigurationError,
    DeviceCodeCredential,
    Emulator,
    InvalidArgumentError,
    RefreshTokenCredential,
    UnauthorizedError,
)

from .authority import (
    REFRESH_TOKEN,
    aadsts,
    by_device_code,
    by_refresh_token,
    by_secret,
    entra,
    form,
    issued,
    token_requests,
)
from .either import Either
from .rotating import Memory, kept, works
from .scripted import CUSTOMER_ID, Answer, Request, Scripted, Step

NEXT = "0.AXoA-the.next-one"

ODD: dict[str, Any] = {
    "list of scopes": {"scope": ["a"]},
    "no type": {"token_type": None},
    "type of a number": {"token_type": 1},
    "empty token": {"access_token": ""},
    "no token": {"access_token": None},
    "token that is no header": {"access_token": "a b"},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_new_refresh_token_is_kept_whatever_stands_beside_it(
    tmp_path: Path, odd: dict[str, Any]
) -> None:
    store = tmp_path / "token.json"
    with Scripted(entra(issued(refresh_token=NEXT, **odd), issued())) as server:
        credential = by_refresh_token(server.url, store=store)
        if "access_token" in odd:
            with pytest.raises(AuthenticationError):
                credential.get_token()
        else:
            assert credential.get_token().token == "an-access-token"  # noqa: S105 - as scripted
        assert kept(store) == NEXT
        credential.close()
        credential.get_token()
    assert [form(request)["refresh_token"] for request in server.requests] == [REFRESH_TOKEN, NEXT]


@pytest.mark.parametrize("odd", ["", "a b", "a\nb", "\u00e9", "x" * 65_536, 7, None, ["x"]])
def test_what_is_no_refresh_token_replaces_none(tmp_path: Path, odd: object) -> None:
    store = tmp_path / "token.json"
    with Scripted(entra(issued(refresh_token=odd))) as server:
        credential = by_refresh_token(server.url, store=store)
        for _ in range(2):
            credential.get_token()
            credential.close()
    assert {form(request)["refresh_token"] for request in server.requests} == {REFRESH_TOKEN}
    assert kept(store) == REFRESH_TOKEN


def test_the_same_refresh_token_again_is_nothing_new() -> None:
    told: list[str] = []
    with Scripted(entra(issued(refresh_token=REFRESH_TOKEN))) as server:
        by_refresh_token(server.url, on_rotate=told.append).get_token()
    assert told == []


def fail(refresh_token: str) -> None:
    raise OSError(f"vault set {refresh_token}: no such vault")


def fail_deep(refresh_token: str) -> None:
    try:
        fail(refresh_token)
    except OSError as error:
        raise RuntimeError("the vault is shut") from error


@pytest.mark.parametrize("on_rotate", [fail, fail_deep])
def test_words_that_hold_the_token_are_left_out(on_rotate: Callable[[str], None]) -> None:
    with (
        Scripted(entra(issued(refresh_token=NEXT))) as server,
        pytest.raises(AuthenticationError, match="left out") as raised,
    ):
        by_refresh_token(server.url, on_rotate=on_rotate).get_token()
    error: BaseException | None = raised.value
    while error:
        assert NEXT not in f"{error} {error!r}"
        error = error.__cause__ or error.__context__


def test_a_long_pause_stands_for_all_who_ask(either: Either) -> None:
    busy = Answer({"error": "throttled"}, status=429, headers={"Retry-After": "500"})
    with Scripted(entra(busy)) as server:
        client = either.client(server, credential=by_secret(server.url))
        errors = [result.error for result in either.list(client.sweep([CUSTOMER_ID] * 200))]
        with pytest.raises(AuthenticationError, match=r"another (500|499) s") as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
    assert {type(error) for error in errors} == {AuthenticationError}
    assert len(server.requests) == 1
    assert "wait" in (raised.value.hint or "")


def test_a_service_that_takes_no_token_is_not_offered_more(either: Either) -> None:
    def script(request: Request) -> Step:
        return issued() if "/oauth2/" in request.path else Answer({"code": 900421}, status=401)

    with Scripted(script) as server:
        client = either.client(server, credential=by_secret(server.url))
        results = either.list(client.sweep([CUSTOMER_ID] * 300))
    assert {type(result.error) for result in results} == {UnauthorizedError}
    assert len(token_requests(server)) == 2


def test_a_token_that_was_taken_is_renewed_as_often_as_it_is_refused(
    either: Either, emulator: Emulator
) -> None:
    credential = RefreshTokenCredential(
        emulator.tenant_id, emulator.client_id, emulator.refresh_token, authority=emulator.authority
    )
    client = either.client(emulator.url, credential=credential)
    for _ in range(4):
        assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []
        emulator.advance(3601)


def test_claims_of_many_are_asked_for_once(emulator: Emulator) -> None:
    emulator.inject(path="/oauth2/", delay=0.8, times=None)
    credential = RefreshTokenCredential(
        emulator.tenant_id, emulator.client_id, emulator.refresh_token, authority=emulator.authority
    )
    ready = threading.Barrier(20)

    def ask() -> str:
        ready.wait()
        return credential.get_token(claims="{}").token

    with ThreadPoolExecutor(20) as pool:
        tokens = {future.result() for future in [pool.submit(ask) for _ in range(20)]}
    assert len(tokens) == 1
    assert credential.get_token(claims="{}").token not in tokens, "claims demand a new one"


def test_closing_gives_a_sign_in_up() -> None:
    prompted = threading.Event()
    pending = aadsts(70016, "authorization_pending")
    with Scripted(entra(pending)) as server, ThreadPoolExecutor(1) as pool:
        credential = by_device_code(server.url, prompt=lambda _: prompted.set())
        waiting = pool.submit(credential.get_token)
        assert prompted.wait(10)
        credential.close()
        with pytest.raises(AuthenticationError, match="given up"):
            waiting.result(10)


def test_credentials_of_one_store_object_take_turns(emulator: Emulator) -> None:
    store = Memory(emulator.refresh_token)
    ids = (emulator.tenant_id, emulator.client_id)

    def rotate(_: int) -> None:
        credential = DeviceCodeCredential(*ids, store=store, authority=emulator.authority)
        for _ in range(5):
            credential.get_token()
            credential.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rotate, range(4)))
    assert emulator.most_token_requests_at_once == 1
    assert works(emulator, store.refresh_token or "")


def test_a_sign_in_keeps_nobody_from_the_store(emulator: Emulator, tmp_path: Path) -> None:
    store = tmp_path / "token.json"
    ids, authority = (emulator.tenant_id, emulator.client_id), emulator.authority
    prompted: queue.Queue[str] = queue.Queue()
    signing_in = DeviceCodeCredential(
        *ids, lambda code: prompted.put(code.user_code), store=store, authority=authority
    )
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(signing_in.get_token)
        user_code = prompted.get(timeout=10)
        other = RefreshTokenCredential(
            *ids, emulator.refresh_token, store=store, authority=authority
        )
        assert other.get_token().token
        emulator.approve_device_code(user_code)
        assert waiting.result(10).token
    assert works(emulator, kept(store))


def test_a_token_that_was_got_is_not_pickled(emulator: Emulator) -> None:
    credential = RefreshTokenCredential(
        emulator.tenant_id, emulator.client_id, emulator.refresh_token, authority=emulator.authority
    )
    for token in (credential.get_token(), credential.get_token_info()):
        with pytest.raises(TypeError, match="access token"):
            pickle.dumps(token)


def test_a_fixed_token_says_itself_when_it_expires(emulator: Emulator) -> None:
    token = AccessToken(emulator.access_token(lifetime=600)).get_token()
    assert 500 < token.expires_on - time.time() <= 600


@pytest.mark.parametrize("claims", ["{oops", "[]", "1", ""])
def test_claims_are_a_json_object(claims: str) -> None:
    with pytest.raises(InvalidArgumentError, match="claims"):
        by_secret("http://127.0.0.1:9").get_token(claims=claims)


def test_an_object_with_a_token_is_not_one() -> None:
    token: Any = AccessToken("an-access-token").get_token()
    with pytest.raises(ConfigurationError, match=r"pass its `\.token`"):
        Client(token)
