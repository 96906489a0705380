"""Our credentials as credentials of an Azure SDK: the pipeline that all of them are built on."""

from collections.abc import Iterator
from typing import Any

import pytest
from azure.core import AsyncPipelineClient, PipelineClient
from azure.core.credentials import SupportsTokenInfo, TokenCredential
from azure.core.credentials_async import AsyncSupportsTokenInfo, AsyncTokenCredential
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    BearerTokenCredentialPolicy,
)
from azure.core.pipeline.transport import AsyncioRequestsTransport
from azure.core.rest import HttpRequest

from partnercenter_qual import (
    AccessToken,
    ClientSecretCredential,
    DeviceCodeCredential,
    Emulator,
    RefreshTokenCredential,
)

SCOPE = "https://api.partnercenter.microsoft.com/.default"

Ours = AccessToken | ClientSecretCredential | DeviceCodeCredential | RefreshTokenCredential


@pytest.fixture(scope="module")
def https() -> Iterator[Emulator]:
    with Emulator(customers=3, tls=True) as emulator:
        yield emulator


@pytest.fixture(params=["access token", "client secret", "refresh token", "device code"])
def credential(
    request: pytest.FixtureRequest, https: Emulator, monkeypatch: pytest.MonkeyPatch
) -> Ours:
    # Asked by an SDK, not by a client of ours that could say whom to trust.
    monkeypatch.setenv("SSL_CERT_FILE", str(https.ca_bundle))
    ids = (https.tenant_id, https.client_id)
    authority = https.authority
    match request.param:
        case "access token":
            return AccessToken(https.access_token())
        case "client secret":
            return ClientSecretCredential(*ids, https.client_secret, authority=authority)
        case "refresh token":
            return RefreshTokenCredential(*ids, https.refresh_token, authority=authority)
        case _:
            return DeviceCodeCredential(
                *ids, lambda code: https.approve_device_code(code.user_code), authority=authority
            )


def test_a_blocking_sdk_takes_it(https: Emulator, credential: Ours) -> None:
    assert isinstance(credential, TokenCredential)
    assert isinstance(credential, SupportsTokenInfo)
    policy = BearerTokenCredentialPolicy(credential, SCOPE)
    client: PipelineClient[Any, Any] = PipelineClient(https.url, policies=[policy])
    with client:
        for _ in range(2):
            answer = client.send_request(
                HttpRequest("GET", f"{https.url}/v1/customers"), connection_verify=https.ca_bundle
            )
            assert answer.status_code == 200


async def test_an_asynchronous_sdk_takes_it(https: Emulator, credential: Ours) -> None:
    assert isinstance(credential.aio, AsyncTokenCredential)
    assert isinstance(credential.aio, AsyncSupportsTokenInfo)
    policy = AsyncBearerTokenCredentialPolicy(credential.aio, SCOPE)
    client: AsyncPipelineClient[Any, Any] = AsyncPipelineClient(
        https.url, policies=[policy], transport=AsyncioRequestsTransport()
    )
    async with client:
        answer = await client.send_request(
            HttpRequest("GET", f"{https.url}/v1/customers"), connection_verify=https.ca_bundle
        )
        assert answer.status_code == 200
