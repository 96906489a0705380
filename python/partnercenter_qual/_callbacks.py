"""Runs code of the user's for the core: credentials, stores of refresh tokens, and callbacks.

The core calls `start` with one of the other functions, which know what to do with the object.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from functools import cache
from time import sleep
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from . import _core

EventLoop: TypeAlias = "asyncio.AbstractEventLoop | None"


running: ContextVar[object] = ContextVar("running", default=None)
"""The object of the user's that this code runs for."""


def start(
    function: Callable[..., object],
    arguments: tuple[Any, tuple[Any, ...], EventLoop, _core.Reply],
) -> None:
    """Run a function in a thread of its own, and give its result to the reply."""
    from threading import Thread  # noqa: PLC0415 - only these need it

    target, values, event_loop, reply = arguments

    def answer() -> None:
        running.set(target)
        try:
            reply.result(function(target, *values, event_loop))
        except BaseException as error:  # noqa: BLE001 - the calls that wait for the result get it
            held = values if function in (save, rotated) else ()
            reply.error(_presentable(_without_locals(error), held))

    try:
        Thread(target=answer, name="partnercenter-qual-callback", daemon=True).start()
    except RuntimeError:  # no more threads; in Python 3.12, none while exit handlers run
        answer()


def _without_locals(error: BaseException) -> BaseException:
    """Take our frame and the values of variables, which may be secrets, from the tracebacks."""
    from traceback import clear_frames  # noqa: PLC0415 - seldom needed

    found, seen = [error], set[int]()
    while found:
        one = found.pop()
        seen.add(id(one))
        clear_frames(one.__traceback__)
        related = (one.__cause__, one.__context__, *getattr(one, "exceptions", ()))
        found += [other for other in related if other and id(other) not in seen]
    trace = error.__traceback__
    return error.with_traceback(trace.tb_next if trace else None)


def _presentable(error: BaseException, secrets: tuple[Any, ...]) -> BaseException:
    """Give an error, or what is left of one whose words, or those of its causes, hold a secret."""
    from traceback import format_exception  # noqa: PLC0415 - as above

    text = "".join(format_exception(error)) + repr(error)
    if not any(secret in text for secret in secrets):
        return error
    return RuntimeError(f"{type(error).__name__}, whose words are left out: they hold the token")


def token(
    credential: Any,  # noqa: ANN401 - checked when the client was made
    scope: str,
    event_loop: EventLoop,
) -> tuple[str, float | None]:
    """Ask a credential for a token and its expiry, in seconds since 1970 UTC."""
    if hasattr(credential, "get_token_info"):
        answer = credential.get_token_info(scope)
    elif hasattr(credential, "get_token"):
        answer = credential.get_token(scope)
    else:
        answer = credential()
    return _token(_result(answer, event_loop))


def load(store: Any, event_loop: EventLoop) -> str | None:  # noqa: ANN401 - an object of the user's
    """Ask a store for its refresh token."""
    loaded = _result(store.load(), event_loop)
    if not (loaded is None or isinstance(loaded, str)):
        raise TypeError(f"load() returned a {type(loaded).__name__}: return a str, or None")
    return loaded or None


def save(store: Any, refresh_token: str, event_loop: EventLoop) -> None:  # noqa: ANN401 - as above
    """Have a store keep a new refresh token."""
    _result(store.save(refresh_token), event_loop)


def rotated(on_rotate: Any, refresh_token: str, event_loop: EventLoop) -> None:  # noqa: ANN401 - as above
    """Hand a new refresh token on."""
    _result(on_rotate(refresh_token), event_loop)


def prompt(
    show: Any,  # noqa: ANN401 - as above
    details: tuple[str, str, str, float],
    event_loop: EventLoop,
) -> None:
    """Tell the user where to sign in."""
    from datetime import UTC, datetime  # noqa: PLC0415 - seldom needed

    from ._credentials import DeviceCode  # noqa: PLC0415 - that module is seldom needed

    user_code, verification_uri, message, expires_on = details
    code = DeviceCode(
        user_code=user_code,
        verification_uri=verification_uri,
        message=message,
        expires_on=datetime.fromtimestamp(expires_on, UTC),
    )
    _result(show(code), event_loop)


def _result(answer: Any, event_loop: EventLoop) -> Any:  # noqa: ANN401 - whatever the user's code gives
    return _run(answer, event_loop) if hasattr(answer, "__await__") else answer


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
        raise TypeError(
            f"the credential returned a value of type {type(answer).__name__}: return the token as "
            "str, such as result['access_token'], or (token, expires_on)"
        )
    return str(token), None if expires_on is None else float(expires_on)


def _run(awaitable: Any, event_loop: EventLoop) -> Any:  # noqa: ANN401 - any awaitable
    """Run asynchronous code.

    It runs in the loop that waits for the call, which may hold its connections, or in a loop of
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
                raise RuntimeError("the event loop stopped before the result came") from None


@cache
def _own_loop(_process: int) -> asyncio.AbstractEventLoop:
    """One loop for a process, in a thread of its own: its connections stay usable."""
    import asyncio  # noqa: PLC0415 - as above
    from threading import Thread  # noqa: PLC0415 - as above

    event_loop = asyncio.new_event_loop()
    Thread(target=event_loop.run_forever, name="partnercenter-qual-callback", daemon=True).start()
    while not event_loop.is_running():
        sleep(0)
    return event_loop
