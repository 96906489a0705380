"""Checks what the emulator alone is given; as in `_arguments`, types only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from json import dumps
from math import isfinite
from os import PathLike, fsdecode
from pathlib import Path
from typing import Any
from uuid import UUID

from . import _arguments as arguments


def number(field: str, value: object) -> float:
    """Take a number."""
    read = arguments.number(field, value)
    if read is None or not isfinite(read):
        raise arguments.refused(field, value, "pass a finite number")
    return read


def optional_number(field: str, value: object) -> float | None:
    """Take a number or None."""
    return None if value is None else number(field, value)


def optional_whole(field: str, value: object) -> int | None:
    """Take a whole number or None."""
    return None if value is None else arguments.whole(field, value)


def optional_flag(field: str, value: object) -> bool | None:
    """Take True, False or None."""
    return None if value is None else arguments.flag(field, value)


def optional_guid(field: str, value: object) -> str | None:
    """Take a GUID or None."""
    return None if value is None else arguments.guid(field, value)


def optional_path(field: str, value: object) -> str | None:
    """Take a path; None where it is something else altogether."""
    return arguments.text(field, fsdecode(value)) if isinstance(value, str | PathLike) else None


def path(field: str, value: object) -> str:
    """Take a path."""
    read = optional_path(field, value)
    if read is None:
        raise arguments.refused(field, value, "pass a path")
    return read


def retry_after(value: float | str | None) -> float | str | None:
    """Take seconds, or a header's value as it is."""
    return value if isinstance(value, str) else optional_number("retry_after", value)


def body(body: object) -> dict[str, Any]:
    """Take bytes, text, or what JSON can hold, as the core's members of a fault."""
    if body is None:
        return {}
    if isinstance(body, bytes):
        from base64 import b64encode  # noqa: PLC0415 - bytes that are no text are rare

        return {"body_base64": b64encode(body).decode()}
    if isinstance(body, str):
        return {"body": arguments.text("body", body)}
    try:
        return {"body": dumps(body, allow_nan=False)}
    except (TypeError, ValueError, RecursionError):
        raise arguments.refused("body", body, "pass str, bytes, or what JSON can hold") from None


def decoded(body: str) -> bytes:
    """Give the bytes that `body` took."""
    from base64 import b64decode  # noqa: PLC0415 - as above

    return b64decode(body)


def json_object(field: str, value: object) -> dict[str, Any]:
    """Take a mapping of what JSON can hold; GUIDs and dates become text."""
    if not isinstance(value, Mapping):
        raise arguments.refused(field, value, "pass a mapping, such as a dict")
    return {arguments.text(field, name): _plain(f"{field}.{name}", value[name]) for name in value}


def optional_json_object(field: str, value: object) -> dict[str, Any] | None:
    """Take a mapping of what JSON can hold, or None."""
    return None if value is None else json_object(field, value)


def json_list(field: str, value: object, cure: str = "pass what JSON can hold") -> list[Any]:
    """Take a sequence of what JSON can hold; GUIDs and dates become text."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise arguments.refused(field, value, cure)
    return [_plain(f"{field}[{place}]", item) for place, item in enumerate(value)]


def _plain(field: str, value: object) -> object:  # noqa: PLR0911 - one line for each kind of value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return arguments.text(field, value)
    if isinstance(value, int):
        return arguments.whole(field, value)
    if isinstance(value, float):
        return number(field, value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return json_object(field, value)
    return json_list(field, value)


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
