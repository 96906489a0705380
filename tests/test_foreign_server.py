"""Our credentials with an OAuth2 server that none of us wrote."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from partnercenter_qual import (
    AuthenticationError,
    Client,
    ClientCertificateCredential,
    ClientSecretCredential,
    DeviceCode,
    DeviceCodeCredential,
    RefreshTokenCredential,
)
from partnercenter_qual._credential import Credential

from .foreign import (
    AUDIENCE,
    CERTIFIED_CLIENT_ID,
    CLIENT_ID,
    CLIENT_SECRET,
    PUBLIC_CLIENT_ID,
    SCOPE,
    TENANT_ID,
    AuthorizationServer,
    User,
)
from .scripted import CUSTOMER_ID, Answer, Scripted
from .waiting import until

TURNS = 5

Ask: TypeAlias = Callable[[Credential], str]
"""Get an access token of a credential."""


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as server:
        yield server


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask a credential, or its asynchronous twin."""

    async def twin(credential: Credential) -> str:
        return (await credential.aio.get_token(SCOPE)).token

    if request.param == "sync":
        return lambda credential: credential.get_token(SCOPE).token
    return lambda credential: asyncio.run(twin(credential))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Write a private key and a certificate that it signed itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "application")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "application.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def by_secret(server: AuthorizationServer, secret: str = CLIENT_SECRET) -> ClientSecretCredential:
    return ClientSecretCredential(TENANT_ID, CLIENT_ID, secret, authority=server.authority)


def first_refresh_token(server: AuthorizationServer, client_id: str, **proof: str) -> str:
    """Sign in with the device flow, by hand."""
    wanted = f"{SCOPE} offline_access"
    status, code = server.post("devicecode", client_id=client_id, scope=wanted, **proof)
    assert status == 200, code
    User().approve(code["verification_uri"], code["user_code"])
    status, tokens = server.post(
        "token",
        grant_type="urn:ietf:params:oauth:grant-type:device_code",
        client_id=client_id,
        device_code=code["device_code"],
        **proof,
    )
    assert status == 200, tokens
    return str(tokens["refresh_token"])


def by_refresh_token(
    server: AuthorizationServer,
    refresh_token: str | None,
    store: Path | None = None,
    on_rotate: Callable[[str], object] | None = None,
) -> RefreshTokenCredential:
    return RefreshTokenCredential(
        TENANT_ID,
        PUBLIC_CLIENT_ID,
        refresh_token,
        store=store,
        on_rotate=on_rotate,
        authority=server.authority,
    )


def test_a_client_secret_gives_a_token(ask: Ask, server: AuthorizationServer) -> None:
    got = claims(ask(by_secret(server)))
    assert (got["aud"], got["sub"], got["scope"]) == (AUDIENCE, CLIENT_ID, SCOPE)


def test_a_token_may_be_opaque(ask: Ask) -> None:
    with AuthorizationServer(opaque=True) as server:
        token = ask(by_secret(server))
    assert token
    assert "." not in token


def test_a_wrong_secret_is_refused_and_not_shown(ask: Ask, server: AuthorizationServer) -> None:
    with pytest.raises(AuthenticationError) as caught:
        ask(by_secret(server, "not-the-secret"))
    assert caught.value.error == "invalid_client"
    assert caught.value.hint
    assert "not-the-secret" not in f"{caught.value!r} {caught.value}"


def test_a_certificate_gives_a_token(ask: Ask, certificate: Path) -> None:
    with AuthorizationServer(certificate=certificate) as server:
        credential = ClientCertificateCredential(
            TENANT_ID, CERTIFIED_CLIENT_ID, certificate, authority=server.authority
        )
        assert claims(ask(credential))["sub"] == CERTIFIED_CLIENT_ID


def test_a_token_that_ends_is_replaced() -> None:
    with AuthorizationServer(access_token_life=1) as server:
        credential = by_secret(server)
        first = credential.get_token(SCOPE)
        until(lambda: credential.get_token(SCOPE).token != first.token)
        assert credential.get_token(SCOPE).expires_on >= first.expires_on  # in whole seconds


