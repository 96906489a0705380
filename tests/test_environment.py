"""Which credential the environment stands for."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import (
    AsyncClient,
    Client,
    ClientSecretCredential,
    ConfigurationError,
    Emulator,
    RefreshTokenCredential,
)

from .authority import CLIENT_ID, REFRESH_TOKEN, TENANT_ID, entra, form, issued
from .either import Either
from .scripted import CUSTOMER_ID, Request, Scripted

OWN = "OWN-secret~of.partner"
AZURES = "AZURE-secret~of.another"
OTHER_TENANT = "11111111-2222-4333-8444-555555555555"
OTHER_CLIENT = "22222222-3333-4444-8555-666666666666"

NAMES = [
    *(f"PARTNERCENTER_{name}" for name in ("ACCESS_TOKEN", "REFRESH_TOKEN", "CLOUD", "BASE_URL")),
    "PARTNERCENTER_AUTHORITY",
    "PARTNERCENTER_TOKEN_STORE",
    *(f"{prefix}_{name}" for prefix in ("PARTNERCENTER", "AZURE") for name in ("TENANT_ID",)),
    *(f"{prefix}_CLIENT_{name}" for prefix in ("PARTNERCENTER", "AZURE") for name in ("ID",)),
    *(f"{prefix}_CLIENT_SECRET" for prefix in ("PARTNERCENTER", "AZURE")),
]

Variables = dict[str, str]

P_TENANT = {"PARTNERCENTER_TENANT_ID": TENANT_ID}
P_CLIENT = {"PARTNERCENTER_CLIENT_ID": CLIENT_ID}
P_SECRET = {"PARTNERCENTER_CLIENT_SECRET": OWN}
P_REFRESH = {"PARTNERCENTER_REFRESH_TOKEN": REFRESH_TOKEN}
A_TENANT = {"AZURE_TENANT_ID": OTHER_TENANT}
A_CLIENT = {"AZURE_CLIENT_ID": OTHER_CLIENT}
A_SECRET = {"AZURE_CLIENT_SECRET": AZURES}
AZURE = A_TENANT | A_CLIENT | A_SECRET


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def put(bare: pytest.MonkeyPatch, variables: Variables) -> None:
    for name, value in variables.items():
        bare.setenv(name, value)


# What is set, then the tenant, client, secret and refresh token that are sent.
Sent = tuple[str, str, str | None, str | None]
COMPLETE: list[tuple[Variables, Sent]] = [
    (P_TENANT | P_CLIENT | P_SECRET, (TENANT_ID, CLIENT_ID, OWN, None)),
    (P_TENANT | P_CLIENT | P_REFRESH, (TENANT_ID, CLIENT_ID, None, REFRESH_TOKEN)),
    (P_TENANT | P_CLIENT | P_SECRET | P_REFRESH, (TENANT_ID, CLIENT_ID, OWN, REFRESH_TOKEN)),
    (AZURE, (OTHER_TENANT, OTHER_CLIENT, AZURES, None)),
    (AZURE | P_TENANT | P_CLIENT | P_SECRET, (TENANT_ID, CLIENT_ID, OWN, None)),
    (AZURE | P_TENANT, (TENANT_ID, OTHER_CLIENT, AZURES, None)),
    (AZURE | P_CLIENT | P_SECRET, (OTHER_TENANT, CLIENT_ID, OWN, None)),
    (AZURE | P_CLIENT | P_REFRESH, (OTHER_TENANT, CLIENT_ID, None, REFRESH_TOKEN)),
    (AZURE | P_REFRESH, (OTHER_TENANT, OTHER_CLIENT, AZURES, REFRESH_TOKEN)),
    (A_TENANT | A_CLIENT | P_REFRESH, (OTHER_TENANT, OTHER_CLIENT, None, REFRESH_TOKEN)),
    (A_TENANT | A_CLIENT | P_SECRET, (OTHER_TENANT, OTHER_CLIENT, OWN, None)),
    (AZURE | {"PARTNERCENTER_CLIENT_ID": ""}, (OTHER_TENANT, OTHER_CLIENT, AZURES, None)),
]


def named(variables: object) -> str:
    return "+".join(variables) if isinstance(variables, dict) else ""


def sent(request: Request) -> Sent:
    fields = form(request)
    tenant = request.path.split("/")[1]
    return tenant, fields["client_id"], fields.get("client_secret"), fields.get("refresh_token")


@pytest.mark.parametrize(("variables", "expected"), COMPLETE, ids=named)
def test_what_is_set_is_sent(
    either: Either, bare: pytest.MonkeyPatch, variables: Variables, expected: Sent
) -> None:
    put(bare, variables)
    with Scripted(entra(issued())) as server:
        bare.setenv("PARTNERCENTER_AUTHORITY", server.url)
        client = either.client(server, credential=None)
        assert either.call(client.get_qualifications, CUSTOMER_ID) == []
        assert sent(server.requests[0]) == expected


INCOMPLETE: list[tuple[Variables, str]] = [
    (P_TENANT, "PARTNERCENTER_CLIENT_ID"),
    (P_CLIENT, "PARTNERCENTER_TENANT_ID"),
    (P_SECRET, "PARTNERCENTER_TENANT_ID"),
    (P_REFRESH, "PARTNERCENTER_TENANT_ID"),
    (P_TENANT | P_CLIENT, "PARTNERCENTER_REFRESH_TOKEN"),
    (P_TENANT | P_SECRET, "PARTNERCENTER_CLIENT_ID"),
    (P_TENANT | P_REFRESH, "PARTNERCENTER_CLIENT_ID"),
    (P_CLIENT | P_REFRESH, "PARTNERCENTER_TENANT_ID"),
    (A_TENANT, "CLIENT_ID"),
    (A_TENANT | A_CLIENT, "CLIENT_SECRET"),
    (A_CLIENT | A_SECRET, "TENANT_ID"),
    # The secret of another application.
    (P_TENANT | P_CLIENT | A_SECRET, "PARTNERCENTER_CLIENT_SECRET"),
    (AZURE | P_CLIENT, "PARTNERCENTER_CLIENT_SECRET"),
    (AZURE | P_TENANT | P_CLIENT, "PARTNERCENTER_CLIENT_SECRET"),
]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(("variables", "missing"), INCOMPLETE, ids=named)
def test_what_is_missing_is_named(
    kind: type[Client] | type[AsyncClient],
    bare: pytest.MonkeyPatch,
    variables: Variables,
    missing: str,
) -> None:
    put(bare, variables)
    with pytest.raises(ConfigurationError) as raised:
        kind()
    assert missing in raised.value.cure
    assert raised.value.cure in str(raised.value)
    shown = f"{raised.value!r} {vars(raised.value)}"
    assert not [value for value in variables.values() if value in shown]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("empty", [False, True])
def test_an_environment_that_says_nothing_names_all_ways(
    kind: type[Client] | type[AsyncClient],
    bare: pytest.MonkeyPatch,
    empty: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    if empty:
        put(bare, dict.fromkeys(NAMES, ""))
    with pytest.raises(ConfigurationError, match="no credential") as raised:
        kind()
    for name in ("ACCESS_TOKEN", "TENANT_ID", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"):
        assert f"PARTNERCENTER_{name}" in raised.value.cure


def test_an_access_token_goes_first(
    either: Either, bare: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    put(bare, AZURE | P_TENANT | P_REFRESH)
    bare.setenv("PARTNERCENTER_ACCESS_TOKEN", emulator.access_token())
    client = either.client(emulator.url, credential=None)
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []
    assert [entry.method for entry in emulator.journal] == ["GET"]


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        (P_TENANT | P_SECRET | {"PARTNERCENTER_CLIENT_ID": "app"}, "client_id"),
        (P_CLIENT | P_SECRET | {"PARTNERCENTER_TENANT_ID": "contoso"}, "tenant_id"),
        (P_TENANT | P_CLIENT | {"PARTNERCENTER_CLIENT_SECRET": f"{OWN}\n"}, "client_secret"),
        (P_TENANT | P_CLIENT | {"PARTNERCENTER_REFRESH_TOKEN": f"{OWN} "}, "refresh_token"),
        (AZURE | {"AZURE_CLIENT_ID": "app"}, "client_id"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named(bare: pytest.MonkeyPatch, variables: Variables, field: str) -> None:
    put(bare, variables)
    with pytest.raises(ConfigurationError) as raised:
        Client()
    assert raised.value.field == field
    assert OWN not in f"{raised.value!r} {vars(raised.value)}"


def test_a_credential_alone_asks_where_the_environment_says(bare: pytest.MonkeyPatch) -> None:
    with Scripted(entra(issued())) as server:
        bare.setenv("PARTNERCENTER_AUTHORITY", server.url)
        bare.setenv("PARTNERCENTER_CLOUD", "china")
        ClientSecretCredential(TENANT_ID, CLIENT_ID, OWN).get_token()
        RefreshTokenCredential(TENANT_ID, CLIENT_ID, REFRESH_TOKEN).get_token_info()
        scopes = [form(request)["scope"].split()[0] for request in server.requests]
    assert scopes == ["https://partner.partnercenterapi.microsoftonline.cn/.default"] * 2


def test_its_own_authority_goes_before_the_environments(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("PARTNERCENTER_AUTHORITY", "http://127.0.0.1:9")
    with Scripted(entra(issued())) as server:
        ClientSecretCredential(TENANT_ID, CLIENT_ID, OWN, authority=server.url).get_token()
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("name", "value"), [("AUTHORITY", "http://login.example"), ("CLOUD", "mars")]
)
def test_a_bad_value_is_named_when_a_credential_alone_is_asked(
    bare: pytest.MonkeyPatch, name: str, value: str
) -> None:
    credential = ClientSecretCredential(TENANT_ID, CLIENT_ID, OWN)
    bare.setenv(f"PARTNERCENTER_{name}", value)
    with pytest.raises(ConfigurationError) as raised:
        credential.get_token()
    assert (raised.value.field, raised.value.value) == (name.lower(), value)


@pytest.mark.parametrize(
    "variables", [P_TENANT | P_CLIENT | P_SECRET | P_REFRESH, AZURE], ids=named
)
def test_a_pickled_client_finds_it_again(
    either: Either, bare: pytest.MonkeyPatch, variables: Variables
) -> None:
    put(bare, variables)
    with Scripted(entra(issued())) as server:
        bare.setenv("PARTNERCENTER_AUTHORITY", server.url)
        client = either.client(server, credential=None)
        pickled = pickle.dumps(client)
        for secret in (OWN, AZURES, REFRESH_TOKEN):
            assert secret.encode() not in pickled
        again: Any = pickle.loads(pickled)  # noqa: S301 - our own
        assert either.call(again.get_qualifications, CUSTOMER_ID) == []
        either.close(again)
        for name in variables:
            bare.delenv(name)
        with pytest.raises(ConfigurationError):
            pickle.loads(pickled)  # noqa: S301 - our own


def test_a_store_keeps_what_the_environment_began_with(
    bare: pytest.MonkeyPatch, either: Either, emulator: Emulator, tmp_path: Path
) -> None:
    put(
        bare,
        {
            "PARTNERCENTER_TENANT_ID": emulator.tenant_id,
            "PARTNERCENTER_CLIENT_ID": emulator.client_id,
            "PARTNERCENTER_REFRESH_TOKEN": emulator.refresh_token,
            "PARTNERCENTER_TOKEN_STORE": str(tmp_path / "token.json"),
            "PARTNERCENTER_AUTHORITY": emulator.authority,
        },
    )
    for _ in range(3):  # runs of a program
        client = either.client(emulator.url, credential=None)
        assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []
    bare.delenv("PARTNERCENTER_REFRESH_TOKEN")
    client = either.client(emulator.url, credential=None)
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []


def test_all_that_is_missing_is_named(bare: pytest.MonkeyPatch) -> None:
    put(bare, P_REFRESH)
    with pytest.raises(ConfigurationError) as raised:
        Client()
    assert "PARTNERCENTER_TENANT_ID and PARTNERCENTER_CLIENT_ID" in raised.value.cure
