"""Exit codes, and what is said about each kind of failure."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from partnercenter_qual import (
    AuthenticationError,
    ConfigurationError,
    InvalidArgumentError,
    LedgerError,
    PartnerCenterError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
    UnauthorizedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 10  # rows whose failure is told; the result has them all


class Exit(IntEnum):
    """What the exit code of a command says."""

    OK = 0
    FAILED = 1
    USAGE = 2
    AUTHENTICATION = 3
    UNAVAILABLE = 4
    INTERRUPTED = 130


_AUTHENTICATION = (AuthenticationError, UnauthorizedError, PermissionDeniedError)
_UNAVAILABLE = (RateLimitError, ServerError, TransportError, LedgerError)
_NAMES = {
    each.__name__: code
    for code, kinds in (
        (Exit.AUTHENTICATION, _AUTHENTICATION),
        (Exit.UNAVAILABLE, (*_UNAVAILABLE, TimeoutError)),
    )
    for each in kinds
} | {"RequestTimeoutError": Exit.UNAVAILABLE}
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _SERVER_ERROR = 401, 403, 429, 500


def exit_code(error: PartnerCenterError) -> Exit:
    """Give the exit code for an error."""
    if isinstance(error, ConfigurationError) and error.field == "credential":
        return Exit.AUTHENTICATION
    if isinstance(error, InvalidArgumentError | ConfigurationError):
        return Exit.USAGE
    if isinstance(error, _AUTHENTICATION):
        return Exit.AUTHENTICATION
    return Exit.UNAVAILABLE if isinstance(error, _UNAVAILABLE) else Exit.FAILED


def message(error: PartnerCenterError) -> str:
    """Say what happened, what to do about it, and each row's problem."""
    text = str(error)
    if isinstance(error, ConfigurationError) and error.field == "credential":
        return f"{text}\nOr sign in with `pcq auth login`, or name a profile with --profile."
    if isinstance(error, InvalidArgumentError) and error.problems:
        first, *others = text.splitlines()
        rows = [
            f'  row {each.row}: {each.field}: "{each.value}" was refused: {each.cure}'
            for each in error.problems
        ]
        return "\n".join([first, *rows, *(line for line in others if line[:1] != " ")])
    return text


def rows_failed(rows: Iterable[dict[str, Any]], total: int) -> tuple[Exit, str]:
    """Judge rows that have an error; what befell all rows alike decides the exit code.

    Args:
        rows: those with an error, of `total`.
        total: how many rows there are in all.

    Returns:
        The exit code, and what to say; `Exit.OK` and nothing when there are none.
    """
    failed = list(rows)
    if not failed:
        return Exit.OK, ""
    codes = {_code_of(row) for row in failed}
    code = codes.pop() if len(failed) == total and len(codes) == 1 else Exit.FAILED
    lines = [f"{len(failed):,} of {total:,} rows failed:", *map(_line, failed[:_SHOWN])]
    if len(failed) > _SHOWN:
        lines.append(f"  ... and {len(failed) - _SHOWN:,} more: the result has them all")
    return code, "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    ids = [
        f"{label} {row[name]}"
        for label, name in (("MS-RequestId", "request_id"), ("MS-CorrelationId", "correlation_id"))
        if row.get(name)
    ]
    shown = f" [{', '.join(ids)}]" if ids else ""
    reason = row.get("error_message") or row.get("reason") or row.get("outcome")
    return f"  {row['customer_id']}: {reason}{shown}"


def _code_of(row: dict[str, Any]) -> Exit:
    status = row.get("error_status")
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return Exit.AUTHENTICATION
    if status is not None and (status == _TOO_MANY or status >= _SERVER_ERROR):
        return Exit.UNAVAILABLE
    return _NAMES.get(str(row.get("error_code")), Exit.FAILED)