def test_a_client_takes_the_token_to_the_service(server: AuthorizationServer) -> None:
    with Scripted([Answer([])]) as service, by_secret(server) as credential:
        with Client(credential, base_url=service.url) as client:
            client.get_qualifications(CUSTOMER_ID)
        token = service.requests[0].headers["authorization"].removeprefix("Bearer ")
    assert claims(token)["iss"] == server.authority


def test_refresh_tokens_rotate_and_the_store_has_the_last(
    ask: Ask, server: AuthorizationServer, tmp_path: Path
) -> None:
    store, rotated = tmp_path / "refresh_token", list[str]()
    first = first_refresh_token(server, PUBLIC_CLIENT_ID)
    credential = by_refresh_token(server, first, store, rotated.append)
    tokens = set[str]()
    for _ in range(TURNS):
        tokens.add(ask(credential))
        credential.close()  # without an access token, the next turn needs the refresh token
    assert len(tokens) == TURNS
    assert len({first, *rotated}) == 1 + TURNS
    assert rotated[-1] in store.read_text()
    assert not any(old in store.read_text() for old in [first, *rotated[:-1]])
    # Where another one begins: had it used any but the last, the server would have refused.
    another = by_refresh_token(server, None, store, rotated.append)
    assert claims(ask(another))["sub"] == "admin"
    assert len(set(rotated)) == TURNS + 1


def test_a_confidential_client_refreshes_with_its_secret(
    ask: Ask, server: AuthorizationServer
) -> None:
    rotated = list[str]()
    first = first_refresh_token(server, CLIENT_ID, client_secret=CLIENT_SECRET)
    credential = RefreshTokenCredential(
        TENANT_ID,
        CLIENT_ID,
        first,
        CLIENT_SECRET,
        on_rotate=rotated.append,
        authority=server.authority,
    )
    assert claims(ask(credential))["client_id"] == CLIENT_ID
    assert len(rotated) == 1


def test_a_used_refresh_token_is_refused_with_a_hint(ask: Ask, server: AuthorizationServer) -> None:
    first = first_refresh_token(server, PUBLIC_CLIENT_ID)
    good = by_refresh_token(server, first)
    ask(good)
    with pytest.raises(AuthenticationError) as caught:
        ask(by_refresh_token(server, first))
    assert caught.value.error == "invalid_grant"
    assert caught.value.hint
    assert "DeviceCodeCredential" in caught.value.hint
    assert first not in f"{caught.value!r} {caught.value}"
    # Reuse has voided the whole family, so that the good one has nothing left either.
    good.close()
    with pytest.raises(AuthenticationError) as caught:
        ask(good)
    assert caught.value.error == "invalid_grant"


def test_a_user_signs_in_on_another_device(
    ask: Ask, server: AuthorizationServer, tmp_path: Path
) -> None:
    store, rotated, shown = tmp_path / "refresh_token", list[str](), list[DeviceCode]()
    credential = DeviceCodeCredential(
        TENANT_ID,
        PUBLIC_CLIENT_ID,
        shown.append,
        store=store,
        on_rotate=rotated.append,
        authority=server.authority,
    )
    approval = threading.Thread(target=approve_once_polled, args=(server, shown))
    approval.start()
    assert claims(ask(credential))["sub"] == "admin"
    approval.join()
    assert len(shown) == len(rotated) == 1
    # From here on the refresh token serves, in this credential as in another: nobody is asked.
    credential.close()
    assert claims(ask(credential))["sub"] == "admin"
    assert claims(ask(by_refresh_token(server, None, store)))["sub"] == "admin"
    assert (len(shown), len(rotated)) == (1, 2)


def approve_once_polled(server: AuthorizationServer, shown: list[DeviceCode]) -> None:
    """Sign in after the device has been told at least once that it has to wait."""
    assert server.next_refusal() == "authorization_pending"
    assert datetime.now(UTC) < shown[0].expires_on
    assert shown[0].user_code in shown[0].message
    assert shown[0].verification_uri in shown[0].message
    User().approve(shown[0].verification_uri, shown[0].user_code)
