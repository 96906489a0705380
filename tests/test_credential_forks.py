"""A credential goes along into other processes: forked ones, and those that are sent a pickle."""

import asyncio
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import (
    AccessToken,
    AsyncClient,
    Client,
    ClientSecretCredential,
    DeviceCodeCredential,
    Emulator,
    RefreshTokenCredential,
)

from .rotating import AwaitedMemory, Memory, kept, rotate, signed_in, token_requests, works
from .test_forks import in_child
from .waiting import until

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork"),
    # Python 3.12 and newer warn of what these tests are about.
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]


@pytest.fixture
def path(emulator: Emulator, tmp_path: Path) -> Path:
    """A store that has a token already."""
    path = tmp_path / "refresh-token"
    rotate(signed_in(emulator, emulator.refresh_token, store=path))
    return path


Make = Callable[[Emulator, Path], Any]


def by_secret(emulator: Emulator, _: Path) -> ClientSecretCredential:
    return ClientSecretCredential(
        emulator.tenant_id,
        emulator.client_id,
        emulator.client_secret,
        authority=emulator.authority,
    )


def by_device_code(emulator: Emulator, path: Path) -> DeviceCodeCredential:
    return DeviceCodeCredential(
        emulator.tenant_id, emulator.client_id, store=path, authority=emulator.authority
    )


def by_refresh_token(emulator: Emulator, _: Path) -> RefreshTokenCredential:
    return signed_in(emulator, emulator.refresh_token)


def by_store(emulator: Emulator, path: Path) -> RefreshTokenCredential:
    return signed_in(emulator, None, store=path)


KINDS: dict[str, Make] = {
    "access token": lambda emulator, _: AccessToken(emulator.access_token()),
    "client secret": by_secret,
    "device code": by_device_code,
    "refresh token": by_refresh_token,
    "stored refresh token": by_store,
}

every_kind = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
with_and_without_store = pytest.mark.parametrize(
    "make", [by_refresh_token, by_store], ids=["without store", "with store"]
)


def read(url: str, credential: Any, customer_id: str) -> list[Any]:  # noqa: ANN401 - of any kind
    with Client(credential, base_url=url, max_retries=0) as client:
        return client.get_qualifications(customer_id)


async def read_awaited(url: str, credential: Any, customer_id: str) -> list[Any]:  # noqa: ANN401 - as above
    async with AsyncClient(credential, base_url=url, max_retries=0) as client:
        return await client.get_qualifications(customer_id)


class TestForks:
    @every_kind
    def test_a_credential_in_use_works_in_child_and_grandchild(
        self, emulator: Emulator, path: Path, make: Make
    ) -> None:
        credential = make(emulator, path)
        arguments = (emulator.url, credential, emulator.customer_ids[0])
        assert read(*arguments) == []

        def grandchild() -> None:
            assert read(*arguments) == []

        def child() -> None:
            assert read(*arguments) == []
            assert asyncio.run(read_awaited(*arguments)) == []
            in_child(grandchild)

        in_child(child)
        assert read(*arguments) == []

    @every_kind
    def test_one_that_nobody_used_yet_works_too(
        self, emulator: Emulator, path: Path, make: Make
    ) -> None:
        credential = make(emulator, path)
        arguments = (emulator.url, credential, emulator.customer_ids[0])
        in_child(lambda: read(*arguments))
        assert read(*arguments) == []

    def test_parent_and_child_share_a_store(self, emulator: Emulator, path: Path) -> None:
        credential = by_store(emulator, path)
        rotate(credential)

        def child() -> None:
            for _ in range(3):
                rotate(credential)

        for _ in range(2):
            in_child(child)
            rotate(credential)
        assert {entry.status for entry in token_requests(emulator)} == {200}
        assert works(emulator, kept(path))


