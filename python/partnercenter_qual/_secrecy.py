"""Keeps secrets out of attributes and tracebacks."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


class Secret(str):
    """Stands where a secret was: only the core keeps it."""

    __slots__ = ()


REDACTED = Secret("[redacted]")


def redacted(value: object) -> Secret | None:
    """Give what stands for a secret, if there is one."""
    return None if value is None else REDACTED


def unseen(function: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function was passed out of the traceback of what it raises."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - goes on as it is, but for its traceback
            del args, kwargs
            raise error.with_traceback(None) from error.__cause__  # the frames below have them too

    return call
