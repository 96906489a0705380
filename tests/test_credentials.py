"""Where the token comes from, when it is asked for, and what happens when there is none."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from threading import get_ident
from typing import Any, ClassVar, NamedTuple

import pytest

from partnercenter_qual import (
    AsyncClient,
    Client,
    Emulator,
)

from .either import Either

SCOPE = "https://api.partnercenter.microsoft.com/.default"


class AccessToken(NamedTuple):
    """What `get_token` of azure-identity gives."""

    token: str
    expires_on: int


class AccessTokenInfo:
    """What `get_token_info` of azure-identity gives."""

    def __init__(self, token: str, expires_on: int) -> None:
        self.token = token
        self.expires_on = expires_on
        self.token_type = "Bearer"  # noqa: S105 - a kind of token
        self.refresh_on = None


class Source:
    """Issues tokens of an emulator, and counts how often it was asked and for what."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.scopes: list[tuple[str, ...]] = []
        self.lives: float = 3600.0

    @property
    def asked(self) -> int:
        return len(self.scopes)

    def token(self, *scopes: str) -> str:
        self.scopes.append(scopes)
        return self.emulator.access_token()

    def expiry(self) -> int:
        return int(time.time() + self.lives)


class Kind:
    """A credential as its makers shape it, over a source."""

    def __init__(self, source: Source) -> None:
        self.source = source


class WithGetToken(Kind):
    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        return AccessToken(self.source.token(*scopes), self.source.expiry())


class WithAsyncGetToken(Kind):
    async def get_token(self, *scopes: str, **_: object) -> AccessToken:
        await asyncio.sleep(0)
        return AccessToken(self.source.token(*scopes), self.source.expiry())


class WithGetTokenInfo(Kind):
    def get_token_info(self, *scopes: str, options: object = None) -> AccessTokenInfo:
        assert options is None
        return AccessTokenInfo(self.source.token(*scopes), self.source.expiry())


class WithAsyncGetTokenInfo(Kind):
    async def get_token_info(self, *scopes: str, options: object = None) -> AccessTokenInfo:
        assert options is None
        await asyncio.sleep(0)
        return AccessTokenInfo(self.source.token(*scopes), self.source.expiry())


class WithCall(Kind):
    def __call__(self) -> str:
        return self.source.token()


def awaited(source: Source) -> Callable[[], Awaitable[str]]:
    async def token() -> str:
        await asyncio.sleep(0)
        return source.token()

    return token


def awaited_with_expiry(source: Source) -> Callable[[], Awaitable[tuple[str, float]]]:
    async def token() -> tuple[str, float]:
        await asyncio.sleep(0)
        return source.token(), source.expiry()

    return token


Maker = Callable[[Source], Any]

OBJECTS: dict[str, Maker] = {
    "get_token": WithGetToken,
    "async get_token": WithAsyncGetToken,
    "get_token_info": WithGetTokenInfo,
    "async get_token_info": WithAsyncGetTokenInfo,
}
WITH_EXPIRY: dict[str, Maker] = {
    **OBJECTS,
    "callable with expiry": lambda source: lambda: (source.token(), source.expiry()),
    "async callable with expiry": awaited_with_expiry,
}
ALL: dict[str, Maker] = {
    **WITH_EXPIRY,
    "callable": lambda source: source.token,
    "callable of no expiry": lambda source: lambda: (source.token(), None),
    "async callable": awaited,
    "object with __call__": WithCall,
}

every_kind = pytest.mark.parametrize("make", ALL.values(), ids=ALL)
every_object = pytest.mark.parametrize("make", OBJECTS.values(), ids=OBJECTS)
every_kind_with_expiry = pytest.mark.parametrize("make", WITH_EXPIRY.values(), ids=WITH_EXPIRY)


@pytest.fixture
def source(emulator: Emulator) -> Source:
    return Source(emulator)


def read(either: Either, client: Client, source: Source) -> None:
    assert either.call(client.get_qualifications, source.emulator.customer_ids[0]) == []


def statuses(emulator: Emulator) -> list[int | None]:
    return [entry.status for entry in emulator.journal]


@every_kind
def test_a_credential_is_asked_once_for_many_calls(
    either: Either, source: Source, make: Maker
) -> None:
    client = either.client(source.emulator.url, credential=make(source))
    assert source.asked == 0, "not before it is needed"
    for _ in range(3):
        read(either, client, source)
    read(either, client.with_options(locale="de-DE"), source)
    assert source.asked == 1
    assert statuses(source.emulator) == [200] * 4


