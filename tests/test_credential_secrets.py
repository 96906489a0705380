"""Secrets of our credentials are planted and looked for wherever something shows."""

import asyncio
import copy
import json
import logging
import pickle
import warnings
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from partnercenter_qual import (
    AccessToken,
    AsyncClient,
    AuthenticationError,
    Client,
    ClientCertificateCredential,
    ClientSecretCredential,
    DeviceCodeCredential,
    Emulator,
    RefreshTokenCredential,
)

from .authority import CLIENT_ID, DEVICE, TENANT_ID, entra, identity
from .either import Either
from .hidden import (
    ACCESS,
    FLOWS,
    KEY,
    PASSWORD,
    REFRESH,
    SECRET,
    SECRETS,
    YES,
    Make,
    by_access_token,
    by_refresh_token,
    check,
    check_error,
    every_flow,
    every_holder,
)
from .rotating import stored
from .scripted import CUSTOMER_ID, Scripted
from .test_held_secrets import held


def test_the_check_finds_every_form() -> None:
    for secret in SECRETS:
        escaped = json.dumps(secret).replace("/", r"\/").replace("+", r"\u002B")
        encoded = b64encode(secret.encode()).decode()
        for text in (secret, escaped, json.dumps(escaped), quote(secret, safe=""), encoded):
            with pytest.raises(AssertionError):
                check({"a": f"x{text}x"})


@pytest.mark.parametrize("make", [*FLOWS.values(), by_access_token], ids=[*FLOWS, "access token"])
def test_no_object_shows_or_holds_one(make: Make) -> None:
    with Scripted(entra(YES)) as server:
        credential = make(server.url)
        token, info = credential.get_token(), credential.get_token_info()
        assert token.token == info.token == ACCESS
        with Client(credential, base_url=server.url) as client:
            client.get_qualifications(CUSTOMER_ID)
            report = client.check_credentials()
            everything = [credential, credential.aio, client, client.sweep([]), report]
            check(token, info, *everything, *map(dir, everything))
            found = [*held(everything, set())]
    if make is not by_access_token:
        assert CLIENT_ID in found  # so that what is not found is not there
    check(*found)


@every_holder
def test_it_is_not_copied_or_pickled(make: Make) -> None:
    for attempt in (pickle.dumps, copy.deepcopy):
        for thing in (make(), make().aio, Client(make()), AsyncClient(make().aio)):
            with pytest.raises(TypeError, match="environment") as raised:
                attempt(thing)
            check_error(raised.value)
    with pytest.raises(TypeError, match="environment"):
        copy.copy(make())


