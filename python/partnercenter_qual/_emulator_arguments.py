"""Checks what the emulator alone is given; as in `_arguments`, types only."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _arguments as arguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike


def number(field: str, value: object) -> float:
    """Take a number."""
    read = arguments.number(field, value)
    if read is None:
        raise arguments.refused(field, value, "pass a number")
    return read


def optional_whole(field: str, value: object) -> int | None:
    """Take a whole number or None."""
    return None if value is None else arguments.whole(field, value)


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


def certificate(certificate: str | PathLike[str] | bytes) -> bytes:
    """Take the bytes of a certificate: as they are, as PEM text, or of the file at a path."""
    if isinstance(certificate, bytes):
        return certificate
    if isinstance(certificate, str) and "-----BEGIN" in certificate:
        return certificate.encode()
    try:
        return Path(certificate).read_bytes()
    except (OSError, TypeError, ValueError) as error:
        cure = f"pass a readable file's path, PEM text, or bytes ({error})"
        raise arguments.refused("certificate", certificate, cure) from None
