"""A planted token and the planted password of a proxy are looked for wherever something shows."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from partnercenter_qual import (
    AsyncClient,
    BadRequestError,
    Client,
    ConfigurationError,
    PartnerCenterError,
)

from .either import Either
from .planted import BASIC, PASSWORD, RENEWED, TOKEN, check, check_error, fetched
from .scripted import CUSTOMER_ID, Answer, Request, Scripted, Step


def test_the_check_finds_every_form() -> None:
    escaped = json.dumps(TOKEN).replace("/", r"\/").replace("+", r"\u002B")
    for form in (TOKEN, escaped, json.dumps(escaped), quote(TOKEN, safe=""), f"x{TOKEN}x"):
        with pytest.raises(AssertionError):
            check({"a": form})


def fault(token: str) -> dict[str, Any]:
    said = f"Bearer {token} is not accepted"
    return {"code": token, "description": said, "data": [said], "source": said, "errorName": token}


def escaped(body: object) -> str:
    return json.dumps(body).replace("/", r"\/").replace("+", r"\u002B").replace("=", r"\u003d")


def raw(status: str, body: str, *, length: int | None = None) -> bytes:
    length = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}".encode()


QUALIFICATION = {"qualification": "Education", "vettingStatus": "Approved"}

# Answers that echo a token, each in its own place and way.
ERRORS: dict[str, Callable[[str], Step]] = {
    "members": lambda token: Answer(fault(token), status=400),
    "escaped members": lambda token: Answer(escaped(fault(token)), status=400),
    "twice escaped": lambda token: Answer({"description": escaped(fault(token))}, status=400),
    "nested": lambda token: Answer({"error": {"code": token, "message": token}}, status=403),
    "string": lambda token: Answer(json.dumps(token), status=403),
    "text": lambda token: Answer(f"MFA required for {token}.", status=401),
    "page": lambda token: Answer(f"<html><title>{token}</title></html>", status=404),
    "far down": lambda token: Answer("x" * 4090 + token, status=400),
    "headers": lambda token: Answer(
        status=401,
        headers={"WWW-Authenticate": token, "MS-RequestId": token, "Retry-After": token},
    ),
    "reason": lambda token: raw(f"400 {token}", "{}"),
    "redirect": lambda token: Answer(
        status=302, headers={"Location": f"https://evil.example/?token={token}"}
    ),
    "escaped redirect": lambda token: Answer(
        status=307, headers={"Location": f"https://evil.example/{quote(token, safe='')}"}
    ),
    "no HTTP": lambda token: f"{token}\r\n\r\n".encode(),
    "bad header": lambda token: f"HTTP/1.1 200 OK\r\n{token}\0: x\r\n\r\n".encode(),
    "no JSON": lambda token: Answer(f"<p>{token}"),
    "unexpected JSON": lambda token: Answer(json.dumps(token)),
    "cut": lambda token: raw("200 OK", f'[{{"note": "{token}"', length=4000),
    "cut token": lambda token: raw("200 OK", f'[{{"note": "{token[:30]}', length=4000),
    "cut refusal": lambda token: raw("400 Bad", f'{{"code": "{token}"', length=4000),
    "no gzip": lambda token: Answer(token, headers={"Content-Encoding": "gzip"}),
}
VALUES: dict[str, Callable[[str], Step]] = {
    "unknown member": lambda token: Answer([QUALIFICATION | {"note": {"a": [token]}}]),
    "escaped member": lambda token: Answer(escaped([QUALIFICATION | {"note": token}])),
    "member's name": lambda token: Answer([QUALIFICATION | {token: 1}]),
    "reason": lambda token: Answer([QUALIFICATION | {"vettingReason": token}]),
    "date": lambda token: Answer([QUALIFICATION | {"vettingCreateDate": token}]),
    "enumeration": lambda token: Answer([{"qualification": token, "vettingStatus": token}]),
}


def echo(answer: Callable[[str], Step]) -> Callable[[Request], Step]:
    def script(request: Request) -> Step:
        token = request.headers["authorization"].removeprefix("Bearer ")
        assert token == TOKEN
        return answer(token)

    return script


@pytest.mark.parametrize("answer", ERRORS.values(), ids=ERRORS)
def test_an_error_does_not_show_what_the_service_echoes(
    either: Either, answer: Callable[[str], Step]
) -> None:
    with Scripted(echo(answer)) as server:
        client = either.client(server, credential=TOKEN, max_retries=0)
        with pytest.raises(PartnerCenterError) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
        check_error(raised.value)
        with pytest.raises(PartnerCenterError) as raised:
            either.call(client.update_qualification, CUSTOMER_ID, "StateOwnedEntity")
        check_error(raised.value)
        (result,) = either.list(client.sweep([CUSTOMER_ID]))
        assert result.error is not None
        check_error(result.error)
        check(result)


@pytest.mark.parametrize("answer", VALUES.values(), ids=VALUES)
def test_a_value_does_not_hold_what_the_service_echoes(
    either: Either, answer: Callable[[str], Step]
) -> None:
    with Scripted(echo(answer)) as server:
        client = either.client(server, credential=TOKEN)
        (value,) = either.call(client.get_qualifications, CUSTOMER_ID)
        assert "[redacted]" in repr(value)
        check(value, value.to_dict())


def test_the_token_that_another_replaced_is_not_shown_either(either: Either) -> None:
    tokens = iter([TOKEN, RENEWED])

    def script(request: Request) -> Answer:
        if request.headers["authorization"] == f"Bearer {TOKEN}":
            return Answer(status=401)
        said = f"{TOKEN} was revoked in favour of {RENEWED}"
        return Answer({"code": 1, "description": said, "data": [said]}, status=400)

    with Scripted(script) as server:
        client = either.client(server, credential=lambda: next(tokens))
        with pytest.raises(BadRequestError) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
    error = raised.value
    check_error(error)
    assert error.message == "[redacted] was revoked in favour of [redacted]"
    assert error.body.count("[redacted]") == 4
    assert len(server.requests) == 2


def test_a_link_that_carries_the_token_is_not_shown(either: Either) -> None:
    links = {"next": {"uri": f"https://evil.example/?{TOKEN}"}}
    with Scripted([Answer({"items": [], "links": links})]) as server:
        client = either.client(server, credential=TOKEN)
        with pytest.raises(PartnerCenterError) as raised:
            either.list(client.list_customers())
        check_error(raised.value)


def test_a_service_that_is_not_there_learns_and_tells_nothing(either: Either) -> None:
    client = either.client("http://127.0.0.1:9", credential=TOKEN, max_retries=0)
    with pytest.raises(PartnerCenterError) as raised:
        either.call(client.get_qualifications, CUSTOMER_ID)
    check_error(raised.value)


def test_an_error_before_a_request_does_not_show_the_token(either: Either) -> None:
    client = either.client("http://127.0.0.1:9", credential=TOKEN)
    with pytest.raises(PartnerCenterError) as raised:
        either.call(client.get_qualifications, "nobody")
    check_error(raised.value)
    either.close(client)
    with pytest.raises(RuntimeError) as closed:
        either.call(client.get_qualifications, CUSTOMER_ID)
    check(closed.value)


@pytest.fixture
def proxy() -> Iterator[Scripted]:
    with Scripted([Answer(status=407)]) as server:
        yield server


def with_password(proxy: Scripted) -> str:
    return proxy.url.replace("http://", f"http://user:{PASSWORD}@")


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:9", "https://partner.example"])
def test_errors_do_not_show_the_password_of_the_proxy(
    either: Either, proxy: Scripted, base_url: str
) -> None:
    for address in (with_password(proxy), f"http://user:{PASSWORD}@127.0.0.1:9"):
        client = either.client(base_url, credential=TOKEN, proxy=address, max_retries=0)
        check(client)
        with pytest.raises(PartnerCenterError) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
        check_error(raised.value)
    (request,) = proxy.requests
    assert BASIC in request.headers["proxy-authorization"]


def test_errors_do_not_show_the_password_of_the_environments_proxy(
    either: Either, proxy: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", with_password(proxy))
    client = either.client("https://partner.example", credential=TOKEN, max_retries=0)
    check(client)
    with pytest.raises(PartnerCenterError) as raised:
        either.call(client.get_qualifications, CUSTOMER_ID)
    check_error(raised.value)
    assert proxy.requests[0].method == "CONNECT"


@pytest.mark.parametrize(
    "options",
    [
        {"proxy": f"http://user:{PASSWORD}@proxy.example:99999"},
        {"proxy": f"socks5://user:{PASSWORD}@proxy.example"},
        {"base_url": f"https://user:{PASSWORD}@partner.example"},
        {"base_url": f"http://user:{PASSWORD}@partner.example"},
        {"authority": f"https://{PASSWORD}@login.example:99999"},
    ],
    ids=str,
)
def test_a_refused_address_does_not_show_its_password(options: dict[str, Any]) -> None:
    for kind in (Client, AsyncClient):
        with pytest.raises(ConfigurationError) as raised:
            kind(TOKEN, **options)
        check_error(raised.value)


async def test_nothing_is_logged_of_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    with Scripted(echo(ERRORS["members"])) as server:
        async with AsyncClient(fetched, base_url=server.url) as client:
            results = [result async for result in client.sweep([CUSTOMER_ID] * 3)]
    assert {type(result.error) for result in results} != {type(None)}
    check(caplog.text, *caplog.records)


def test_nothing_is_printed_of_a_secret(
    run_python: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUST_LOG", "trace")
    monkeypatch.setenv("RUST_BACKTRACE", "full")
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    with Scripted([Answer(fault(TOKEN), status=400)]) as server:
        printed = run_python(f"""
import logging, os, sys
os.dup2(1, 2)
logging.basicConfig(level=logging.NOTSET)
from partnercenter_qual import Client, PartnerCenterError
with Client({TOKEN!r}, base_url={server.url!r}) as client:
    try:
        client.get_qualifications({CUSTOMER_ID!r})
    except PartnerCenterError as error:
        logging.exception("no")
        print(repr(error))
""")
    assert "[redacted]" in printed
    check(printed)
