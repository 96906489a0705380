"""Checks what the caller passes, before anything reaches the Rust core.

Only the types are looked at here: what a value may be, the core knows.
"""

from __future__ import annotations

from os import fspath

from ._exceptions import InvalidArgumentError


def refused(field: str, value: object, cure: str, shown: str | None = None) -> InvalidArgumentError:
    """Make the error for a refused argument, which is shown by its repr unless told how."""
    shown = (shown or repr(value))[:80]
    message = f"{field}: {shown} was refused: {cure}"
    return InvalidArgumentError(message, field=field, value=shown, cure=cure)


def text(field: str, value: object) -> str:
    """Take a str, or an enum that is one."""
    if not isinstance(value, str):
        raise refused(field, value, "pass a str")
    plain = str.__str__(value)  # an enum's own `str()` may be its name
    try:
        plain.encode()
    except UnicodeEncodeError:
        raise refused(field, value, "pass text without lone surrogates") from None
    return plain


def optional_text(field: str, value: object) -> str | None:
    """Take a str or None."""
    return None if value is None else text(field, value)


def guid(field: str, value: object) -> str:
    """Take a GUID as str or UUID."""
    if isinstance(value, str):
        return text(field, value)
    from uuid import UUID  # noqa: PLC0415 - who passes one has imported it

    if isinstance(value, UUID):
        return str(value)
    raise refused(field, value, "pass a GUID as str or uuid.UUID")


def qualification(value: object) -> str:
    """Take a qualification by name or by its documented integer."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise refused("qualification", value, "pass its name, or its documented integer")
    return text("qualification", value)


def number(field: str, value: object) -> float | None:
    """Take a number of seconds or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(field, value, "pass a number of seconds")
    try:
        return float(value)
    except OverflowError:
        raise refused(field, value, "pass a smaller number of seconds") from None


def path(field: str, value: object) -> str:
    """Take a path as str or os.PathLike."""
    try:
        plain = fspath(value)  # type: ignore[call-overload]
    except TypeError:
        plain = None
    if not isinstance(plain, str) or not plain:
        raise refused(field, value, "pass a path as str or os.PathLike")
    if "\0" in plain:
        raise refused(field, value, "pass a path without NUL characters")
    return plain


def whole(field: str, value: object) -> int:
    """Take a whole number that a 64-bit integer holds."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 63:
        raise refused(field, value, "pass a whole number")
    return value


def positive(field: str, value: object) -> int:
    """Take a whole number from 1 on."""
    return _within(field, value, (1 << 63) - 1, "2**63 - 1")


def concurrency(value: object) -> int | None:
    """Take how many requests may be in flight, or None."""
    return None if value is None else _within("max_concurrency", value, 1024, "1024")


def _within(field: str, value: object, most: int, shown: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise refused(field, value, f"pass a whole number from 1 to {shown}")
    return value


def flag(field: str, value: object) -> bool:
    """Take True or False, not something like it."""
    if not isinstance(value, bool):
        raise refused(field, value, "pass True or False")
    return value


def day(field: str, value: object) -> str:
    """Take a date, a datetime (in UTC if naive) or ISO 8601 text, as ISO 8601 text."""
    from datetime import UTC, date, datetime  # noqa: PLC0415 - who passes one has imported it

    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        if isinstance(moment, datetime):
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return aware.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # in UTC, a day at either end of time may lie beyond it
        moment = None
    if isinstance(moment, date):
        return moment.isoformat()
    raise refused(field, value, "pass a date, a datetime, or ISO 8601 text such as 2026-11-20")


def moment(field: str, value: object) -> str:
    """Take a datetime (in UTC if naive), a date (its beginning) or ISO 8601 text, as text."""
    from datetime import UTC, date, datetime  # noqa: PLC0415 - who passes one has imported it

    try:
        found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        if isinstance(found, date) and not isinstance(found, datetime):
            found = datetime(found.year, found.month, found.day, tzinfo=UTC)
        if isinstance(found, datetime):
            aware = found if found.tzinfo else found.replace(tzinfo=UTC)
            return aware.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # in UTC, a moment at either end of time may lie beyond it
        pass
    raise refused(field, value, "pass a datetime, or ISO 8601 text such as 2026-11-20T12:00:00Z")


def callback(field: str, value: object) -> None:
    """Check that there is something to call, or None."""
    if value is not None and not callable(value):
        raise refused(field, value, "pass something that can be called, or None")
