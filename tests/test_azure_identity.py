"""The real azure-identity and MSAL before the emulator's Entra, and as credentials of our clients.

Both speak https only, and are told not to ask Microsoft whether the authority is genuine.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import azure.identity
import azure.identity.aio
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import AsyncioRequestsTransport
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from partnercenter_qual import (
    AsyncClient,
    Client,
    Emulator,
    PermissionDeniedError,
    UnauthorizedError,
)

from .certificates import Identity
from .either import Either
from .microsoft import SCOPE, by_device_code, by_secret, confidential, place, public

pytestmark = pytest.mark.usefixtures("own_trust_only")


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.make()


@pytest.fixture
def secure() -> Iterator[Emulator]:
    with Emulator(customers=3, tls=True) as emulator:
        yield emulator


def assert_opens(emulator: Emulator, token: str) -> None:
    """Check that the API takes a token."""
    with Client(token, base_url=emulator.url, ca_bundle=emulator.ca_bundle) as client:
        assert client.get_qualifications(emulator.customer_ids[0]) == []


def token_requests(emulator: Emulator) -> list[int | None]:
    """Give the statuses of all token requests."""
    return [entry.status for entry in emulator.journal if entry.path.endswith("/token")]


class TestAzureIdentity:
    def test_a_secret_opens(self, secure: Emulator) -> None:
        with by_secret(secure) as credential:
            token = credential.get_token(SCOPE)
            assert credential.get_token_info(SCOPE).token == token.token  # from its cache
        assert_opens(secure, token.token)
        assert abs(token.expires_on - datetime.now(UTC).timestamp() - 3600) < 60
        assert token_requests(secure) == [200]

    def test_a_wrong_secret_is_explained(self, secure: Emulator) -> None:
        with (
            by_secret(secure, "not-the-secret") as credential,
            pytest.raises(ClientAuthenticationError, match="AADSTS7000215"),
        ):
            credential.get_token(SCOPE)

    @pytest.mark.parametrize("form", ["path", "text path", "text", "pem", "der"])
    def test_a_certificate_opens(
        self, secure: Emulator, identity: Identity, form: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "certificate.pem"
        path.write_bytes(identity.pem())
        forms: dict[str, str | Path | bytes] = {
            "path": path,
            "text path": str(path),
            "text": identity.certificate_pem().decode(),
            "pem": identity.certificate_pem(),
            "der": identity.certificate.public_bytes(Encoding.DER),
        }
        secure.register_certificate(forms[form])
        ids = (secure.tenant_id, secure.client_id)
        with azure.identity.CertificateCredential(*ids, str(path), **place(secure)) as credential:
            assert_opens(secure, credential.get_token(SCOPE).token)

    def test_a_certificate_must_be_registered(self, secure: Emulator, identity: Identity) -> None:
        data = identity.pem()
        credential = azure.identity.CertificateCredential(
            secure.tenant_id, secure.client_id, certificate_data=data, **place(secure)
        )
        with credential, pytest.raises(ClientAuthenticationError, match="AADSTS700027"):
            credential.get_token(SCOPE)

    def test_a_device_code_opens(self, secure: Emulator) -> None:
        with by_device_code(secure) as credential:
            assert_opens(secure, credential.get_token(SCOPE).token)

    async def test_a_secret_opens_in_an_event_loop(self, secure: Emulator) -> None:
        credential = azure.identity.aio.ClientSecretCredential(
            secure.tenant_id,
            secure.client_id,
            secure.client_secret,
            transport=AsyncioRequestsTransport(connection_verify=secure.ca_bundle),
            authority=secure.authority,
            disable_instance_discovery=True,
        )
        async with credential:
            token = await credential.get_token(SCOPE)
            async with AsyncClient(
                credential, base_url=secure.url, ca_bundle=secure.ca_bundle
            ) as client:
                assert await client.get_qualifications(secure.customer_ids[0]) == []
        assert_opens(secure, token.token)


class TestMsal:
    def test_a_secret_opens(self, secure: Emulator) -> None:
        answer = confidential(secure, secure.client_secret).acquire_token_for_client([SCOPE])
        assert answer["expires_in"] == 3600
        assert_opens(secure, answer["access_token"])

    @pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
    def test_a_certificate_opens(
        self, secure: Emulator, identity: Identity, algorithm: str
    ) -> None:
        secure.register_certificate(identity.certificate_pem())
        certificate = identity.certificate_pem().decode()
        credential = {"private_key": identity.key_pem(), "public_certificate": certificate}
        if algorithm == "RS256":  # who names the certificate by its SHA-1
            fingerprint = identity.certificate.fingerprint(hashes.SHA1())  # noqa: S303 - as above
            credential = {"private_key": identity.key_pem(), "thumbprint": fingerprint.hex()}
        answer = confidential(secure, credential).acquire_token_for_client([SCOPE])
        assert_opens(secure, answer["access_token"])

    def test_a_refresh_token_opens_and_rotates(self, secure: Emulator) -> None:
        application = confidential(secure, secure.client_secret)
        first = secure.refresh_token
        answer = application.acquire_token_by_refresh_token(first, [SCOPE])
        assert_opens(secure, answer["access_token"])
        second = answer["refresh_token"]
        assert second != first
        application.acquire_token_by_refresh_token(second, [SCOPE])
        stolen = application.acquire_token_by_refresh_token(first, [SCOPE])
        assert (stolen["error"], stolen["error_codes"]) == ("invalid_grant", [50173])

    def test_a_device_code_opens_and_its_tokens_renew(self) -> None:
        with Emulator(1, tls=True, token_lifetime=2) as emulator:
            application = public(emulator)
            flow = application.initiate_device_flow([SCOPE])
            emulator.approve_device_code(flow["user_code"])
            answer = application.acquire_token_by_device_flow(flow)
            assert answer["id_token_claims"]["tid"] == emulator.tenant_id
            assert_opens(emulator, answer["access_token"])
            (account,) = application.get_accounts()
            assert account["username"] == answer["id_token_claims"]["preferred_username"]
            for _ in range(3):  # so short a life counts as over
                renewed = application.acquire_token_silent([SCOPE], account)
                assert_opens(emulator, renewed["access_token"])
            assert token_requests(emulator) == [200] * 4

    def test_a_user_may_decline(self, secure: Emulator) -> None:
        application = public(secure, "organizations")
        flow = application.initiate_device_flow([SCOPE])
        pending = application.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
        assert pending["error"] == "authorization_pending"
        secure.decline_device_code(flow["user_code"])
        flow["latest_attempt_at"] = 0  # or MSAL warns that this is too soon
        answer = application.acquire_token_by_device_flow(flow)
        assert answer["error"] == "authorization_declined"

    def test_an_unknown_tenant_is_refused(self, secure: Emulator) -> None:
        with pytest.raises(ValueError, match="Unable to get authority configuration"):
            public(secure, "11111111-2222-3333-4444-555555555555")


class TestAsOurCredential:
    def test_a_secret_reads_and_may_not_write(self, secure: Emulator, either: Either) -> None:
        customer_id = secure.customer_ids[0]
        with by_secret(secure) as credential:
            client = either.client(secure, credential=credential)
            assert either.call(client.get_qualifications, customer_id) == []
            with pytest.raises(PermissionDeniedError) as caught:
                either.call(client.update_qualification, customer_id, "StateOwnedEntity")
        assert caught.value.code == "900329"
        assert token_requests(secure) == [200]

    def test_a_user_writes(self, secure: Emulator, either: Either) -> None:
        with by_device_code(secure) as credential:
            client = either.client(secure, credential=credential)
            customer_id = secure.customer_ids[0]
            either.call(client.update_qualification, customer_id, "StateOwnedEntity")
        assert [effect.customer_id for effect in secure.effects] == [customer_id]

    def test_a_user_needs_multifactor_authentication(
        self, secure: Emulator, either: Either
    ) -> None:
        with by_device_code(secure, mfa=False) as credential:
            client = either.client(secure, credential=credential)
            with pytest.raises(UnauthorizedError) as caught:
                either.call(client.get_qualifications, secure.customer_ids[0])
        assert caught.value.code == "900421"