@every_kind
def test_a_credential_is_asked_again_when_its_token_is_refused(
    either: Either, source: Source, make: Maker
) -> None:
    client = either.client(source.emulator.url, credential=make(source), max_retries=0)
    read(either, client, source)
    source.emulator.advance(3601)
    read(either, client, source)
    assert source.asked == 2
    assert statuses(source.emulator) == [200, 401, 200]


@every_kind_with_expiry
def test_a_credential_is_asked_again_when_its_token_expires(
    either: Either, source: Source, make: Maker
) -> None:
    client = either.client(source.emulator.url, credential=make(source))
    source.lives = -1.0
    read(either, client, source)
    source.lives = 3600.0
    for _ in range(3):
        read(either, client, source)
    assert source.asked == 2
    assert statuses(source.emulator) == [200] * 4


@every_object
@pytest.mark.parametrize(
    ("cloud", "scope"),
    [
        ("global", SCOPE),
        ("usgov", SCOPE),
        ("china", "https://partner.partnercenterapi.microsoftonline.cn/.default"),
    ],
)
def test_the_scope_is_the_clouds(source: Source, make: Maker, cloud: str, scope: str) -> None:
    with Client(make(source), cloud=cloud, base_url=source.emulator.url) as client:
        client.get_qualifications(source.emulator.customer_ids[0])
    assert source.scopes == [(scope,)]


def test_of_several_ways_the_newest_is_taken(either: Either, source: Source) -> None:
    class Rich(WithCall, WithGetToken, WithGetTokenInfo):
        asked: ClassVar[list[str]] = []

        def get_token_info(self, *scopes: str, options: object = None) -> AccessTokenInfo:
            self.asked.append("get_token_info")
            return super().get_token_info(*scopes, options=options)

        def get_token(self, *scopes: str, **_: object) -> AccessToken:
            self.asked.append("get_token")
            return super().get_token(*scopes)

    read(either, either.client(source.emulator.url, credential=Rich(source)), source)
    assert Rich.asked == ["get_token_info"]

    class Old(WithCall, WithGetToken):
        pass

    read(either, either.client(source.emulator.url, credential=Old(source)), source)
    assert source.scopes == [(SCOPE,), (SCOPE,)], "a call would not have been given a scope"


async def test_two_hundred_tasks_share_one_token_and_its_renewal(source: Source) -> None:
    async def token() -> str:
        await asyncio.sleep(0.05)
        return source.token()

    async with AsyncClient(
        token, base_url=source.emulator.url, max_concurrency=200, max_retries=0
    ) as client:
        for asked in (1, 2):
            calls = [client.get_qualifications(id_) for id_ in source.emulator.customer_ids * 40]
            assert await asyncio.gather(*calls) == [[]] * 200
            assert source.asked == asked
            source.emulator.advance(3601)
    assert statuses(source.emulator).count(401) > 0


def test_threads_share_one_token_and_its_renewal(source: Source) -> None:
    def token() -> str:
        time.sleep(0.05)
        return source.token()

    with (
        Client(token, base_url=source.emulator.url, max_retries=0) as client,
        ThreadPoolExecutor(20) as pool,
    ):
        for asked in (1, 2):
            ids = source.emulator.customer_ids * 20
            assert list(pool.map(client.get_qualifications, ids)) == [[]] * 100
            assert source.asked == asked
            source.emulator.advance(3601)


async def test_an_asynchronous_credential_runs_in_the_loop_that_waits(source: Source) -> None:
    loops = []

    async def token() -> str:
        loops.append(asyncio.get_running_loop())
        return source.token()

    async with AsyncClient(token, base_url=source.emulator.url) as client:
        await client.get_qualifications(source.emulator.customer_ids[0])
    assert loops == [asyncio.get_running_loop()]


def test_an_asynchronous_credential_serves_one_loop_after_the_other(source: Source) -> None:
    async def use() -> None:
        assert await client.get_qualifications(source.emulator.customer_ids[0]) == []

    client = AsyncClient(awaited(source), base_url=source.emulator.url)
    for _ in range(2):
        asyncio.run(use())
        source.emulator.advance(3601)
    asyncio.run(client.aclose())
    assert source.asked == 2


async def test_a_blocking_credential_does_not_hold_up_the_loop(source: Source) -> None:
    threads = []

    def token() -> str:
        threads.append(get_ident())
        time.sleep(0.2)
        return source.token()

    async with AsyncClient(token, base_url=source.emulator.url) as client:
        call = asyncio.create_task(client.get_qualifications(source.emulator.customer_ids[0]))
        turns = 0
        while not call.done():
            await asyncio.sleep(0.001)
            turns += 1
    assert threads
    assert get_ident() not in threads
    assert turns > 10
