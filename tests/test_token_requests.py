"""What our credentials send to an authority: where, for what, and nothing that shows."""

from collections.abc import Callable
from typing import Any

import pytest

from partnercenter_qual import AsyncClient, Client, RefreshTokenCredential
from partnercenter_qual._credential import Credential

from .authority import (
    CLIENT_ID,
    CLIENT_SECRET,
    DEVICE,
    REFRESH_TOKEN,
    SCOPE,
    SCRIPTED,
    TENANT_ID,
    by_refresh_token,
    by_secret,
    entra,
    form,
    issued,
    token_requests,
)
from .either import Either
from .scripted import CUSTOMER_ID, Request, Scripted

CHINA = "https://partner.partnercenterapi.microsoftonline.cn/.default"

Make = Callable[..., Credential]

every = pytest.mark.parametrize("make", SCRIPTED.values(), ids=SCRIPTED)


def of_confidential_client(authority: str | None = None) -> Credential:
    return RefreshTokenCredential(
        TENANT_ID, CLIENT_ID, REFRESH_TOKEN, CLIENT_SECRET, authority=authority
    )


USER = {"client_id": CLIENT_ID, "scope": f"{SCOPE} offline_access"}

FORMS: dict[str, tuple[Make, dict[str, str]]] = {
    "client secret": (
        by_secret,
        {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scope": SCOPE,
        },
    ),
    "refresh token": (
        of_confidential_client,
        {
            "grant_type": "refresh_token",
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH_TOKEN,
            **USER,
        },
    ),
    "refresh token of a public client": (
        by_refresh_token,
        {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN, **USER},
    ),
}


def check_place(request: Request, endpoint: str) -> None:
    assert request.method == "POST"
    assert request.path == f"/{TENANT_ID}/oauth2/v2.0/{endpoint}"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["user-agent"].startswith("partnercenter_qual/")
    assert "authorization" not in request.headers


@pytest.mark.parametrize(("make", "fields"), FORMS.values(), ids=FORMS)
def test_a_form_says_all(either: Either, make: Make, fields: dict[str, str]) -> None:
    with Scripted(entra(issued("the-token"))) as server:
        client = either.client(server, credential=make(server.url))
        either.call(client.get_qualifications, CUSTOMER_ID)
        asked, call = server.requests
    check_place(asked, "token")
    assert form(asked) == fields
    assert call.headers["authorization"] == "Bearer the-token"


def test_a_device_code_is_asked_for_then_exchanged(either: Either) -> None:
    with Scripted(entra(issued("the-token"))) as server:
        client = either.client(server, credential=SCRIPTED["device code"](server.url))
        either.call(client.get_qualifications, CUSTOMER_ID)
        code, asked, call = server.requests
    check_place(code, "devicecode")
    check_place(asked, "token")
    assert form(code) == USER
    assert form(asked) == {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": CLIENT_ID,
        "device_code": DEVICE["device_code"],
    }
    assert call.headers["authorization"] == "Bearer the-token"


@every
def test_nothing_secret_is_in_an_address_or_header(make: Make) -> None:
    with Scripted(entra(issued())) as server:
        make(server.url).get_token()
        for request in server.requests:
            shown = f"{request.path} {request.headers}"
            secrets = {*form(request).values()} - {CLIENT_ID}
            assert not [secret for secret in secrets if secret in shown and len(secret) > 1]
            assert "graph.windows.net" not in request.body.decode()


@every
@pytest.mark.parametrize(
    ("cloud", "scope"), [("global", SCOPE), ("usgov", SCOPE), ("china", CHINA)]
)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
async def test_the_clients_cloud_gives_the_scope(
    kind: type[Client] | type[AsyncClient], make: Make, cloud: str, scope: str
) -> None:
    with Scripted(entra(issued())) as server:
        options: dict[str, Any] = {"cloud": cloud, "base_url": server.url, "authority": server.url}
        client = kind(make(), **options)
        called = client.get_qualifications(CUSTOMER_ID)
        assert (called if isinstance(called, list) else await called) == []
        asked = form(server.requests[0])["scope"]
    assert asked.split() == [scope, *(["offline_access"] if "offline" in asked else [])]


def test_clients_of_two_clouds_have_tokens_of_their_own(either: Either) -> None:
    with Scripted(entra(issued("first"), issued("second"))) as server:
        credential = by_secret(server.url)
        for cloud in ("global", "china", "usgov", "china"):
            client = either.client(server, credential=credential, cloud=cloud)
            either.call(client.get_qualifications, CUSTOMER_ID)
        assert [form(asked)["scope"] for asked in token_requests(server)] == [SCOPE, CHINA]
        calls = [request for request in server.requests if request.method == "GET"]
    tokens = [call.headers["authorization"].split()[1] for call in calls]
    assert tokens == ["first", "second", "first", "second"]


@every
def test_the_credentials_authority_wins_over_the_clients(either: Either, make: Make) -> None:
    with Scripted(entra(issued())) as own, Scripted(entra(issued())) as of_client:
        client = either.client(of_client, credential=make(own.url), authority=of_client.url)
        either.call(client.get_qualifications, CUSTOMER_ID)
        assert token_requests(own)
        assert not token_requests(of_client)


@every
def test_a_credential_of_no_authority_takes_the_clients(either: Either, make: Make) -> None:
    with Scripted(entra(issued())) as one, Scripted(entra(issued())) as other:
        credential = make()
        for server in (one, other):
            client = either.client(server, credential=credential, authority=server.url)
            either.call(client.get_qualifications, CUSTOMER_ID)
            assert len(token_requests(server)) == 1


@every
def test_other_scopes_tenant_and_claims_arrive(make: Make) -> None:
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
    scopes = ("https://vault.azure.net/.default", "https://management.azure.com/.default")
    with Scripted(entra(issued())) as server:
        make(server.url).get_token(*scopes, tenant_id="contoso.example", claims=claims, more=1)
        for request in server.requests:
            assert request.path.startswith("/contoso.example/oauth2/v2.0/")
        asked = [form(request) for request in server.requests]
    assert [*asked[0]["scope"].split()][:2] == [*scopes]
    assert asked[-1]["claims"] == claims


def test_an_authority_may_have_a_path(either: Either) -> None:
    with Scripted(entra(issued())) as server:
        client = either.client(server, credential=by_secret(f"{server.url}/proxied/"))
        either.call(client.get_qualifications, CUSTOMER_ID)
        assert server.requests[0].path == f"/proxied/{TENANT_ID}/oauth2/v2.0/token"


def test_ids_are_sent_in_one_form(either: Either) -> None:
    with Scripted(entra(issued())) as server:
        credential = RefreshTokenCredential(
            f" {TENANT_ID}\n", f" {{{CLIENT_ID.upper()}}} ", REFRESH_TOKEN, authority=server.url
        )
        either.call(either.client(server, credential=credential).get_qualifications, CUSTOMER_ID)
        check_place(server.requests[0], "token")
        assert form(server.requests[0])["client_id"] == CLIENT_ID
