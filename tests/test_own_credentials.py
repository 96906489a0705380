"""Our own credentials at work: what each opens, and that all who use one share its tokens."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from partnercenter_qual import AccessToken, AsyncClient, Client, Emulator, PermissionDeniedError
from partnercenter_qual._credential import Credential

from .authority import APP_ONLY, USER, seconds_from_now
from .either import Either

GRAPH = "https://graph.windows.net/.default"

Make = Callable[[Emulator], Credential]

ALL = APP_ONLY | USER
every = pytest.mark.parametrize("make", ALL.values(), ids=ALL)
app_only = pytest.mark.parametrize("make", APP_ONLY.values(), ids=APP_ONLY)
of_users = pytest.mark.parametrize("make", USER.values(), ids=USER)
# An assertion is signed at the real time, and not valid after the virtual clock was advanced.
VIRTUAL = {name: make for name, make in ALL.items() if name != "certificate"}
virtual = pytest.mark.parametrize("make", VIRTUAL.values(), ids=VIRTUAL)


def token_requests(emulator: Emulator) -> int:
    return sum(entry.path.endswith("/token") for entry in emulator.journal)


def read(either: Either, client: Client, emulator: Emulator) -> None:
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []


@every
def test_it_reads(either: Either, emulator: Emulator, make: Make) -> None:
    client = either.client(emulator.url, credential=make(emulator))
    assert emulator.journal == [], "nothing before it is needed"
    read(either, client, emulator)
    read(either, client, emulator)
    assert token_requests(emulator) == 1


@of_users
def test_a_users_may_ask_for_a_qualification(
    either: Either, emulator: Emulator, make: Make
) -> None:
    client = either.client(emulator.url, credential=make(emulator))
    either.call(client.update_qualification, emulator.customer_ids[0], "StateOwnedEntity")
    assert len(emulator.effects) == 1


@app_only
def test_an_applications_may_not_and_is_told_whose_may(
    either: Either, emulator: Emulator, make: Make
) -> None:
    client = either.client(emulator.url, credential=make(emulator))
    with pytest.raises(PermissionDeniedError) as raised:
        either.call(client.update_qualification, emulator.customer_ids[0], "StateOwnedEntity")
    assert (raised.value.status_code, raised.value.code) == (403, "900329")
    assert "RefreshTokenCredential" in (raised.value.hint or "")
    assert emulator.effects == []


def test_an_access_token_opens_and_is_not_renewed(either: Either, emulator: Emulator) -> None:
    credential = AccessToken(emulator.access_token(), expires_on=1_000_000_000)
    client = either.client(emulator.url, credential=credential)
    read(either, client, emulator)
    assert token_requests(emulator) == 0
    assert credential.get_token().expires_on == 1_000_000_000
    assert credential.get_token_info().expires_on == 1_000_000_000


@every
def test_all_who_use_it_share_one_token(either: Either, emulator: Emulator, make: Make) -> None:
    credential = make(emulator)
    first = either.client(emulator.url, credential=credential)
    other = either.client(emulator.url, credential=credential, locale="de-DE")
    derived = either.client(emulator.url, credential=credential).with_options(timeout=5)
    for client in (first, other, derived):
        read(either, client, emulator)
    token = credential.get_token().token
    assert asyncio.run(credential.aio.get_token()).token == token
    assert credential.get_token_info().token == token
    assert token_requests(emulator) == 1


@every
async def test_a_thousand_tasks_make_one_token_request(emulator: Emulator, make: Make) -> None:
    emulator.inject(path="/oauth2/", delay=0.1, times=None)
    ids = emulator.customer_ids * 200
    async with AsyncClient(make(emulator), base_url=emulator.url, max_concurrency=200) as client:
        assert await asyncio.gather(*map(client.get_qualifications, ids)) == [[]] * 1000
    assert token_requests(emulator) == 1
    assert emulator.most_token_requests_at_once == 1


@every
def test_a_thousand_calls_of_threads_make_one_token_request(emulator: Emulator, make: Make) -> None:
    emulator.inject(path="/oauth2/", delay=0.1, times=None)
    ids = emulator.customer_ids * 200
    with (
        Client(make(emulator), base_url=emulator.url, max_concurrency=50) as client,
        ThreadPoolExecutor(50) as pool,
    ):
        assert list(pool.map(client.get_qualifications, ids)) == [[]] * 1000
    assert token_requests(emulator) == 1


@every
async def test_its_asynchronous_twin_gives_the_same_tokens(emulator: Emulator, make: Make) -> None:
    credential = make(emulator)
    async with credential.aio as twin:
        token, info = await asyncio.gather(twin.get_token(), twin.get_token_info())
        assert token.token == info.token
        assert token.expires_on == info.expires_on
        async with AsyncClient(twin, base_url=emulator.url) as client:
            assert await client.get_qualifications(emulator.customer_ids[0]) == []
    assert token_requests(emulator) == 1
    assert repr(twin) == f"{credential!r}.aio"


@every
def test_a_client_takes_the_twin_too(either: Either, emulator: Emulator, make: Make) -> None:
    read(either, either.client(emulator.url, credential=make(emulator).aio), emulator)


@every
def test_it_says_what_azure_core_wants_to_know(emulator: Emulator, make: Make) -> None:
    credential = make(emulator)
    info = credential.get_token_info()
    token, expires_on = credential.get_token()
    assert (token, expires_on) == (info.token, info.expires_on)
    assert info.token_type == "Bearer"  # noqa: S105 - its kind
    assert type(info.expires_on) is int
    assert 3500 < seconds_from_now(info.expires_on) <= 3600
    assert info.refresh_on is not None
    assert info.expires_on - info.refresh_on in {299, 300, 301}


@every
def test_what_is_asked_for_something_else_is_another_token(emulator: Emulator, make: Make) -> None:
    credential = make(emulator)
    tokens = {
        credential.get_token().token,
        credential.get_token(GRAPH).token,
        credential.get_token(tenant_id="organizations").token,
        credential.get_token_info(options={"tenant_id": "common"}).token,
    }
    assert len(tokens) == 4
    assert token_requests(emulator) == 4
    for scopes in ([], [GRAPH]):
        assert credential.get_token(*scopes).token in tokens
    assert token_requests(emulator) == 4


@every
def test_what_answers_claims_is_for_who_asked(emulator: Emulator, make: Make) -> None:
    credential = make(emulator)
    usual = credential.get_token().token
    claims = '{"access_token":{"nbf":{"essential":true}}}'
    special = credential.get_token(claims=claims).token
    again = credential.get_token_info(options={"claims": claims}).token
    assert len({usual, special, again}) == 3
    assert credential.get_token().token == usual


@every
def test_what_is_closed_starts_again(emulator: Emulator, make: Make) -> None:
    with make(emulator) as credential:
        before = credential.get_token().token
    credential.close()
    assert credential.get_token().token != before
    assert token_requests(emulator) == 2


@every
async def test_its_twin_closes_both(emulator: Emulator, make: Make) -> None:
    credential = make(emulator)
    async with credential.aio as twin:
        before = await twin.get_token()
    assert credential.get_token().token != before.token
    assert token_requests(emulator) == 2


@every
def test_closing_leaves_clients_alone(either: Either, emulator: Emulator, make: Make) -> None:
    credential = make(emulator)
    client = either.client(emulator.url, credential=credential)
    read(either, client, emulator)
    credential.close()
    read(either, client, emulator)
    assert token_requests(emulator) == 1


@virtual
def test_one_renewal_serves_all_who_were_turned_away(emulator: Emulator, make: Make) -> None:
    emulator.inject(path="/oauth2/", delay=0.05, times=None)
    credential = make(emulator)
    with (
        Client(credential, base_url=emulator.url, max_retries=0) as one,
        Client(credential, base_url=emulator.url, max_retries=0) as other,
        ThreadPoolExecutor(20) as pool,
    ):
        for asked in (1, 2):
            calls = [one.get_qualifications, other.get_qualifications] * 50
            ids = emulator.customer_ids * 20
            assert list(pool.map(lambda call, id_: call(id_), calls, ids)) == [[]] * 100
            assert token_requests(emulator) == asked
            emulator.advance(3601)
    assert any(entry.status == 401 for entry in emulator.journal)
    assert emulator.most_token_requests_at_once == 1
