"""Exit codes, and what is said about each kind of failure."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import partnercenter_qual
from partnercenter_qual import (
    ApiError,
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
_OF_CREDENTIALS = ("credential", "store", "token_store")
"""Fields of errors that say: there is no credential, or none that can be used."""
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _SERVER_ERROR = 401, 403, 429, 500


def exit_code(error: PartnerCenterError) -> Exit:
    """Give the exit code for an error."""
    if isinstance(error, ConfigurationError) and error.field in _OF_CREDENTIALS:
        return Exit.AUTHENTICATION
    if isinstance(error, InvalidArgumentError | ConfigurationError):
        return Exit.USAGE
    if isinstance(error, _AUTHENTICATION):
        return Exit.AUTHENTICATION
    return Exit.UNAVAILABLE if isinstance(error, _UNAVAILABLE) else Exit.FAILED


_OPTIONS = {
    "url": "--ledger",
    "store": "token_store",
    "poll_interval": "--interval",
    "requests": "FILE",
    "education_segment": "--education-segment",
    "validation_code": "--validation-code",
    "name_prefix": "--name-prefix",
    "sweep_interval": "--sweep-interval",
    "max_concurrency": "--max-concurrency",
    **{
        name: f"--{name}"
        for name in ("website", "qualification", "since", "timeout", "interval", "resume")
    },
}
"""What the library's arguments are called here, where a message begins with their name."""

_SAID = {
    "client.check_credentials()": "`pcq auth check`",
    "list_validation_codes()": "`pcq validation-codes`",
    "resubmit_denied=True": "--resubmit-denied",
    "RefreshTokenCredential or DeviceCodeCredential": "the sign-in of `pcq auth login`",
    "fill the file with DeviceCodeCredential": "sign in with `pcq auth login`",
    "sign in with DeviceCodeCredential and the same store": "sign in with `pcq auth login`",
    "DeviceCodeCredential": "`pcq auth login`",
    "keep new refresh tokens with store=": "keep new refresh tokens in a token_store",
    "use another file for each application": (
        "use another file for each application, with `pcq auth login --store FILE`"
    ),
    "pass the path of a file that holds a refresh token (as JSON), or of none yet": (
        "it holds no refresh token: remove it and sign in with `pcq auth login`, or name another"
    ),
}
"""What is said to programmers, and what it is here."""

_SAID_OF_OPTIONS = {
    'education_segment="K12" or "HigherEducation"': (
        "--education-segment K12 or --education-segment HigherEducation"
    ),
    "pass website ": "pass --website ",
}
"""The same of what is an option here, but a column of a file of requests."""


def here(text: str, *, of_options: bool = False) -> str:
    """Say in the words of the command line what the library says to programs.

    Args:
        text: what it says.
        of_options: whether options are meant, not columns of a file.
    """
    for said, instead in (_SAID | (_SAID_OF_OPTIONS if of_options else {})).items():
        text = text.replace(said, instead)
    return "\n".join(map(_named, text.split("\n"))) if of_options else text


def _named(line: str) -> str:
    name, colon, rest = line.partition(": ")
    name, missing, _ = name.partition(" is missing")
    return f"{_OPTIONS.get(name, name)}{missing}{colon}{rest}"


def message(error: PartnerCenterError) -> str:
    """Say what happened, what to do about it, and each row's problem."""
    has_rows = isinstance(error, InvalidArgumentError) and bool(error.problems)
    return here(_message(error), of_options=not has_rows)


def _message(error: PartnerCenterError) -> str:
    text = str(error)
    if isinstance(error, ConfigurationError) and error.field == "credential":
        return f"{text}\nOr sign in with `pcq auth login`, or name a profile with --profile."
    if isinstance(error, InvalidArgumentError) and error.problems:
        first, *others = text.splitlines()
        rows = [
            f"  row {each.row}: {each.field}{_refused(each.value)}: {each.cure}"
            for each in error.problems
        ]
        return "\n".join([first, *rows, *(line for line in others if line[:1] != " ")])
    return text


def _refused(value: str) -> str:
    return f': "{value}" was refused' if value else " is missing"


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
    if row.get("error_code"):
        ids.append(f"see {_explained(row)}")
    shown = f" [{', '.join(ids)}]" if ids else ""
    reason = row.get("error_message") or row.get("reason") or row.get("outcome")
    return f"  {row['customer_id']}: {here(str(reason))}{shown}"


def _explained(row: dict[str, Any]) -> str:
    """Give the place that explains the error of a row."""
    code, said = str(row["error_code"]), row.get("error_message") or ""
    kind = getattr(partnercenter_qual, code, None)  # an error without a code has its class there
    error = kind(said) if isinstance(kind, type) else ApiError(said)
    error.code, error.message = code, said
    return str(error.help_link)


def _code_of(row: dict[str, Any]) -> Exit:
    status = row.get("error_status")
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return Exit.AUTHENTICATION
    if status is not None and (status == _TOO_MANY or status >= _SERVER_ERROR):
        return Exit.UNAVAILABLE
    return _NAMES.get(str(row.get("error_code")), Exit.FAILED)