def test_what_holds_none_is_pickled(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.write_text(stored(REFRESH))
    store.chmod(0o600)
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(identity().pem())
    for credential in (
        RefreshTokenCredential(TENANT_ID, CLIENT_ID, None, store=store),
        DeviceCodeCredential(TENANT_ID, CLIENT_ID, store=store),
        ClientCertificateCredential(TENANT_ID, CLIENT_ID, certificate),
    ):
        for thing in (credential, Client(credential), credential.aio, AsyncClient(credential.aio)):
            pickled = pickle.dumps(thing)
            check(pickled)
            assert repr(pickle.loads(pickled)) == repr(thing)  # noqa: S301 - our own


BAD: dict[str, Callable[[], object]] = {
    "tenant": lambda: ClientSecretCredential("contoso", CLIENT_ID, SECRET),
    "tenant of another type": lambda: ClientSecretCredential(b"x", CLIENT_ID, SECRET),  # type: ignore[arg-type]
    "client": lambda: RefreshTokenCredential(TENANT_ID, "app", REFRESH, SECRET),
    "authority": lambda: by_refresh_token("http://login.example"),
    "authority of another type": lambda: by_refresh_token(5),  # type: ignore[arg-type]
    "store": lambda: by_refresh_token(store="/no/such/directory/store"),
    "store of another type": lambda: by_refresh_token(store=5),
    "callback": lambda: by_refresh_token(on_rotate=5),
    "unknown": lambda: by_refresh_token(prompt=print),
    "secret with a line end": lambda: ClientSecretCredential(TENANT_ID, CLIENT_ID, f"{SECRET}\n"),
    "secret as bytes": lambda: ClientSecretCredential(TENANT_ID, CLIENT_ID, SECRET.encode()),  # type: ignore[arg-type]
    "secret in a list": lambda: ClientSecretCredential(TENANT_ID, CLIENT_ID, [SECRET]),  # type: ignore[arg-type]
    "refresh token as bytes": lambda: RefreshTokenCredential(
        TENANT_ID,
        CLIENT_ID,
        REFRESH.encode(),  # type: ignore[arg-type]
    ),
    "refresh token with a space": lambda: RefreshTokenCredential(
        TENANT_ID, CLIENT_ID, f"{REFRESH} "
    ),
    "access token with a scheme": lambda: AccessToken(f"Bearer {ACCESS}"),
    "access token as bytes": lambda: AccessToken(ACCESS.encode()),  # type: ignore[arg-type]
    "access token and no time": lambda: AccessToken(ACCESS, expires_on=float("nan")),
    "access token and no number": lambda: AccessToken(ACCESS, expires_on="1"),  # type: ignore[arg-type]
    "token of a client": lambda: Client(f"{ACCESS}\n"),
    "key as text": lambda: ClientCertificateCredential(TENANT_ID, CLIENT_ID, KEY),
    "key in an array": lambda: ClientCertificateCredential(
        TENANT_ID,
        CLIENT_ID,
        bytearray(KEY.encode()),  # type: ignore[arg-type]
    ),
    "key alone": lambda: ClientCertificateCredential(TENANT_ID, CLIENT_ID, KEY.encode()),
    "key cut": lambda: ClientCertificateCredential(TENANT_ID, CLIENT_ID, KEY.encode()[:900]),
    "key in Base64": lambda: ClientCertificateCredential(
        TENANT_ID, CLIENT_ID, "".join(KEY.splitlines()[1:-1])
    ),
    "wrong password": lambda: ClientCertificateCredential(
        TENANT_ID, CLIENT_ID, identity().pfx(b"another"), password=PASSWORD
    ),
    "password as bytes": lambda: ClientCertificateCredential(
        TENANT_ID,
        CLIENT_ID,
        identity().pfx(b"another"),
        password=PASSWORD.encode(),  # type: ignore[arg-type]
    ),
    "password and no file": lambda: ClientCertificateCredential(
        TENANT_ID, CLIENT_ID, "/no/such.pem", password=PASSWORD
    ),
}


@pytest.mark.parametrize("attempt", BAD.values(), ids=BAD)
def test_a_refused_argument_leaves_none_in_the_traceback(attempt: Callable[[], object]) -> None:
    with pytest.raises((ValueError, TypeError)) as raised:
        attempt()
    check_error(raised.value)


class Failure(Exception):  # noqa: N818 - what a program of the user's may call it
    """What code of the user's raises."""


class FailingStore:
    """A store whose frames have the refresh token among their variables, three deep."""

    def load(self) -> None:
        """Hold nothing."""

    def save(self, refresh_token: str) -> None:
        kept = f"{refresh_token}"
        try:
            self._write(kept)
        except OSError as error:
            raise Failure("the vault is locked") from error

    def _write(self, what: str) -> None:
        text = json.dumps({"refresh_token": what})
        assert text
        raise OSError("disk full")


def told(refresh_token: str) -> None:
    kept = {"refresh_token": refresh_token}
    assert kept
    raise Failure("nobody listens")


async def told_later(refresh_token: str) -> None:
    kept = {"refresh_token": refresh_token}
    await asyncio.sleep(0)
    assert kept
    told(refresh_token)


FAILING: dict[str, Callable[[], dict[str, Any]]] = {
    "store": lambda: {"store": FailingStore()},
    "callback": lambda: {"on_rotate": told},
    "asynchronous callback": lambda: {"on_rotate": told_later},
}


@pytest.mark.parametrize("more", FAILING.values(), ids=FAILING)
def test_what_code_of_the_users_raises_has_none_among_its_variables(
    either: Either, more: Callable[[], dict[str, Any]]
) -> None:
    with Scripted(entra(YES)) as server:
        credential = by_refresh_token(server.url, **more())
        client = either.client(server, credential=credential, max_retries=0)
        with pytest.raises(AuthenticationError) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
    assert isinstance(raised.value.__cause__, Failure)
    check_error(raised.value)


@every_flow
async def test_nothing_is_logged_or_warned(caplog: pytest.LogCaptureFixture, make: Make) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    with warnings.catch_warnings(record=True) as caught, Scripted(entra(YES)) as server:
        warnings.simplefilter("always")
        credential = make(server.url)
        async with AsyncClient(credential, base_url=server.url) as client:
            assert await client.get_qualifications(CUSTOMER_ID) == []
        await credential.aio.get_token()
    check(caplog.text, *caplog.records, *caught)


def test_the_default_prompt_prints_no_device_code(capfd: pytest.CaptureFixture[str]) -> None:
    with Scripted(entra(YES)) as server:
        DeviceCodeCredential(TENANT_ID, CLIENT_ID, authority=server.url).get_token()
    printed = "".join(capfd.readouterr())
    assert str(DEVICE["user_code"]) in printed
    assert str(DEVICE["device_code"]) not in printed
    check(printed)


def test_the_emulator_keeps_none(emulator: Emulator) -> None:
    kept: list[str] = []
    credential = RefreshTokenCredential(
        emulator.tenant_id,
        emulator.client_id,
        emulator.refresh_token,
        emulator.client_secret,
        on_rotate=kept.append,
        authority=emulator.authority,
    )
    kept.append(credential.get_token().token)
    shows = repr([emulator, vars(emulator), emulator.journal, emulator.effects])
    assert len(kept) == 2
    assert len(emulator.journal) == 1
    for secret in (*kept, emulator.client_secret):
        assert secret not in shows
