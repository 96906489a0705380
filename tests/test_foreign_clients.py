"""Programs that know nothing of the emulator sign in to it and walk through its customers.

They are told where it is and whom to trust; where even their host names cannot be set, a hosts file
leads them to it.
"""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeAlias

import azure.identity
import msal
import pytest
import requests
from urllib3.util import connection

from partnercenter_qual import Emulator

from .certificates import Identity
from .foreign import PATIENCE
from .microsoft import SCOPE, by_device_code, by_secret, confidential, place, public
from .walking import WALKS, Walk, by_requests

CUSTOMERS = 1_200
API = "api.partnercenter.microsoft.com"
AUTHORITY = "login.microsoftonline.com"

pytestmark = pytest.mark.usefixtures("own_trust_only")

Link: TypeAlias = Literal["version", "plain"]
"""With or without `/v1`."""

SignIn: TypeAlias = Callable[[Emulator], str]
"""Get an access token."""


@pytest.fixture(scope="module", params=["version", "plain"])
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    link: Link = request.param
    with Emulator(CUSTOMERS, tls=True, wire={"next_link": link}) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.make()


@pytest.fixture
def led_here(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead requests, and what is built on it, to the emulator, as a hosts file would."""
    place = ("127.0.0.1", int(emulator.url.rpartition(":")[2]))
    genuine = connection.create_connection

    def create_connection(address: tuple[str, int], *args: Any, **options: Any) -> socket.socket:  # noqa: ANN401 - whatever urllib3 passes
        assert address in {(API, 443), (AUTHORITY, 443)}
        return genuine(place, *args, **options)

    monkeypatch.setattr(connection, "create_connection", create_connection)
    monkeypatch.setenv("NO_PROXY", "*")


def access_token(answer: dict[str, Any]) -> str:
    """Take the token out of an answer of MSAL's."""
    return str(answer.get("access_token") or pytest.fail(str(answer)))


def msal_secret(emulator: Emulator) -> str:
    application = confidential(emulator, emulator.client_secret)
    return access_token(application.acquire_token_for_client([SCOPE]))


def msal_refresh_token(emulator: Emulator) -> str:
    application = confidential(emulator, emulator.client_secret)
    return access_token(application.acquire_token_by_refresh_token(emulator.refresh_token, [SCOPE]))


def msal_device_code(emulator: Emulator) -> str:
    application = public(emulator, "organizations")
    flow = application.initiate_device_flow([SCOPE])
    emulator.approve_device_code(flow["user_code"])
    return access_token(application.acquire_token_by_device_flow(flow))


def azure_identity_secret(emulator: Emulator) -> str:
    with by_secret(emulator) as credential:
        return credential.get_token(SCOPE).token


def azure_identity_device_code(emulator: Emulator) -> str:
    with by_device_code(emulator) as credential:
        return credential.get_token(SCOPE).token


def version_1(emulator: Emulator, **grant: str) -> str:
    """Post a form to the endpoint of version 1, as the documents' own samples do."""
    answer = requests.post(
        f"{emulator.authority}/{emulator.tenant_id}/oauth2/token",
        data={"client_id": emulator.client_id, "client_secret": emulator.client_secret, **grant},
        verify=emulator.ca_bundle,
        timeout=PATIENCE,
    )
    return access_token(answer.json())


def version_1_secret(emulator: Emulator) -> str:
    return version_1(emulator, grant_type="client_credentials", resource=f"https://{API}")


def version_1_refresh_token(emulator: Emulator) -> str:
    grant = {"grant_type": "refresh_token", "refresh_token": emulator.refresh_token}
    return version_1(emulator, **grant, resource=f"https://{API}", scope="openid")


@pytest.mark.parametrize("size", [None, 0, 7, 499, 500])
@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_each_customer_is_met_once(emulator: Emulator, walk: Walk, size: int | None) -> None:
    before = len(emulator.journal)
    assert walk(emulator, version_1_secret(emulator), size) == emulator.customer_ids
    pages = -(-CUSTOMERS // (size or 500))
    assert [entry.status for entry in emulator.journal[before:]] == [200] * (1 + pages)


@pytest.mark.parametrize(
    "sign_in",
    [
        msal_secret,
        msal_refresh_token,
        msal_device_code,
        azure_identity_secret,
        azure_identity_device_code,
        version_1_secret,
        version_1_refresh_token,
    ],
)
def test_every_way_to_sign_in_leads_to_the_customers(emulator: Emulator, sign_in: SignIn) -> None:
    assert by_requests(emulator, sign_in(emulator)) == emulator.customer_ids


class TestCertificates:
    """What signs in with a key, and so needs a certificate registered first."""

    def test_msal(self, emulator: Emulator, identity: Identity) -> None:
        certificate = identity.certificate_pem().decode()
        emulator.register_certificate(certificate)
        proof = {"private_key": identity.key_pem(), "public_certificate": certificate}
        answer = confidential(emulator, proof).acquire_token_for_client([SCOPE])
        assert by_requests(emulator, access_token(answer)) == emulator.customer_ids

    def test_azure_identity(self, emulator: Emulator, identity: Identity, tmp_path: Path) -> None:
        path = tmp_path / "application.pem"
        path.write_bytes(identity.pem())
        emulator.register_certificate(path)
        ids = (emulator.tenant_id, emulator.client_id)
        with azure.identity.CertificateCredential(*ids, str(path), **place(emulator)) as credential:
            token = credential.get_token(SCOPE).token
        assert by_requests(emulator, token) == emulator.customer_ids


@pytest.mark.usefixtures("led_here")
class TestUnderTheServicesOwnNames:
    """What asks Microsoft itself, as it does by default: for the metadata, and whether to trust."""

    def test_azure_identity(self, emulator: Emulator) -> None:
        ids = (emulator.tenant_id, emulator.client_id, emulator.client_secret)
        with azure.identity.ClientSecretCredential(
            *ids, connection_verify=emulator.ca_bundle
        ) as credential:
            token = credential.get_token(SCOPE).token
        walked = by_requests(emulator, token, base_url=f"https://{API}")
        assert walked == emulator.customer_ids

    @pytest.mark.parametrize("tenant", ["id", "partner.example"])
    def test_msal(self, emulator: Emulator, tenant: str) -> None:
        tenant = emulator.tenant_id if tenant == "id" else tenant
        application = msal.ConfidentialClientApplication(
            emulator.client_id,
            client_credential=emulator.client_secret,
            authority=f"https://{AUTHORITY}/{tenant}",
            verify=emulator.ca_bundle,
        )
        token = access_token(application.acquire_token_for_client([SCOPE]))
        walked = by_requests(emulator, token, base_url=f"https://{API}")
        assert walked == emulator.customer_ids

    def test_an_authority_that_microsoft_does_not_know(self, emulator: Emulator) -> None:
        """MSAL asks the public authority about it, which here is the emulator itself."""
        application = msal.ConfidentialClientApplication(
            emulator.client_id,
            client_credential=emulator.client_secret,
            authority=f"https://login.partner.example/{emulator.tenant_id}",
            verify=emulator.ca_bundle,
        )
        assert access_token(application.acquire_token_for_client([SCOPE]))
