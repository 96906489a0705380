"""Whom a client trusts: the system's authorities and those of `ca_bundle`, never nobody's."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from partnercenter_qual import ConfigurationError, RequestTimeoutError, TransportError

from .either import Either
from .scripted import CUSTOMER_ID, Answer, Scripted

TLS = Path(__file__).parent / "tls"
AUTHORITY = TLS / "ca.pem"
STRANGER = TLS / "stranger.pem"


@pytest.fixture
def server() -> Iterator[Scripted]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(TLS / "server.pem")
    with Scripted([Answer([])], tls=tls) as server:
        yield server


@pytest.fixture(autouse=True)
def system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system trust the stranger alone, so that no test depends on the machine's own."""
    trust(monkeypatch, STRANGER)


def trust(monkeypatch: pytest.MonkeyPatch, authority: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


def test_an_unknown_authority_is_not_trusted(either: Either, server: Scripted) -> None:
    client = either.client(server, max_retries=0)
    with pytest.raises(TransportError, match=r"UnknownIssuer -> .* ca_bundle") as caught:
        either.call(client.get_qualifications, CUSTOMER_ID)
    assert not isinstance(caught.value, RequestTimeoutError)
    assert caught.value.customer_id == CUSTOMER_ID
    assert server.requests == []


def test_the_systems_authorities_are_trusted(
    either: Either, server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(monkeypatch, AUTHORITY)
    client = either.client(server)
    assert either.call(client.get_qualifications, CUSTOMER_ID) == []


@pytest.mark.parametrize("form", [str, Path])
def test_a_private_authority_can_be_added(
    either: Either, server: Scripted, form: type[str | Path]
) -> None:
    client = either.client(server, ca_bundle=form(AUTHORITY))
    assert either.call(client.get_qualifications, CUSTOMER_ID) == []


def test_it_can_be_added_to_a_derived_client(either: Either, server: Scripted) -> None:
    client = either.client(server, max_retries=0)
    derived = client.with_options(ca_bundle=AUTHORITY)
    assert either.call(derived.get_qualifications, CUSTOMER_ID) == []
    with pytest.raises(TransportError):
        either.call(client.get_qualifications, CUSTOMER_ID)


def test_a_certificate_holds_for_its_own_host_alone(either: Either, server: Scripted) -> None:
    url = server.url.replace("127.0.0.1", "localhost")
    client = either.client(url, ca_bundle=AUTHORITY, max_retries=0)
    with pytest.raises(TransportError, match="certificate not valid for name"):
        either.call(client.get_qualifications, CUSTOMER_ID)
    assert server.requests == []


def test_no_common_cipher_is_an_error_of_the_connection(either: Either) -> None:
    without_certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with Scripted([Answer([])], tls=without_certificate) as server:
        client = either.client(server, max_retries=0)
        with pytest.raises(TransportError, match="HandshakeFailure"):
            either.call(client.get_qualifications, CUSTOMER_ID)


@pytest.mark.parametrize("text", [None, "", "nonsense", "-----BEGIN CERTIFICATE-----\nAA"])
def test_an_unusable_bundle_is_refused(either: Either, tmp_path: Path, text: str | None) -> None:
    bundle = tmp_path / "bundle.pem"
    if text is not None:
        bundle.write_text(text)
    with pytest.raises(ConfigurationError, match="ca_bundle") as caught:
        either.make("https://partner.example", ca_bundle=bundle)
    assert caught.value.field == "ca_bundle"
    assert "PEM" in caught.value.cure
