"""Bad arguments of our credentials: refused at once, with the cure, and no secret is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import (
    AccessToken,
    ClientCertificateCredential,
    ClientSecretCredential,
    ConfigurationError,
    DeviceCodeCredential,
    InvalidArgumentError,
    PartnerCenterError,
    RefreshTokenCredential,
)

from .authority import CLIENT_ID, SCRIPTED, TENANT_ID, entra, identity, issued
from .scripted import Scripted

SECRET = "s3cret/of+nobody"  # noqa: S105 - opens nothing
SURROGATE = "\udcff"

NO_TEXT: list[Any] = [5, 1.5, True, b"x", ["x"], Ellipsis, SURROGATE]
NO_TENANT: list[Any] = [
    "",
    " ",
    "contoso",
    ".",
    "..",
    "../common",
    "contoso.example/x",
    "contoso.example?x",
    "contoso.example#x",
    "a b.example",
    "contoso.example\r\nX-Evil: 1",
    f"{TENANT_ID}/x",
    "x" * 1000,
    None,
    *NO_TEXT,
]
NO_CLIENT: list[Any] = ["", " ", "app", CLIENT_ID[:-1], f"{CLIENT_ID}1", "x" * 1000, None, *NO_TEXT]
NO_AUTHORITY: list[Any] = [
    "",
    "login.example",
    "http://login.example",
    "ftp://login.example",
    "https://",
    "https://user:word@login.example",
    "https://login.example?x",
    "https://login.example#x",
    *NO_TEXT,
]
SECRETS: list[Any] = [
    "",
    " ",
    f"{SECRET}\n",
    f" {SECRET}",
    f"{SECRET} {SECRET}",
    f"{SECRET}\0",
    f"{SECRET}é",
    f"{SECRET}{SURROGATE}",
]
NO_SECRET: list[Any] = [5, True, SECRET.encode(), [SECRET], Ellipsis]
NO_CALLABLE: list[Any] = [5, "print", b"x", Ellipsis]

OF_SECRETS = {"client_secret", "refresh_token", "password"}

Maker = Callable[..., object]
IDS = {"tenant_id": TENANT_ID, "client_id": CLIENT_ID}
APPLICATION = {"tenant_id": NO_TENANT, "client_id": NO_CLIENT, "authority": NO_AUTHORITY}
STORES = {"store": [5, True, Ellipsis, ["x"], "", "/no/such/directory/store", "/"]}

# A class, its good arguments, and the bad values of each.
CLASSES: list[tuple[Maker, dict[str, Any], dict[str, list[Any]]]] = [
    (
        ClientSecretCredential,
        {**IDS, "client_secret": SECRET},
        {**APPLICATION, "client_secret": [*SECRETS, *NO_SECRET, None]},
    ),
    (
        ClientCertificateCredential,
        {**IDS, "certificate": identity().pem(), "password": SECRET},
        {
            **APPLICATION,
            "certificate": [
                5,
                None,
                True,
                ["x"],
                Ellipsis,
                bytearray(b"x"),
                "",
                "/no/such.pem",
                "/",
                "\0",
                Path("/no/such.pfx"),
                b"",
                b"nonsense",
                b"-----BEGIN X-----",
                b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                b"\x30\x82\x01\x00",
            ],
            "password": NO_SECRET,
        },
    ),
    (
        RefreshTokenCredential,
        {**IDS, "refresh_token": SECRET, "client_secret": SECRET},
        {
            **APPLICATION,
            **STORES,
            "refresh_token": [*SECRETS, *NO_SECRET, None],
            "client_secret": [*SECRETS, *NO_SECRET],
            "on_rotate": NO_CALLABLE,
        },
    ),
    (
        DeviceCodeCredential,
        IDS,
        {**APPLICATION, **STORES, "prompt": NO_CALLABLE, "on_rotate": NO_CALLABLE},
    ),
]


@dataclass(frozen=True)
class Case:
    """One value that an argument may not have."""

    make: Maker
    arguments: dict[str, Any]
    field: str
    number: int

    @property
    def value(self) -> Any:  # noqa: ANN401 - the wrong types are the point
        return self.arguments[self.field]

    def __str__(self) -> str:
        shown = ascii(self.value)[:30].partition(" object at")[0]
        name = getattr(self.make, "__name__", "")
        return f"{name}-{self.field}-{self.number}-{shown}"


CASES = [
    Case(make, {**good, field: value}, field, number)
    for make, good, bad in CLASSES
    for field, values in bad.items()
    for number, value in enumerate(values)
]


def check(error: PartnerCenterError, field: str) -> None:
    assert isinstance(error, ConfigurationError | InvalidArgumentError)
    assert isinstance(error, ValueError)
    assert error.field == field
    assert isinstance(error.value, str)
    assert error.cure
    assert str(error).startswith((f"{field}: ", f"{field} is missing: "))
    assert error.args[0].endswith(error.cure)
    assert len(str(error)) < 400
    assert "\n" not in str(error)
    assert "s3cret" not in f"{error!r} {vars(error)} {error.__cause__!r} {error.__context__!r}"
    str(error).encode()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_bad_argument_is_refused(case: Case) -> None:
    with pytest.raises(ConfigurationError) as raised:
        case.make(**case.arguments)
    check(raised.value, case.field)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.field in OF_SECRETS and case.value is not None], ids=str
)
def test_a_secret_is_shown_as_its_type_at_most(case: Case) -> None:
    with pytest.raises(ConfigurationError) as raised:
        case.make(**case.arguments)
    kind = "[redacted]" if isinstance(case.value, str) else type(case.value).__name__
    assert kind in raised.value.value


@pytest.mark.parametrize("token", [*SECRETS, f"Bearer {SECRET}"], ids=ascii)
def test_a_token_that_is_no_header_is_refused(token: str) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        AccessToken(token)
    check(raised.value, "token")
    assert raised.value.value == "[redacted]"


@pytest.mark.parametrize("token", [*NO_SECRET, None], ids=lambda it: type(it).__name__)
def test_a_token_of_another_type_is_refused(token: Any) -> None:  # noqa: ANN401 - the wrong types are the point
    with pytest.raises(ConfigurationError) as raised:
        AccessToken(token)
    check(raised.value, "token")
    assert type(token).__name__ in raised.value.value


@pytest.mark.parametrize(
    "expires_on",
    ["1", b"1", True, -1, float("nan"), float("inf"), 1e300, 10**400, Ellipsis],
    ids=str,
)
def test_an_expiry_that_is_no_time_is_refused(expires_on: Any) -> None:  # noqa: ANN401 - as above
    with pytest.raises(ConfigurationError) as raised:
        AccessToken(SECRET, expires_on=expires_on)
    check(raised.value, "expires_on")


@pytest.mark.parametrize("make", SCRIPTED.values(), ids=SCRIPTED)
class TestGetToken:
    @pytest.mark.parametrize("scope", ["", " ", "a b", "a\nb", "é", *NO_TEXT], ids=ascii)
    def test_a_bad_scope_is_refused(self, make: Maker, scope: Any) -> None:  # noqa: ANN401 - as above
        with Scripted(entra(issued())) as server:
            credential: Any = make(server.url)
            for ask in (credential.get_token, credential.get_token_info):
                with pytest.raises(InvalidArgumentError) as raised:
                    ask(scope)
                check(raised.value, "scopes")
            assert server.requests == []

    @pytest.mark.parametrize("tenant_id", [*NO_TENANT[:-8], *NO_TEXT], ids=ascii)
    def test_a_bad_tenant_is_refused(self, make: Maker, tenant_id: Any) -> None:  # noqa: ANN401 - as above
        with Scripted(entra(issued())) as server:
            credential: Any = make(server.url)
            for options in ({"tenant_id": tenant_id}, {"options": {"tenant_id": tenant_id}}):
                ask = credential.get_token_info if "options" in options else credential.get_token
                with pytest.raises((ConfigurationError, InvalidArgumentError)) as raised:
                    ask(**options)
                check(raised.value, "tenant_id")
            assert server.requests == []

    @pytest.mark.parametrize("claims", NO_TEXT, ids=ascii)
    def test_bad_claims_are_refused(self, make: Maker, claims: Any) -> None:  # noqa: ANN401 - as above
        with Scripted(entra(issued())) as server:
            credential: Any = make(server.url)
            with pytest.raises(InvalidArgumentError) as raised:
                credential.get_token(claims=claims)
            check(raised.value, "claims")
            assert server.requests == []


def test_unknown_arguments_are_type_errors() -> None:
    for make, good, _ in CLASSES:
        with pytest.raises(TypeError, match="customer_id"):
            make(**good, customer_id="x")
        with pytest.raises(TypeError, match="client_id"):
            make(TENANT_ID)
