"""A new refresh token is stored and handed on before anything else, and is never lost."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from partnercenter_qual import (
    AuthenticationError,
    Client,
    DeviceCode,
    DeviceCodeCredential,
    Emulator,
    RefreshTokenCredential,
)

from .either import Either
from .rotating import (
    Listener,
    Memory,
    awaited,
    kept,
    rotate,
    signed_in,
    stored,
    token_requests,
    works,
    write,
)
from .waiting import until

TOKEN = "0.a-refresh-token"  # noqa: S105 - opens nothing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "refresh-token"


@pytest.fixture
def memory(emulator: Emulator) -> Memory:
    return Memory(emulator.refresh_token)


@pytest.fixture
def listener() -> Listener:
    return Listener()


Shape: TypeAlias = Callable[[Any], Any]

listeners = pytest.mark.parametrize("shape", [lambda it: it, awaited], ids=["sync", "async"])


def client_of(either: Either, emulator: Emulator, credential: RefreshTokenCredential) -> Client:
    return either.client(emulator, credential=credential, max_retries=0)


def read(either: Either, emulator: Emulator, credential: RefreshTokenCredential) -> None:
    """Read with a new access token."""
    credential.close()
    client = client_of(either, emulator, credential)
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []


class TestTelling:
    @listeners
    def test_it_is_told_of_each_new_token_once(
        self, either: Either, emulator: Emulator, memory: Memory, listener: Listener, shape: Shape
    ) -> None:
        first = memory.refresh_token
        credential = signed_in(emulator, None, store=memory, on_rotate=shape(listener))
        for _ in range(4):
            read(either, emulator, credential)
        assert listener.told == memory.offered
        assert len({first, *listener.told}) == 5
        assert [entry.status for entry in token_requests(emulator)] == [200] * 4

    @listeners
    def test_one_that_fails_is_told_again_before_the_next(
        self, either: Either, emulator: Emulator, path: Path, listener: Listener, shape: Shape
    ) -> None:
        listener.failures = [failure := OSError("the vault is shut"), OSError("and still is")]
        credential = signed_in(
            emulator, emulator.refresh_token, store=path, on_rotate=shape(listener)
        )
        with pytest.raises(AuthenticationError, match="the vault is shut") as caught:
            read(either, emulator, credential)
        assert caught.value.__cause__ is failure
        assert kept(path) == listener.told[0]
        with pytest.raises(AuthenticationError, match="still is"):
            read(either, emulator, credential)
        assert len(token_requests(emulator)) == 1
        read(either, emulator, credential)
        first, again, once_more, next_one = listener.told
        assert first == again == once_more != next_one == kept(path)
        read(either, emulator, credential)
        assert works(emulator, listener.told[-1])

    @listeners
    def test_it_cannot_ask_the_credential_that_waits_for_it(
        self, either: Either, emulator: Emulator, shape: Shape
    ) -> None:
        def told(_: str) -> None:
            credential.get_token()

        credential = signed_in(emulator, emulator.refresh_token, on_rotate=shape(told))
        with pytest.raises(AuthenticationError, match="cannot ask its own credential"):
            read(either, emulator, credential)

    def test_without_a_store_the_token_is_remembered(
        self, either: Either, emulator: Emulator, listener: Listener
    ) -> None:
        listener.failures = [OSError("the vault is shut")]
        credential = signed_in(emulator, emulator.refresh_token, on_rotate=listener)
        with pytest.raises(AuthenticationError, match="on_rotate"):
            read(either, emulator, credential)
        for _ in range(3):
            read(either, emulator, credential)
        first, again, *others = listener.told
        assert first == again
        assert len({first, *others}) == 4
        assert works(emulator, listener.told[-1])

    def test_a_token_told_late_does_not_replace_what_others_stored(
        self, emulator: Emulator, path: Path, listener: Listener
    ) -> None:
        listener.failures = [OSError("the vault is shut")]
        one = signed_in(emulator, emulator.refresh_token, store=path, on_rotate=listener)
        with pytest.raises(AuthenticationError, match="on_rotate"):
            rotate(one)
        other = signed_in(emulator, None, store=path)
        rotate(other)
        rotate(other)
        rotate(one)
        rotate(other)
        assert {entry.status for entry in token_requests(emulator)} == {200}

    def test_a_token_stored_late_does_not_replace_what_others_stored(
        self, emulator: Emulator, memory: Memory
    ) -> None:
        one, other = (signed_in(emulator, None, store=memory) for _ in range(2))
        memory.failures = [OSError("the disk is full")]
        with pytest.raises(AuthenticationError, match="disk"):
            rotate(one)
        for credential in (other, other, one, other, one):
            rotate(credential)
        late = memory.offered[0]
        assert memory.offered.count(late) == 1
        assert {entry.status for entry in token_requests(emulator)} == {200}

    async def test_an_asynchronous_one_runs_in_the_loop_that_waits(
        self, emulator: Emulator
    ) -> None:
        loops = []

        async def told(_: str) -> None:
            loops.append(asyncio.get_running_loop())

        credential = signed_in(emulator, emulator.refresh_token, on_rotate=told)
        async with emulator.async_client(credential=credential) as client:
            await client.get_qualifications(emulator.customer_ids[0])
        await asyncio.to_thread(rotate, credential)
        assert loops == [asyncio.get_running_loop()] * 2


class TestOrder:
    @listeners
    def test_a_token_is_stored_then_handed_on_then_used(
        self, either: Either, emulator: Emulator, path: Path, shape: Shape
    ) -> None:
        seen = []

        def told(refresh_token: str) -> None:
            seen.append(kept(path) == refresh_token)
            seen.append("/oauth2/" in emulator.journal[-1].path)

        credential = signed_in(emulator, emulator.refresh_token, store=path, on_rotate=shape(told))
        for _ in range(3):
            read(either, emulator, credential)
        assert seen == [True] * 6
        told_of = ["token" if "/oauth2/" in entry.path else "read" for entry in emulator.journal]
        assert told_of == ["token", "read"] * 3

    def test_nothing_is_read_until_the_store_is_done(
        self, either: Either, emulator: Emulator, memory: Memory
    ) -> None:
        memory.failures = [OSError("the disk is full")]
        credential = signed_in(emulator, None, store=memory)
        with pytest.raises(AuthenticationError):
            read(either, emulator, credential)
        assert emulator.journal == token_requests(emulator)

    def test_a_renewal_beside_the_calls_rotates_too(
        self, either: Either, path: Path, listener: Listener
    ) -> None:
        with Emulator(2, token_lifetime=1.0) as emulator:
            credential = signed_in(emulator, emulator.refresh_token, store=path, on_rotate=listener)
            client = client_of(either, emulator, credential)

            def renewed() -> bool:
                either.call(client.get_qualifications, emulator.customer_ids[0])
                return len(listener.told) >= 3

            until(renewed)
            until(lambda: len(listener.told) == len(token_requests(emulator)))
            assert len({*listener.told}) == len(listener.told)
            assert works(emulator, kept(path))

    def test_an_answer_without_a_new_token_keeps_the_old_one(
        self, emulator: Emulator, path: Path, listener: Listener
    ) -> None:
        answer = {"access_token": "an-access-token", "token_type": "Bearer", "expires_in": 3600}
        emulator.inject(path="/oauth2/", status=200, body=answer, times=2)
        first = emulator.refresh_token
        write(path, stored(TOKEN))
        credential = signed_in(emulator, first, store=path, on_rotate=listener)
        assert rotate(credential) == "an-access-token"
        assert kept(path) == TOKEN
        path.unlink()
        assert rotate(credential) == "an-access-token"
        assert kept(path) == TOKEN
        assert listener.told == []


class TestDeviceCode:
    @pytest.mark.parametrize("kind", ["file", "object"])
    def test_it_fills_the_store_of_a_refresh_token_credential(
        self, either: Either, emulator: Emulator, path: Path, listener: Listener, kind: str
    ) -> None:
        store: Any = path if kind == "file" else Memory()
        shown: list[DeviceCode] = []

        def approve(code: DeviceCode) -> None:
            shown.append(code)
            emulator.approve_device_code(code.user_code)

        application = emulator.tenant_id, emulator.client_id
        first = DeviceCodeCredential(
            *application, approve, store=store, on_rotate=listener, authority=emulator.authority
        )
        first.get_token()
        assert listener.told == [kept(path) if kind == "file" else store.refresh_token]
        read(either, emulator, signed_in(emulator, None, store=store))
        again = DeviceCodeCredential(
            *application, approve, store=store, authority=emulator.authority
        )
        again.get_token()
        assert len(shown) == 1, "with a refresh token, nobody is asked"


class TestLoss:
    def test_a_lost_answer_costs_nothing(
        self, emulator: Emulator, path: Path, listener: Listener
    ) -> None:
        credential = signed_in(emulator, emulator.refresh_token, store=path, on_rotate=listener)
        faults: list[dict[str, Any]] = [{"reset": True}, {"cut": 9}, {"status": 503}]
        for fault in faults:
            emulator.inject(path="/oauth2/", after_effect=True, **fault)
            rotate(credential)
        assert len(listener.told) == 3
        assert len(token_requests(emulator)) == 6
        assert works(emulator, kept(path))

    async def test_a_call_that_is_given_up_leaves_the_rotation_alone(
        self, emulator: Emulator, path: Path, listener: Listener
    ) -> None:
        emulator.inject(path="/oauth2/", delay=0.2)
        credential = signed_in(
            emulator, emulator.refresh_token, store=path, on_rotate=awaited(listener)
        )
        async with emulator.async_client(credential=credential) as client:
            call = asyncio.create_task(client.get_qualifications(emulator.customer_ids[0]))
            await asyncio.to_thread(until, lambda: bool(token_requests(emulator)))
            assert listener.told == []
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.to_thread(until, lambda: bool(listener.told))
        assert works(emulator, kept(path))

    def test_tokens_for_several_services_rotate_in_turn(
        self, emulator: Emulator, path: Path
    ) -> None:
        emulator.inject(path="/oauth2/", delay=0.02, times=None)
        credential = signed_in(emulator, emulator.refresh_token, store=path)
        scopes = [f"https://service-{nth}.example/.default" for nth in range(5)]
        with ThreadPoolExecutor(5) as pool:
            tokens = {token.token for token in pool.map(credential.get_token, scopes * 4)}
        assert len(tokens) == 5
        assert [entry.status for entry in token_requests(emulator)] == [200] * 5
        assert emulator.most_token_requests_at_once == 1
        assert works(emulator, kept(path))