@contextmanager
def fetching(emulator: Emulator, credential: RefreshTokenCredential) -> Iterator[None]:
    """Have a thread wait for a new token meanwhile."""
    asked = len(token_requests(emulator))
    emulator.inject(path="/oauth2/", delay=0.3)
    thread = threading.Thread(target=rotate, args=[credential])
    thread.start()
    until(lambda: len(token_requests(emulator)) > asked)
    yield
    thread.join()


@contextmanager
def busy(credentials: list[RefreshTokenCredential]) -> Iterator[None]:
    """Have a thread for each credential get new tokens meanwhile."""
    stop = threading.Event()

    def work(credential: RefreshTokenCredential) -> None:
        while not stop.is_set():
            rotate(credential)

    threads = [threading.Thread(target=work, args=[one]) for one in credentials]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


class TestForksMeanwhile:
    @with_and_without_store
    def test_a_child_of_a_parent_that_waits_for_a_token(
        self, emulator: Emulator, path: Path, make: Make
    ) -> None:
        credential = make(emulator, path)
        with fetching(emulator, credential):
            in_child(lambda: rotate(credential))
        rotate(credential)
        assert {entry.status for entry in token_requests(emulator)} == {200}

    def test_a_child_that_does_nothing_keeps_nobody_from_the_store(
        self, emulator: Emulator, path: Path
    ) -> None:
        credential = by_store(emulator, path)
        end, finish = os.pipe()
        with fetching(emulator, credential):
            child = os.fork()
            if child == 0:
                os.close(finish)
                os.read(end, 1)  # until the parent has closed the other end
                os._exit(0)
        os.close(end)
        other = threading.Thread(target=rotate, args=[credential])
        other.start()
        other.join(5)
        try:
            assert not other.is_alive()
        finally:
            os.close(finish)
            os.waitpid(child, 0)
            other.join()

    @pytest.mark.parametrize("make", [by_secret, by_store], ids=["secret", "store"])
    def test_children_of_a_busy_parent(self, emulator: Emulator, path: Path, make: Make) -> None:
        credentials = [make(emulator, path) for _ in range(3)]
        with busy(credentials):
            for credential in credentials * 7:
                in_child(partial(rotate, credential))
        assert {entry.status for entry in token_requests(emulator)} == {200}

    @pytest.mark.parametrize("what", ["store", "on_rotate"])
    def test_a_child_of_a_running_loop_has_a_loop_of_its_own(
        self, emulator: Emulator, what: str
    ) -> None:
        told = []

        async def on_rotate(refresh_token: str) -> None:
            await asyncio.sleep(0)
            told.append(refresh_token)

        kept_by: dict[str, Any] = {"store": AwaitedMemory(Memory()), "on_rotate": on_rotate}
        credential = signed_in(emulator, emulator.refresh_token, **{what: kept_by[what]})

        async def parent() -> None:
            await credential.aio.get_token()
            in_child(lambda: rotate(credential))
            credential.close()
            await credential.aio.get_token()

        asyncio.run(parent())
        assert [entry.status for entry in token_requests(emulator)] == [200] * 3


class TestPickles:
    # Not with a fork server: there is one for all tests, with the environment of the first.
    @pytest.mark.parametrize("method", ["fork", "spawn"])
    @pytest.mark.parametrize("make", [by_device_code, by_store], ids=["device code", "refresh"])
    def test_a_pool_of_processes_shares_the_store(
        self,
        emulator: Emulator,
        path: Path,
        monkeypatch: pytest.MonkeyPatch,
        make: Make,
        method: str,
    ) -> None:
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        credential = make(emulator, path)
        arguments = emulator.url, credential, emulator.customer_ids[0]
        assert read(*arguments) == []
        asked = len(token_requests(emulator))
        context = multiprocessing.get_context(method)
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            rows = [*pool.map(read, *zip(*[arguments] * 6, strict=True))]
        assert rows == [[]] * 6
        assert len(token_requests(emulator)) == asked + 6
        assert {entry.status for entry in token_requests(emulator)} == {200}
        assert emulator.most_token_requests_at_once == 1
        assert works(emulator, kept(path))
