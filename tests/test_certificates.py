"""Certificates in every form, and what is signed with their keys."""

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import PrivateFormat

from partnercenter_qual import (
    AuthenticationError,
    ClientCertificateCredential,
    ConfigurationError,
    Emulator,
)

from .authority import CLIENT_ID, TENANT_ID, entra, form, identity, issued, token_requests
from .certificates import Identity
from .either import Either
from .scripted import Answer, Scripted

PASSWORD = "pass/word+of=the&key"  # noqa: S105 - opens nothing
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@cache
def other() -> Identity:
    return Identity.make(name="another application")


@cache
def elliptic() -> Identity:
    return Identity.make(ec.generate_private_key(ec.SECP256R1()))


def locked(form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return identity().key_pem(form, PASSWORD.encode())


CERTIFICATE = identity().certificate_pem()
KEY = identity().key_pem()

# The content, and the password that opens it.
GOOD: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "key first": (lambda: KEY + CERTIFICATE, None),
    "certificate first": (lambda: CERTIFICATE + KEY, None),
    "PKCS #1": (
        lambda: CERTIFICATE + identity().key_pem(PrivateFormat.TraditionalOpenSSL),
        None,
    ),
    "encrypted PKCS #8": (lambda: locked() + CERTIFICATE, PASSWORD),
    "chain": (lambda: CERTIFICATE + other().certificate_pem() + KEY, None),
    "chain in another order": (lambda: KEY + other().certificate_pem() + CERTIFICATE, None),
    "words around": (lambda: b"Bag Attributes\n  x: 1\n" + KEY + b"\n--\n" + CERTIFICATE, None),
    "CRLF": (lambda: (KEY + CERTIFICATE).replace(b"\n", b"\r\n"), None),
    "needless password": (lambda: KEY + CERTIFICATE, PASSWORD),
    "PFX": (lambda: identity().pfx(PASSWORD.encode()), PASSWORD),
    "PFX without password": (lambda: identity().pfx(), None),
    "PFX with a chain": (
        lambda: identity().pfx(PASSWORD.encode(), other().certificate),
        PASSWORD,
    ),
}

every_form = pytest.mark.parametrize(("content", "password"), GOOD.values(), ids=GOOD)


def credential(
    content: Any,  # noqa: ANN401 - whatever a certificate may be
    password: str | None = None,
    authority: str | None = None,
) -> ClientCertificateCredential:
    return ClientCertificateCredential(
        TENANT_ID, CLIENT_ID, content, password=password, authority=authority
    )


@every_form
def test_a_registered_certificate_opens(
    either: Either, emulator: Emulator, content: Callable[[], bytes], password: str | None
) -> None:
    emulator.register_certificate(CERTIFICATE)
    certified = ClientCertificateCredential(
        emulator.tenant_id,
        emulator.client_id,
        content(),
        password=password,
        authority=emulator.authority,
    )
    client = either.client(emulator.url, credential=certified)
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []


@pytest.mark.parametrize("kind", [str, Path])
@every_form
def test_a_file_is_read(
    tmp_path: Path, kind: type[str] | type[Path], content: Callable[[], bytes], password: str | None
) -> None:
    path = tmp_path / "certificate"
    path.write_bytes(content())
    with Scripted(entra(issued("a-token"))) as server:
        certified = credential(kind(path), password, server.url)
        path.unlink()
        assert certified.get_token().token == "a-token"  # noqa: S105 - opens nothing


