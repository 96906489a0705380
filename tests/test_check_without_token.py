"""`check_credentials` where there is no token: what is wrong with the credential, and the cure."""

import time
from pathlib import Path

import pytest

from partnercenter_qual import (
    AccessToken,
    AuthenticationError,
    ClientSecretCredential,
    ConfigurationError,
    CredentialReport,
    Emulator,
    InvalidArgumentError,
    RefreshTokenCredential,
)

from .either import Either
from .jwts import claims, jwt
from .scripted import Answer, Scripted

NOBODY = "http://127.0.0.1:9"


def problem(report: CredentialReport) -> str:
    """Give the one problem that a report tells of."""
    (found,) = report.problems
    assert found.cure
    assert not report.ok
    return found.problem


def test_why_is_a_problem(either: Either, emulator: Emulator) -> None:
    def credential() -> str:
        raise RuntimeError("AADSTS7000222: expired keys\r\nTrace ID: 1")

    client = either.client(emulator.url, credential=credential)
    report = either.call(client.check_credentials)
    assert isinstance(report.error, AuthenticationError)
    assert isinstance(report.error.__cause__, RuntimeError)
    assert problem(report).endswith("AADSTS7000222: expired keys")
    assert "client secret" in report.problems[0].cure
    assert report.accepted is None
    assert emulator.journal == []
    assert "none" in repr(report)


def test_a_credential_is_asked_once(either: Either) -> None:
    asked = []

    def credential() -> str:
        asked.append(1)
        raise RuntimeError("no")

    client = either.client(NOBODY, credential=credential)
    assert not either.call(client.check_credentials).ok
    assert asked == [1]


def test_a_renewal_that_fails_leaves_what_the_token_said(either: Either) -> None:
    tokens = iter([jwt(claims())])
    with Scripted([Answer(status=401)]) as server:
        client = either.client(server, credential=lambda: next(tokens))
        report = either.call(client.check_credentials)
    assert isinstance(report.error, AuthenticationError)
    assert report.kind == "App+User"
    assert "there is no token" in problem(report)


def test_what_is_no_token_is_raised(either: Either) -> None:
    client = either.client(NOBODY, credential=lambda: "two words")
    with pytest.raises(InvalidArgumentError) as raised:
        either.call(client.check_credentials)
    assert "two words" not in str(raised.value)


def test_a_credential_of_ours(either: Either, emulator: Emulator) -> None:
    ids = (emulator.tenant_id, emulator.client_id)
    for credential, kind in (
        (ClientSecretCredential(*ids, emulator.client_secret), "App-only"),
        (RefreshTokenCredential(*ids, emulator.refresh_token), "App+User"),
    ):
        client = either.client(emulator.url, credential=credential, authority=emulator.authority)
        report = either.call(client.check_credentials)
        assert (report.ok, report.kind, report.accepted) == (True, kind, True)
        assert (report.tenant_id, report.client_id) == ids


def test_a_secret_that_is_wrong(either: Either, emulator: Emulator) -> None:
    credential = ClientSecretCredential(emulator.tenant_id, emulator.client_id, "its-id")
    client = either.client(emulator.url, credential=credential, authority=emulator.authority)
    report = either.call(client.check_credentials)
    assert isinstance(report.error, AuthenticationError)
    assert "AADSTS7000215" in problem(report)
    assert "not its id" in report.problems[0].cure
    assert "its-id" not in repr(report)


def test_an_authority_that_is_not_there(either: Either, emulator: Emulator) -> None:
    credential = ClientSecretCredential(emulator.tenant_id, emulator.client_id, "secret")
    client = either.client(emulator.url, credential=credential, authority=NOBODY, max_retries=0)
    report = either.call(client.check_credentials)
    assert NOBODY in problem(report)
    assert "authority" in report.problems[0].cure


def test_a_store_that_others_can_read(either: Either, emulator: Emulator, tmp_path: Path) -> None:
    store = tmp_path / "token"
    credential = RefreshTokenCredential(
        emulator.tenant_id, emulator.client_id, emulator.refresh_token, store=store
    )
    client = either.client(emulator.url, credential=credential, authority=emulator.authority)
    store.touch()
    store.chmod(0o644)
    report = either.call(client.check_credentials)
    assert isinstance(report.error, ConfigurationError)
    assert str(store) in problem(report)
    assert "chmod" in report.problems[0].cure
    assert "none" in repr(report)


def test_a_token_that_knows_when_it_expires(either: Either) -> None:
    expiry = time.time() + 100
    credential = AccessToken("opaque-token", expires_on=expiry)
    report = either.call(
        either.client(NOBODY, credential=credential).check_credentials, probe=False
    )
    assert report.expires_on is not None
    assert report.expires_on.timestamp() == pytest.approx(expiry, abs=1)
    assert "nothing renews it" in problem(report)
