"""Refresh tokens in an object with `load` and `save`, blocking or not, working or not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest

from partnercenter_qual import AuthenticationError, Emulator, RefreshTokenCredential

from .either import Either
from .rotating import AwaitedMemory, Memory, signed_in, works

TOKEN = "0.a-refresh-token"  # noqa: S105 - opens nothing

Shape: TypeAlias = Callable[[Memory], Any]

stores = pytest.mark.parametrize("shape", [lambda it: it, AwaitedMemory], ids=["sync", "async"])


@pytest.fixture
def memory(emulator: Emulator) -> Memory:
    return Memory(emulator.refresh_token)


def read(either: Either, emulator: Emulator, credential: RefreshTokenCredential) -> None:
    """Read with a new access token."""
    credential.close()
    client = either.client(emulator, credential=credential, max_retries=0)
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []


class TestStores:
    @stores
    def test_it_is_asked_before_and_told_after(
        self, either: Either, emulator: Emulator, memory: Memory, shape: Shape
    ) -> None:
        credential = signed_in(emulator, None, store=shape(memory))
        assert memory.loads == 0, "not before it is needed"
        read(either, emulator, credential)
        read(either, emulator, credential)
        assert memory.loads == len(set(memory.offered)) == 2
        assert works(emulator, memory.refresh_token)

    @stores
    def test_what_it_cannot_save_is_offered_again(
        self, either: Either, emulator: Emulator, memory: Memory, shape: Shape
    ) -> None:
        before = memory.refresh_token
        memory.failures = [failure := OSError("the disk is full")]
        credential = signed_in(emulator, None, store=shape(memory))
        with pytest.raises(AuthenticationError, match="the disk is full") as caught:
            read(either, emulator, credential)
        assert caught.value.__cause__ is failure
        assert memory.refresh_token == before
        read(either, emulator, credential)
        first, again, next_one = memory.offered
        assert first == again != next_one
        assert works(emulator, memory.refresh_token)

    @stores
    def test_nothing_is_used_while_it_cannot_be_read(
        self, either: Either, emulator: Emulator, shape: Shape
    ) -> None:
        class Broken(Memory):
            def load(self) -> Any:  # noqa: ANN401 - as there
                raise KeyError("vault")

        credential = signed_in(emulator, emulator.refresh_token, store=shape(Broken()))
        with pytest.raises(AuthenticationError, match="vault") as caught:
            read(either, emulator, credential)
        assert isinstance(caught.value.__cause__, KeyError)
        assert emulator.journal == []

    @stores
    @pytest.mark.parametrize("nonsense", [7, b"0.bytes", [TOKEN], {"refresh_token": TOKEN}])
    def test_what_it_loads_is_a_str_or_none(
        self, either: Either, emulator: Emulator, memory: Memory, shape: Shape, nonsense: object
    ) -> None:
        good, memory.refresh_token = memory.refresh_token, nonsense
        credential = signed_in(emulator, None, store=shape(memory))
        with pytest.raises(AuthenticationError, match=r"load\(\)") as caught:
            read(either, emulator, credential)
        assert type(nonsense).__name__ in str(caught.value)
        assert TOKEN not in str(caught.value)
        assert emulator.journal == []
        memory.refresh_token = good
        read(either, emulator, credential)

    @pytest.mark.parametrize("nonsense", ["\udcff", "0.\0", "0.two words", TOKEN])
    def test_a_str_that_is_no_refresh_token_is_an_error_too(
        self, either: Either, emulator: Emulator, memory: Memory, nonsense: str
    ) -> None:
        memory.refresh_token = nonsense
        with pytest.raises(AuthenticationError):
            read(either, emulator, signed_in(emulator, None, store=memory))
        assert memory.offered == []

    @pytest.mark.parametrize("empty", [None, ""])
    def test_an_empty_one_takes_the_token_that_was_passed(
        self, either: Either, emulator: Emulator, memory: Memory, empty: str | None
    ) -> None:
        passed, memory.refresh_token = memory.refresh_token, empty
        with pytest.raises(AuthenticationError, match="no refresh token") as caught:
            read(either, emulator, signed_in(emulator, None, store=memory))
        assert "DeviceCodeCredential" in str(caught.value.hint)
        read(either, emulator, signed_in(emulator, passed, store=memory))
        assert works(emulator, memory.refresh_token)

    @stores
    def test_a_slow_one_is_asked_once_for_all(
        self, emulator: Emulator, memory: Memory, shape: Shape
    ) -> None:
        memory.pause = 0.1
        credential = signed_in(emulator, None, store=shape(memory))
        with ThreadPoolExecutor(20) as pool:
            answers = pool.map(lambda _: credential.get_token().token, range(20))
        assert len({*answers}) == memory.loads == len(memory.offered) == 1
