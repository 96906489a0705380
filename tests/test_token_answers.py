"""What an authority may answer: every way to say yes is read, every other one explained."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import AuthenticationError
from partnercenter_qual._credential import Credential

from .authority import (
    CLIENT_SECRET,
    REFRESH_TOKEN,
    SCRIPTED,
    aadsts,
    by_refresh_token,
    by_secret,
    entra,
    form,
    issued,
    refused,
    seconds_from_now,
    token_requests,
)
from .either import Either
from .holding import Holding
from .scripted import CUSTOMER_ID, Answer, Scripted, Step

DATA = Path(__file__).parent / "data" / "token"
BOM = b"\xef\xbb\xbf"

Make = Callable[..., Credential]

every = pytest.mark.parametrize("make", SCRIPTED.values(), ids=SCRIPTED)
# Where one answer decides; a device code is asked for again and again (`test_device_code.py`).
DIRECT = {name: make for name, make in SCRIPTED.items() if name != "device code"}
every_direct = pytest.mark.parametrize("make", DIRECT.values(), ids=DIRECT)


def answered(*steps: Step, make: Make = by_secret) -> Any:  # noqa: ANN401 - `get_token_info` gives azure-core's
    """Give the token that comes of such answers."""
    with Scripted(entra(*steps)) as server:
        return make(server.url).get_token_info()


@pytest.mark.parametrize("bom", [b"", BOM], ids=["plain", "with BOM"])
@pytest.mark.parametrize("sample", sorted(DATA.iterdir()), ids=lambda path: path.stem)
@every
def test_samples_are_read(make: Make, sample: Path, bom: bytes) -> None:
    body = sample.read_bytes()
    info = answered(Answer(bom + body), make=make)
    assert info.token == "AccessTokenValue"  # noqa: S105 - the sample's
    life = int(json.loads(body)["expires_in"])
    assert life - 60 < seconds_from_now(info.expires_on) <= life


HOUR = {"expires_in": 3600}
LIVES: dict[str, tuple[dict[str, Any], float | None]] = {
    "number": (HOUR, 3600),
    "digits": ({"expires_in": "3600"}, 3600),
    "fraction": ({"expires_in": 3599.9}, 3599),
    "fraction in digits": ({"expires_in": " 3599.9 "}, 3599),
    "expiry beside it": ({"expires_in": "3600", "expires_on": "1"}, 3600),
    "nothing": ({}, None),
    "null": ({"expires_in": None}, None),
    "negative": ({"expires_in": -5}, None),
    "words": ({"expires_in": "an hour"}, None),
    "huge": ({"expires_in": 10**30}, None),
}


def test_an_expiry_alone_is_a_life_too() -> None:
    info = answered(Answer({"access_token": "t", "expires_on": str(int(time.time()) + 3600)}))
    assert abs(seconds_from_now(info.expires_on) - 3600) < 60


@pytest.mark.parametrize(("members", "life"), LIVES.values(), ids=LIVES)
def test_a_life_is_read_in_any_form(members: dict[str, Any], life: float | None) -> None:
    info = answered(Answer({"access_token": "t", **members}))
    if life is None:
        assert (info.expires_on, info.refresh_on) == (0, None)
    else:
        assert abs(seconds_from_now(info.expires_on) - life) < 120  # it may have been a slow day


@pytest.mark.parametrize("life", [0, 10**14], ids=str)
def test_an_odd_life_is_still_one(either: Either, life: int) -> None:
    with Scripted(entra(issued(expires_in=life))) as server:
        client = either.client(server, credential=by_secret(server.url))
        for _ in range(3):
            assert either.call(client.get_qualifications, CUSTOMER_ID) == []
        assert len(token_requests(server)) == (1 if life else 3)


YES: dict[str, Answer] = {
    "lower case type": Answer({"access_token": "an-access-token", "token_type": "bearer"}),
    "no type": Answer({"access_token": "an-access-token", **HOUR}),
    "more members": issued(foci="1", info={"a": [1]}, scope="a b", client_info="x.y.z"),
    "another status": Answer(issued().body, status=201),
    "another content type": Answer(issued().body, headers={"Content-Type": "text/html"}),
    "no content type": Answer(issued().body, headers={"Content-Type": ""}),
    "null members": issued(scope=None, refresh_token=None, id_token=None),
}


@every
@pytest.mark.parametrize("answer", YES.values(), ids=YES)
def test_a_yes_is_a_yes(make: Make, answer: Answer) -> None:
    assert answered(answer, make=make).token == "an-access-token"  # noqa: S105 - opens nothing


def test_an_empty_refresh_token_replaces_none() -> None:
    empty = issued(refresh_token="", expires_in=0)
    with Scripted(entra(empty)) as server:
        credential = by_refresh_token(server.url)
        for _ in range(2):
            credential.get_token()
        sent = [form(asked)["refresh_token"] for asked in token_requests(server)]
    assert sent == [REFRESH_TOKEN] * 2


def cut(answer: Answer) -> bytes:
    """Announce more than comes."""
    return answer.encoded().replace(b"Content-Length: ", b"Content-Length: 9")


QUICKLY = {"Retry-After": "0"}
PASSING: dict[str, Step] = {
    "page of a gateway": Answer("<html>Bad Gateway</html>", status=502, headers=QUICKLY),
    "unavailable": Answer(status=503, headers=QUICKLY),
    "too many": Answer({"error": "too_many"}, status=429, headers=QUICKLY),
    "temporarily unavailable": Answer(
        {"error": "temporarily_unavailable"}, status=503, headers=QUICKLY
    ),
    "error of the server": Answer({"error": "server_error"}, status=500, headers=QUICKLY),
    "nothing": Answer(b""),
    "cut": Answer(issued().encoded().partition(b"\r\n\r\n")[2][:40]),
    "broken off": cut(issued()),
    "reset": "reset",
    "closed": "close",
}


@pytest.mark.parametrize("step", PASSING.values(), ids=PASSING)
def test_what_passes_is_outlasted(step: Step) -> None:
    with Scripted(entra(step, issued())) as server:
        assert by_secret(server.url).get_token().token == "an-access-token"  # noqa: S105 - opens nothing
        assert len(token_requests(server)) == 2


@pytest.mark.parametrize("step", PASSING.values(), ids=PASSING)
def test_what_does_not_pass_is_given_up(either: Either, step: Step) -> None:
    with Scripted(entra(step)) as server:
        client = either.client(server, credential=by_secret(server.url), max_retries=0)
        with pytest.raises(AuthenticationError) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
        assert len(server.requests) == 1
    assert "no access token: " in str(raised.value)
    assert CLIENT_SECRET not in str(raised.value)


@every_direct
def test_retries_are_counted(either: Either, make: Make) -> None:
    with Scripted(entra(PASSING["unavailable"])) as server:
        client = either.client(server, credential=make(server.url), max_retries=1)
        with pytest.raises(AuthenticationError, match="503"):
            either.call(client.get_qualifications, CUSTOMER_ID)
        assert len(server.requests) == 2


def test_retry_after_is_obeyed() -> None:
    wait = Answer(status=429, headers={"Retry-After": "1"})
    with Scripted(entra(wait, issued())) as server:
        by_secret(server.url).get_token()
        first, second = (asked.at for asked in server.requests)
    assert second - first >= 1.0


def test_a_long_retry_after_is_the_callers_to_wait_for(either: Either) -> None:
    wait = Answer(status=429, headers={"Retry-After": "3600"})
    with Scripted(entra(wait)) as server:
        client = either.client(server, credential=by_secret(server.url))
        with pytest.raises(AuthenticationError, match="429"):
            either.call(client.get_qualifications, CUSTOMER_ID)
        assert len(server.requests) == 1


MIB = 1024 * 1024
NO: dict[str, tuple[Step, str]] = {
    "no token in it": (Answer({"token_type": "Bearer", **HOUR}), "access_token"),
    "token that is no text": (Answer({"access_token": 17}), "access_token"),
    "null": (Answer({"access_token": None}), "access_token"),
    "empty token": (issued(""), "token"),
    "token that is no header": (issued("a token\r\nX-Evil: 1"), "token"),
    "no JSON": (Answer("<html>Sign in</html>"), "JSON"),
    "no object": (Answer('["an-access-token"]'), "object"),
    "nonsense": (Answer("{access_token: }"), "JSON"),
    "too long": (Answer("x" * 9 * MIB), "too long"),
    "page": (Answer("<html><title>Not Found</title></html>", status=404), "404"),
    "redirect": (
        Answer(status=302, headers={"Location": "http://127.0.0.1:9/there"}),
        "redirects to http://127.0.0.1:9/there",
    ),
    "refusal of no shape": (Answer([1], status=400), "400"),
    "empty refusal": (Answer(status=400), "400"),
    "refusal": (refused("invalid_client", "no such client", 401), "no such client"),
    "number alone": (
        refused("invalid_grant", "spent", error_codes=[70000, 700082]),
        "AADSTS700082",
    ),
}


@every_direct
@pytest.mark.parametrize(("step", "words"), NO.values(), ids=NO)
def test_a_no_is_explained_at_once(make: Make, step: Step, words: str) -> None:
    with Scripted(entra(step)) as server:
        credential = make(server.url)
        with pytest.raises(AuthenticationError, match=words) as raised:
            credential.get_token()
        assert len(token_requests(server)) == 1
    assert str(raised.value).startswith("no access token: ")
    assert len(str(raised.value)) < 1000
    assert CLIENT_SECRET not in str(raised.value)


@pytest.mark.parametrize(("step", "words"), NO.values(), ids=NO)
def test_a_call_that_gets_no_token_says_so(either: Either, step: Step, words: str) -> None:
    with Scripted(entra(step)) as server:
        client = either.client(server, credential=by_secret(server.url))
        with pytest.raises(AuthenticationError, match=words) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
    assert (raised.value.customer_id, raised.value.attempts) == (CUSTOMER_ID, 0)
    assert raised.value.request_id


def test_a_redirect_is_not_followed_and_its_secrets_not_repeated() -> None:
    with Scripted([issued()]) as elsewhere:
        there = f"{elsewhere.url.replace('//', '//user:word@')}/there?code=x#y"
        redirect = Answer(status=307, headers={"Location": there})
        with Scripted([redirect]) as server, pytest.raises(AuthenticationError) as raised:
            by_secret(server.url).get_token()
        assert elsewhere.requests == []
    assert f"redirects to {elsewhere.url}/there: " in (raised.value.hint or "")
    assert "authority" in (raised.value.hint or "")
    assert "word" not in str(raised.value)


def test_an_authority_that_is_not_there_is_named(either: Either) -> None:
    credential = by_secret("http://127.0.0.1:9")
    client = either.client("http://127.0.0.1:9", credential=credential, max_retries=0)
    with pytest.raises(AuthenticationError, match=r"http://127\.0\.0\.1:9.*authority"):
        either.call(client.get_qualifications, CUSTOMER_ID)


def test_an_authority_that_is_silent_is_given_up(either: Either) -> None:
    with Holding() as server:
        credential = by_secret(server.url)
        client = either.client(server.url, credential=credential, timeout=0.2, max_retries=1)
        with pytest.raises(AuthenticationError, match="within 200ms"):
            either.call(client.get_qualifications, CUSTOMER_ID)


def test_a_no_stands_for_a_moment_for_all_who_ask(either: Either) -> None:
    with Scripted(entra(aadsts(53003), issued())) as server:
        client = either.client(server, credential=by_secret(server.url))
        results = either.list(client.sweep([CUSTOMER_ID] * 500))
        assert {str(type(result.error).__name__) for result in results} == {"AuthenticationError"}
        assert len(server.requests) == 1
