"""An authority that repeats a secret does not make us show it."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from partnercenter_qual import AuthenticationError

from .authority import CLIENT_ID, DEVICE, TENANT_ID, form, refused, token_requests
from .either import Either
from .hidden import (
    REFRESH,
    SECRET,
    Make,
    by_device_code,
    by_pem,
    by_refresh_token,
    by_secret,
    check,
    check_error,
    every_flow,
    shown,
)
from .scripted import CUSTOMER_ID, Answer, Request, Scripted, Step


def raw(status: str, body: str, *, length: int) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}".encode()


def escaped(body: object) -> str:
    return json.dumps(body).replace("/", r"\/").replace("+", r"\u002B").replace("=", r"\u003d")


# Answers that echo a secret, each in its own place and way.
ECHOES: dict[str, Callable[[str], Step]] = {
    "description": lambda secret: refused("invalid_client", f"{secret} is wrong"),
    "twice": lambda secret: refused("invalid_client", f"AADSTS7000215: {secret}, {secret}."),
    "escaped": lambda secret: Answer(
        escaped({"error": "invalid_grant", "error_description": secret}), status=400
    ),
    "in an address": lambda secret: refused("invalid_grant", f"x?a={quote(secret, safe='')}&b"),
    "error": lambda secret: refused(secret, "no"),
    "code": lambda secret: refused("invalid_grant", "no", error_codes=[secret]),
    "page": lambda secret: Answer(f"<html><title>{secret}</title></html>", status=404),
    "text": lambda secret: Answer(f"{secret} is wrong", status=400),
    "cut": lambda secret: raw("400 Bad", f'{{"error_description": "{secret}', length=999),
    "cut secret": lambda secret: raw("400 Bad", f"not {secret[:18]}", length=999),
    "redirect": lambda secret: Answer(
        status=302, headers={"Location": f"https://evil.example/{quote(secret, safe='')}"}
    ),
    "reason": lambda secret: raw(f"400 {secret}", "{}", length=2),
    "yes of no shape": lambda secret: Answer({"access_token": {"a": secret}}),
    "yes of another type": lambda secret: Answer(json.dumps([secret])),
    "no JSON": lambda secret: Answer(f'{{"access_token": {secret}'),
    "no HTTP": lambda secret: f"{secret}\r\n\r\n".encode(),
    "member": lambda secret: Answer({secret: secret, "access_token": 5}),
}


def echo(answer: Callable[[str], Step]) -> Callable[[Request], Step]:
    """Echo what proves the application or the user."""

    def script(request: Request) -> Step:
        fields = form(request)
        names = ("refresh_token", "client_secret", "client_assertion", "device_code", "client_id")
        if request.path.endswith("/devicecode"):
            return Answer(DEVICE | {"expires_in": 1})
        return answer(next(fields[name] for name in names if name in fields))

    return script


@pytest.mark.parametrize("answer", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("make", [by_secret, by_refresh_token, by_pem])
def test_an_error_does_not_show_what_the_authority_echoes(
    either: Either, make: Make, answer: Callable[[str], Step]
) -> None:
    with Scripted(echo(answer)) as server:
        client = either.client(server, credential=make(server.url), max_retries=0)
        with pytest.raises(AuthenticationError) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
        assertions = [form(it).get("client_assertion", "") for it in token_requests(server)]
    check_error(raised.value)
    for assertion in filter(None, assertions):
        signature = assertion.rpartition(".")[2]
        assert signature[:20] not in shown(raised.value, vars(raised.value))
        assert assertion.split(".")[1][:20] not in shown(raised.value, vars(raised.value))


def test_a_device_code_is_not_shown(either: Either) -> None:
    with Scripted(echo(ECHOES["description"])) as server:
        client = either.client(server, credential=by_device_code(server.url), max_retries=0)
        with pytest.raises(AuthenticationError) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
    assert str(DEVICE["device_code"])[:12] not in shown(raised.value, vars(raised.value))
    assert "[redacted]" in str(raised.value)


@every_flow
def test_an_authority_that_is_not_there_learns_and_tells_nothing(
    either: Either, make: Make
) -> None:
    credential = make("http://127.0.0.1:9")
    client = either.client("http://127.0.0.1:9", credential=credential, max_retries=0)
    with pytest.raises(AuthenticationError) as raised:
        either.call(client.get_qualifications, CUSTOMER_ID)
    check_error(raised.value)


def test_nothing_is_printed(
    run_python: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUST_LOG", "trace")
    monkeypatch.setenv("RUST_BACKTRACE", "full")
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    with Scripted(echo(ECHOES["twice"])) as server:
        printed = run_python(f"""
import logging, os
os.dup2(1, 2)
logging.basicConfig(level=logging.NOTSET)
from partnercenter_qual import Client, PartnerCenterError, RefreshTokenCredential
credential = RefreshTokenCredential(
    {TENANT_ID!r}, {CLIENT_ID!r}, {REFRESH!r}, {SECRET!r}, authority={server.url!r}
)
print(credential)
with Client(credential, base_url={server.url!r}) as client:
    print(client, client.check_credentials())
    try:
        client.get_qualifications({CUSTOMER_ID!r})
    except PartnerCenterError as error:
        logging.exception("no")
        print(repr(error))
""")
    assert "[redacted]" in printed
    check(printed)
