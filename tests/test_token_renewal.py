"""Tokens are renewed beside the calls that use them."""

import time
from collections.abc import Callable

import pytest

from partnercenter_qual import Client, Emulator
from partnercenter_qual._credential import Credential

from .authority import APP_ONLY, USER, by_secret, issued, refused, token_requests
from .either import Either
from .scripted import CUSTOMER_ID, Answer, Request, Scripted, Step

LIFE = 1  # second, of which the last twentieth is for the renewal

KINDS = {**APP_ONLY, "device code": USER["device code"]}

Make = Callable[[Emulator], Credential]


def used(server: Scripted) -> list[str]:
    """Give the tokens that calls carried."""
    calls = [request for request in server.requests if request.method == "GET"]
    return [call.headers["authorization"].removeprefix("Bearer ") for call in calls]


def read(either: Either, client: Client) -> None:
    assert either.call(client.get_qualifications, CUSTOMER_ID) == []


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_short_lives_are_not_noticed(make: Make) -> None:
    with (
        Emulator(customers=1, token_lifetime=LIFE) as emulator,
        Client(make(emulator), base_url=emulator.url) as client,
    ):
        started = time.monotonic()
        while time.monotonic() - started < 1.5 * LIFE:
            assert client.get_qualifications(emulator.customer_ids[0]) == []
            time.sleep(0.01)
        calls = [entry for entry in emulator.journal if entry.method == "GET"]
        asked = sum(entry.path.endswith("/token") for entry in emulator.journal)
        assert {entry.status for entry in calls} == {200}
        assert 1 < asked < 2 + (time.monotonic() - started) / (0.9 * LIFE)
        assert emulator.most_token_requests_at_once == 1


class Authority:
    """Answers the first request at once, and the others as told, once it was told to go on."""

    def __init__(self, *later: Step) -> None:
        self.later = [*later]

    def __call__(self, request: Request) -> Step:
        if "/oauth2/" not in request.path:
            return Answer([])
        return self.later.pop(0) if len(self.later) > 1 else self.later[0]


def test_calls_neither_wait_for_a_renewal_nor_notice_that_it_failed() -> None:
    # Of its 6 s the last 0.3 s are for the renewal, and in the first half of these it still serves.
    no = refused("temporarily_unavailable", status=400)
    slow = Answer(no.body, status=400, delay=0.05)
    with (
        Scripted(Authority(issued("first", expires_in=6), slow, issued("second"))) as server,
        Client(by_secret(server.url), base_url=server.url) as client,
    ):
        during = 0
        while "second" not in used(server):
            before = len(token_requests(server))
            assert client.get_qualifications(CUSTOMER_ID) == []
            during += before == 2
            time.sleep(0.005)
        assert during > 3, "calls went on with the old token while the new one was on its way"
        assert {*used(server)} == {"first", "second"}
        assert len(token_requests(server)) == 3


def test_a_refused_token_is_renewed_once_for_one_call(either: Either) -> None:
    def script(request: Request) -> Step:
        if "/oauth2/" in request.path:
            return issued(f"token-{len(server.requests)}")
        return Answer(status=401)

    with Scripted(script) as server:
        client = either.client(server, credential=by_secret(server.url))
        (result,) = either.list(client.sweep([CUSTOMER_ID]))
        assert result.error is not None
        assert "401" in str(result.error)
        assert used(server) == ["token-1", "token-3"]
        assert len(token_requests(server)) == 2
