"""No credential, one that fails, one of no use; and what the environment has to offer."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from partnercenter_qual import (
    AsyncClient,
    AuthenticationError,
    Client,
    ConfigurationError,
    Emulator,
    InvalidArgumentError,
    UnauthorizedError,
)

from .either import Either

SECRET = "s3cret-token"  # noqa: S105 - opens nothing

NO_HEADER = {
    "empty": "",
    "line end": f"{SECRET}\n",
    "line end inside": f"{SECRET}\r\nX-Evil: 1",
    "space inside": f"{SECRET} {SECRET}",
    "scheme": f"Bearer {SECRET}",
    "nul": f"{SECRET}\0",
    "letter beyond ASCII": f"{SECRET}é",
    "lone surrogate": f"{SECRET}\udcff",
}

invalid = pytest.mark.parametrize("token", NO_HEADER.values(), ids=NO_HEADER)
both_classes = pytest.mark.parametrize("kind", [Client, AsyncClient])


class Failure(Exception):  # noqa: N818 - what a program of the user's may call it
    """What a credential of the user's raises."""


class Failing:
    """A credential that fails in each way a credential can be asked."""

    def __init__(self, failure: BaseException) -> None:
        self.failure = failure
        self.asked = 0

    def blocking(self, *_: str, **__: object) -> str:
        self.asked += 1
        raise self.failure

    async def awaited(self, *_: str, **__: object) -> str:
        await asyncio.sleep(0)
        return self.blocking()


def with_method(name: str, method: Callable[..., Any]) -> object:
    return type("Credential", (), {name: staticmethod(method)})()