def test_one_that_is_not_registered_is_refused(either: Either, emulator: Emulator) -> None:
    certified = ClientCertificateCredential(
        emulator.tenant_id, emulator.client_id, identity().pem(), authority=emulator.authority
    )
    client = either.client(emulator.url, credential=certified)
    with pytest.raises(AuthenticationError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert (raised.value.error, raised.value.aadsts_code) == ("invalid_client", 700027)
    assert "upload the certificate" in (raised.value.hint or "")


def test_what_is_signed_holds() -> None:
    with Scripted(entra(issued())) as server:
        credential(identity().pem(), authority=server.url).get_token()
        (request,) = server.requests
        audience = f"{server.url}/{TENANT_ID}/oauth2/v2.0/token"
    fields = form(request)
    assert {"client_secret"}.isdisjoint(fields)
    assert fields["grant_type"] == "client_credentials"
    assert fields["client_id"] == CLIENT_ID
    assert fields["client_assertion_type"] == ASSERTION_TYPE
    assertion = fields["client_assertion"]
    claims = jwt.decode(
        assertion,
        identity().public_pem(),
        algorithms=["PS256"],
        audience=audience,
        options={"require": ["iss", "sub", "aud", "jti", "exp", "nbf"]},
    )
    assert claims["iss"] == claims["sub"] == CLIENT_ID
    assert 0 < claims["exp"] - time.time() <= 600
    assert claims["nbf"] <= time.time()
    digest = identity().certificate.fingerprint(hashes.SHA256())
    thumbprint = urlsafe_b64encode(digest).decode().rstrip("=")
    assert jwt.get_unverified_header(assertion)["x5t#S256"] == thumbprint


def test_each_request_is_signed_anew() -> None:
    again = Answer(status=503, headers={"Retry-After": "0"})
    with Scripted(entra(again, issued())) as server:
        credential(identity().pem(), authority=server.url).get_token()
        one, two = (form(asked)["client_assertion"] for asked in token_requests(server))
    ids = [jwt.decode(it, options={"verify_signature": False})["jti"] for it in (one, two)]
    assert len({*ids}) == 2


Bad = tuple[Callable[[], bytes], str | None, str, str]

# The content, the password, the argument at fault, and what the cure speaks of.
BAD: dict[str, Bad] = {
    "key alone": (lambda: KEY, None, "certificate", "certificate"),
    "certificate alone": (lambda: CERTIFICATE, None, "certificate", "private key"),
    "another's key": (lambda: other().key_pem() + CERTIFICATE, None, "certificate", "belongs"),
    "elliptic key": (lambda: elliptic().pem(), None, "certificate", "RSA"),
    "elliptic PFX": (lambda: elliptic().pfx(PASSWORD.encode()), PASSWORD, "certificate", "RSA"),
    "no password": (lambda: locked() + CERTIFICATE, None, "password", "password"),
    "wrong password": (lambda: locked() + CERTIFICATE, "wrong", "password", "right password"),
    "empty password": (lambda: locked() + CERTIFICATE, "", "password", "password"),
    "encrypted PKCS #1": (
        lambda: locked(PrivateFormat.TraditionalOpenSSL) + CERTIFICATE,
        PASSWORD,
        "certificate",
        "PKCS #8",
    ),
    "PFX, no password": (lambda: identity().pfx(PASSWORD.encode()), None, "password", "password"),
    "PFX, wrong password": (lambda: identity().pfx(b"x"), PASSWORD, "password", "password"),
    "cut PFX": (lambda: identity().pfx(b"x")[:-100], "x", "certificate", "PFX"),
    "cut PEM": (lambda: (CERTIFICATE + KEY)[:-200], None, "certificate", "PEM"),
    "cut key": (
        lambda: CERTIFICATE + KEY[:400] + b"\n-----END PRIVATE KEY-----\n",
        None,
        "certificate",
        "PEM text that is whole",
    ),
    "DER": (lambda: identity().certificate.tbs_certificate_bytes, None, "certificate", "PFX"),
    "nothing": (lambda: b"", None, "certificate", "PEM"),
    "words": (lambda: b"not a certificate", None, "certificate", "PEM"),
}


@pytest.mark.parametrize(("content", "password", "field", "words"), BAD.values(), ids=BAD)
def test_what_is_of_no_use_is_refused(
    tmp_path: Path, content: Callable[[], bytes], password: str | None, field: str, words: str
) -> None:
    path = tmp_path / "certificate.pem"
    path.write_bytes(content())
    for certificate in (content(), path):
        with pytest.raises(ConfigurationError) as raised:
            credential(certificate, password)
        assert (raised.value.field, words in raised.value.cure) == (field, True), raised.value
        assert raised.value.value == "[redacted]"
        assert "PRIVATE KEY" not in str(raised.value)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, kind: type[str] | type[Path]) -> None:
    for path in (tmp_path / "none.pem", tmp_path):
        with pytest.raises(ConfigurationError, match="director") as raised:
            credential(kind(path))
        assert raised.value.field == "certificate"
        assert str(path) in raised.value.value


def test_text_in_place_of_a_path_is_not_shown() -> None:
    with pytest.raises(ConfigurationError) as raised:
        credential(identity().pem().decode())
    assert raised.value.value == "[redacted]"
    assert "bytes" in raised.value.cure


def test_two_applications_do_not_take_each_others() -> None:
    def answered(certified: ClientCertificateCredential, server: Scripted) -> str:
        certified.get_token()
        assertion = form(server.requests[-1])["client_assertion"]
        return str(jwt.get_unverified_header(assertion)["x5t#S256"])

    with Scripted(entra(issued())) as server:
        made = [credential(one.pem(), authority=server.url) for one in (identity(), other())]
        assert len({answered(certified, server) for certified in made}) == 2
