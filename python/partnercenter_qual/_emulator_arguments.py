"""Checks what the emulator alone is given; as in `_arguments`, types only."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from . import _arguments as arguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def number(field: str, value: object) -> float:
    """Take a number."""
    read = arguments.number(field, value)
    if read is None:
        raise arguments.refused(field, value, "pass a number")
    return read


def optional_whole(field: str, value: object) -> int | None:
    """Take a whole number or None."""
    return None if value is None else arguments.whole(field, value)


def flag(field: str, value: object) -> bool:
    """Take True or False, not something like it."""
    if not isinstance(value, bool):
        raise arguments.refused(field, value, "pass True or False")
    return value


def retry_after(value: float | str | None) -> float | str | None:
    """Take seconds, or a header's value as it is."""
    return value if isinstance(value, str) else arguments.number("retry_after", value)


def body(body: str | bytes | Mapping[str, Any] | Sequence[Any] | None) -> bytes | None:
    """Take bytes, text, or what JSON can hold, as bytes."""
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    try:
        return dumps(body).encode()
    except (TypeError, ValueError):
        raise arguments.refused("body", body, "pass str, bytes, or what JSON can hold") from None