WAYS: dict[str, Callable[[Failing], object]] = {
    "callable": lambda failing: failing.blocking,
    "async callable": lambda failing: failing.awaited,
    "get_token": lambda failing: with_method("get_token", failing.blocking),
    "async get_token": lambda failing: with_method("get_token", failing.awaited),
    "get_token_info": lambda failing: with_method("get_token_info", failing.blocking),
    "async get_token_info": lambda failing: with_method("get_token_info", failing.awaited),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_a_credential_raises_is_the_cause(
    either: Either, emulator: Emulator, way: Callable[[Failing], object]
) -> None:
    failing = Failing(Failure("the vault is locked"))
    client = either.client(emulator.url, credential=way(failing))
    for asked in (1, 2):
        with pytest.raises(AuthenticationError, match="the vault is locked") as raised:
            either.call(client.get_qualifications, emulator.customer_ids[0])
        assert raised.value.__cause__ is failing.failure
        assert failing.asked == asked, "each call asks again"
        assert raised.value.attempts == 0
        assert raised.value.customer_id == emulator.customer_ids[0]
    assert emulator.journal == []


def test_a_number_of_entra_in_what_it_raises_is_explained(
    either: Either, emulator: Emulator
) -> None:
    failing = Failing(Failure("AADSTS50076: you must use multi-factor authentication"))
    client = either.client(emulator.url, credential=failing.blocking)
    with pytest.raises(AuthenticationError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert raised.value.aadsts_code == 50076
    assert raised.value.hint
    assert raised.value.hint in str(raised.value)


def test_a_renewal_that_fails_is_raised_for_what_it_is(either: Either, emulator: Emulator) -> None:
    tokens = [emulator.access_token()]
    client = either.client(emulator.url, credential=tokens.pop)
    either.call(client.get_qualifications, emulator.customer_ids[0])
    emulator.advance(3601)
    with pytest.raises(AuthenticationError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert isinstance(raised.value.__cause__, IndexError)
    assert raised.value.attempts == 1


async def test_one_failure_is_told_to_all_who_wait(emulator: Emulator) -> None:
    failing = Failing(Failure("no"))

    async def token() -> str:
        await asyncio.sleep(0.05)
        return failing.blocking()

    async with AsyncClient(token, base_url=emulator.url) as client:
        calls = [client.get_qualifications(emulator.customer_ids[0]) for _ in range(16)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {AuthenticationError}
    assert failing.asked == 1


@pytest.mark.parametrize("answer", [None, 17, b"token", [], (), ("t",), ("t", 1, 2), (17, 1)])
def test_an_answer_that_is_no_token_is_no_token(
    either: Either, emulator: Emulator, answer: object
) -> None:
    client = either.client(emulator.url, credential=lambda: answer)
    with pytest.raises(AuthenticationError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert isinstance(raised.value.__cause__, TypeError)
    assert "the credential returned" in str(raised.value)
    assert emulator.journal == []


@invalid
@both_classes
def test_a_token_that_is_no_header_is_refused_when_the_client_is_made(
    kind: type[Client] | type[AsyncClient], token: str
) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        kind(token)
    assert raised.value.field == "credential"
    assert raised.value.cure
    assert SECRET not in repr(vars(raised.value)) + str(raised.value)


@invalid
def test_a_credential_that_gives_such_a_token_is_refused_without_showing_it(
    either: Either, emulator: Emulator, token: str
) -> None:
    client = either.client(emulator.url, credential=lambda: token)
    with pytest.raises(InvalidArgumentError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert SECRET not in repr(vars(raised.value)) + str(raised.value)
    assert emulator.journal == []


def test_a_fixed_token_that_is_refused_is_not_tried_again(
    either: Either, emulator: Emulator
) -> None:
    client = either.client(emulator.url, credential=emulator.access_token(lifetime=1))
    either.call(client.get_qualifications, emulator.customer_ids[0])
    emulator.advance(2)
    with pytest.raises(UnauthorizedError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    assert [entry.status for entry in emulator.journal] == [200, 401]
    assert raised.value.attempts == 1
    assert "token" in str(raised.value.hint)


@pytest.mark.parametrize("credential", [17, b"token", ["token"], object(), {"token": "x"}])
@both_classes
def test_what_is_no_credential_is_refused(
    kind: type[Client] | type[AsyncClient],
    credential: Any,  # noqa: ANN401 - whatever is passed by mistake
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        kind(credential)
    assert raised.value.field == "credential"
    assert raised.value.value == type(credential).__name__
    assert "callable" in raised.value.cure


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing."""
    for name in ("ACCESS_TOKEN", "CLOUD", "BASE_URL", "AUTHORITY"):
        monkeypatch.delenv(f"PARTNERCENTER_{name}", raising=False)
    return monkeypatch


@pytest.mark.parametrize("value", [None, ""])
@both_classes
def test_no_credential_anywhere_is_told_with_its_cure(
    kind: type[Client] | type[AsyncClient], bare: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is not None:
        bare.setenv("PARTNERCENTER_ACCESS_TOKEN", value)
    with pytest.raises(ConfigurationError) as raised:
        kind()
    assert raised.value.field == "credential"
    assert "PARTNERCENTER_ACCESS_TOKEN" in raised.value.cure
    assert raised.value.cure in str(raised.value)


@both_classes
def test_an_unusable_token_of_the_environment_is_refused(
    kind: type[Client] | type[AsyncClient], bare: pytest.MonkeyPatch
) -> None:
    bare.setenv("PARTNERCENTER_ACCESS_TOKEN", f"{SECRET}\n")
    with pytest.raises(InvalidArgumentError) as raised:
        kind()
    assert SECRET not in repr(vars(raised.value)) + str(raised.value)


def test_the_environment_gives_token_and_address(
    emulator: Emulator, bare: pytest.MonkeyPatch
) -> None:
    bare.setenv("PARTNERCENTER_ACCESS_TOKEN", emulator.access_token())
    bare.setenv("PARTNERCENTER_BASE_URL", emulator.url)
    bare.setenv("PARTNERCENTER_CLOUD", "usgov")
    bare.setenv("PARTNERCENTER_AUTHORITY", "https://login.example")
    with Client() as client:
        assert client.get_qualifications(emulator.customer_ids[0]) == []


def test_the_environments_cloud_decides_where_calls_go(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("PARTNERCENTER_CLOUD", "china")
    assert "partner.partnercenterapi.microsoftonline.cn" in repr(Client("a-token"))
    bare.delenv("PARTNERCENTER_CLOUD")
    assert "api.partnercenter.microsoft.com" in repr(Client("a-token"))


def test_an_argument_goes_before_the_environment(
    emulator: Emulator, bare: pytest.MonkeyPatch
) -> None:
    bare.setenv("PARTNERCENTER_ACCESS_TOKEN", "another")
    bare.setenv("PARTNERCENTER_BASE_URL", "https://partner.example")
    with Client(emulator.access_token(), base_url=emulator.url) as client:
        assert client.get_qualifications(emulator.customer_ids[0]) == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CLOUD", "mars"),
        ("BASE_URL", "http://partner.example"),
        ("BASE_URL", "partner.example"),
        ("AUTHORITY", "http://login.example"),
    ],
)
@both_classes
def test_a_bad_value_of_the_environment_is_named(
    kind: type[Client] | type[AsyncClient], bare: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    bare.setenv(f"PARTNERCENTER_{variable}", value)
    with pytest.raises(ConfigurationError) as raised:
        kind("a-token")
    assert raised.value.field == variable.lower()
    assert raised.value.value == value
