"""Where a client's token comes from, and how credentials of other packages are asked.

The core calls `ask`, at most once at a time for each client.
"""

from __future__ import annotations

import os
from functools import cache
from time import sleep
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ._exceptions import ConfigurationError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from . import _core

ACCESS_TOKEN = "PARTNERCENTER_ACCESS_TOKEN"  # noqa: S105 - the variable's name

_CURE = (
    f"set {ACCESS_TOKEN}, or pass an access token, a callable that returns one, "
    "or a credential of azure-identity"
)


class TokenCredential(Protocol):
    """A credential of azure-identity, or one like it."""

    def get_token(self, *scopes: str) -> Any:  # noqa: ANN401 - AccessToken of azure-core, or an awaitable of it
        """Get an object with `token` and `expires_on` (seconds since 1970 UTC)."""


class TokenInfoCredential(Protocol):
    """A credential of a newer azure-identity, or one like it."""

    def get_token_info(self, *scopes: str) -> Any:  # noqa: ANN401 - AccessTokenInfo of azure-core, or an awaitable of it
        """Get an object with `token` and `expires_on` (seconds since 1970 UTC)."""


TokenCallable: TypeAlias = (
    "Callable[[], str | tuple[str, float] | Awaitable[str] | Awaitable[tuple[str, float]]]"
)

Credential: TypeAlias = "str | TokenCallable | TokenCredential | TokenInfoCredential"
"""A token, a callable that returns one (alone, or with its expiry in seconds since 1970 UTC), or an
object with azure-identity's `get_token_info` or `get_token`, synchronous or not."""


def resolve(credential: Credential | None) -> Credential:
    """Check the kind of a credential; None stands for the environment's.

    Raises:
        ConfigurationError: when there is none, or it is of no known kind.
    """
    if credential is None:
        token = os.environ.get(ACCESS_TOKEN, "")
        if token:
            return token
        raise ConfigurationError(
            f"no credential: {_CURE}", field="credential", value="None", cure=_CURE
        )
    if isinstance(credential, str):
        return credential
    known = callable(credential)
    if known or hasattr(credential, "get_token_info") or hasattr(credential, "get_token"):
        # Who imports it first counts as the main thread, and `ask` is called by another one.
        import threading  # noqa: F401, PLC0415 - as above

        return credential
    kind = type(credential).__name__  # never its repr, which may show a secret
    raise ConfigurationError(
        f"credential: a {kind} was refused: {_CURE}", field="credential", value=kind, cure=_CURE
    )


def ask(
    credential: Any,  # noqa: ANN401 - checked by `resolve`
    scope: str,
    event_loop: asyncio.AbstractEventLoop | None,
    reply: _core.Reply,
) -> None:
    """Have a credential asked for a token, in a thread of its own, which gives it to `reply`."""
    from threading import Thread  # noqa: PLC0415 - only these credentials need it

    def answer() -> None:
        try:
            reply.token(*_fetch(credential, scope, event_loop))
        except BaseException as error:  # noqa: BLE001 - the calls that wait for the token get it
            reply.error(error)

    try:
        Thread(target=answer, name="partnercenter-qual-credential", daemon=True).start()
    except RuntimeError:  # no more threads; in Python 3.12, none while exit handlers run
        answer()


def _fetch(
    credential: Any,  # noqa: ANN401 - checked by `resolve`
    scope: str,
    event_loop: asyncio.AbstractEventLoop | None,
) -> tuple[str, float | None]:
    """Ask a credential for a token and its expiry, in seconds since 1970 UTC."""
    if hasattr(credential, "get_token_info"):
        answer = credential.get_token_info(scope)
    elif hasattr(credential, "get_token"):
        answer = credential.get_token(scope)
    else:
        answer = credential()
    if hasattr(answer, "__await__"):
        answer = _run(answer, event_loop)
    return _token(answer)


def _token(answer: Any) -> tuple[str, float | None]:  # noqa: ANN401 - whatever a credential returns
    token: Any
    expires_on: Any
    match answer:
        case str():
            token, expires_on = answer, None
        case (token, expires_on):
            pass
        case _:
            token, expires_on = getattr(answer, "token", None), getattr(answer, "expires_on", None)
    if not isinstance(token, str):
        raise TypeError(f"the credential returned a {type(answer).__name__} that is no token")
    return str(token), None if expires_on is None else float(expires_on)


def _run(awaitable: Any, event_loop: asyncio.AbstractEventLoop | None) -> Any:  # noqa: ANN401 - any awaitable
    """Run an asynchronous credential.

    It runs in the loop that waits for the token, which may hold its connections, or in a loop of
    our own when nobody waits in one.
    """
    import asyncio  # noqa: PLC0415 - costs more than the whole package, and is seldom needed

    async def outcome() -> Any:  # noqa: ANN401 - any awaitable's
        return await awaitable

    if event_loop is None or not event_loop.is_running():
        event_loop = _own_loop(os.getpid())
    future = asyncio.run_coroutine_threadsafe(outcome(), event_loop)
    while True:
        try:
            return future.result(timeout=1.0)
        except TimeoutError:
            if future.done():
                raise
            if not event_loop.is_running():
                future.cancel()
                raise RuntimeError("the event loop stopped before the token came") from None


@cache
def _own_loop(_process: int) -> asyncio.AbstractEventLoop:
    """One loop for a process, in a thread of its own: a credential's connections stay usable."""
    import asyncio  # noqa: PLC0415 - as above
    from threading import Thread  # noqa: PLC0415 - as above

    event_loop = asyncio.new_event_loop()
    Thread(target=event_loop.run_forever, name="partnercenter-qual-credential", daemon=True).start()
    while not event_loop.is_running():
        sleep(0)
    return event_loop
