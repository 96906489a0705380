"""Both clients behind one face, so that one test body shows what both do."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, ParamSpec, TypeVar, cast

from partnercenter_qual import AsyncClient, Client, Emulator

from .scripted import Scripted

TOKEN = "a-token-for-tests"  # noqa: S105 - opens nothing

P = ParamSpec("P")
T = TypeVar("T")


class Either(ABC):
    """The blocking client, or the asynchronous one in the blocking one's clothes.

    `AsyncClient` has the methods of `Client`, so a test is typed as if it had a `Client`; `call`
    and `list` then run what the method really gave.
    """

    def __init__(self) -> None:
        self._made: list[Client] = []

    def client(self, target: Emulator | Scripted | str, **options: Any) -> Client:  # noqa: ANN401 - whatever a client takes
        """Make a client, which the end of the test closes."""
        client = self.make(target, **options)
        self._made.append(client)
        return client

    def close_all(self) -> None:
        for client in self._made:
            self.close(client)

    @abstractmethod
    def make(self, target: Emulator | Scripted | str, **options: Any) -> Client:  # noqa: ANN401 - as above
        """Make a client of an emulator, a scripted server or an address."""

    @abstractmethod
    def close(self, client: Client) -> None:
        """Close a client."""

    @abstractmethod
    def call(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method of the client to its end."""

    @abstractmethod
    def list(self, stream: Iterable[T], limit: int | None = None) -> list[T]:
        """Give the items of a stream that are left, or the next few of them."""


class Blocking(Either):
    """`Client`."""

    def make(self, target: Emulator | Scripted | str, **options: Any) -> Client:  # noqa: ANN401 - as above
        if isinstance(target, Emulator):
            return target.client(**options)
        return Client(**_to(target, options))

    def close(self, client: Client) -> None:
        client.close()

    def call(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return method(*args, **kwargs)

    def list(self, stream: Iterable[T], limit: int | None = None) -> list[T]:
        return [*islice(stream, limit)]


class Awaited(Either):
    """`AsyncClient`, in an event loop of its own."""

    def __init__(self, runner: asyncio.Runner) -> None:
        super().__init__()
        self._runner = runner

    def make(self, target: Emulator | Scripted | str, **options: Any) -> Client:  # noqa: ANN401 - as above
        if isinstance(target, Emulator):
            client = target.async_client(**options)
        else:
            client = AsyncClient(**_to(target, options))
        return cast("Client", client)

    def close(self, client: Client) -> None:
        self._runner.run(cast("AsyncClient", client).aclose())

    def call(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        outcome: Any = method(*args, **kwargs)
        return cast("T", self._runner.run(outcome))

    def list(self, stream: Iterable[T], limit: int | None = None) -> list[T]:
        async def collect() -> list[T]:
            found: list[T] = []
            while len(found) != limit:
                try:
                    found.append(await anext(cast("Any", stream)))
                except StopAsyncIteration:
                    break
            return found

        return self._runner.run(collect())


def _to(target: Scripted | str, options: dict[str, Any]) -> dict[str, Any]:
    base_url = target if isinstance(target, str) else target.url
    return {"credential": TOKEN, "base_url": base_url, **options}
