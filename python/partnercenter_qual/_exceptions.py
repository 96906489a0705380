"""Every exception of the package.

PartnerCenterError
├── InvalidArgumentError (ValueError)     refused before any I/O
├── ConfigurationError (ValueError)       no usable credential, bad URL, bad option
├── AuthenticationError                   no token
├── TransportError                        connection failed or reset, TLS
│   └── RequestTimeoutError (TimeoutError)
├── DecodeError                           a 2xx whose body cannot be read
├── ApiError                              the service answered no
│   ├── BadRequestError                   400
│   ├── UnauthorizedError                 401
│   ├── PermissionDeniedError             403
│   ├── NotFoundError                     404
│   ├── ConflictError                     409
│   ├── RateLimitError                    429
│   └── ServerError                       5xx
├── VettingTimeoutError (TimeoutError)    vetting took longer than one would wait
└── LedgerError

`str(error)` says what happened, for which customer, under which ids, what to do, and where the
documentation explains it. All of them pickle. They import the standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ._models import Qualification


class PartnerCenterError(Exception):
    """Base of every error of this package.

    Attributes:
        request_id: `MS-RequestId` of the call, the same on all its attempts; None where there was
            no call, as for a refused argument.
        correlation_id: `MS-CorrelationId` of the call.
        customer_id: the customer the call was about.
        attempts: how often the request was sent; 0 where the call ended before.
    """

    request_id: str | None = None
    correlation_id: str | None = None
    customer_id: str | None = None
    attempts: int | None = None

    def __init__(self, message: str, /, **details: Any) -> None:  # noqa: ANN401 - each attribute has its own type
        super().__init__(message)
        for name, value in details.items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no attribute {name!r}")
            setattr(self, name, value)

    @property
    def help_link(self) -> str:
        """The place in the documentation that explains this error, as page and anchor."""
        from ._help import help_link  # noqa: PLC0415 - few errors are looked at, and none at import

        return help_link(self)

    def __str__(self) -> str:
        return f"{super().__str__()} [see {self.help_link}]"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.args, self.__dict__


class RowProblem(NamedTuple):
    """What is wrong with a row of a table."""

    row: int
    """The row, counted from 1; of a file without the line of names, and with its empty rows."""
    field: str
    """Name of the column."""
    value: str
    """What stands there, as text; empty where it is missing."""
    cure: str
    """What to do about it."""


class InvalidArgumentError(PartnerCenterError, ValueError):
    """An argument was refused, before any network I/O or before anything was changed.

    Attributes:
        field: name of the argument; of rows, that of the first problem.
        value: what was passed, as text; `[redacted]` for a secret, empty where it is missing.
        cure: what to do instead.
        problems: every problem of every row, where the argument is a table of such.
    """

    field: str = ""
    value: str = ""
    cure: str = ""
    problems: tuple[RowProblem, ...] = ()


class ConfigurationError(PartnerCenterError, ValueError):
    """An option, a URL or the choice of credential was refused when the client was made.

    Attributes:
        field: name of the option.
        value: what was passed, as text; `[redacted]` for a secret.
        cure: what to do instead.
    """

    field: str = ""
    value: str = ""
    cure: str = ""


class AuthenticationError(PartnerCenterError):
    """No access token could be had. What a credential of yours raised is the `__cause__`.

    Attributes:
        error: Entra's `error`, such as `invalid_grant`.
        aadsts_code: number of the `AADSTS` message.
        hint: what to do.
    """

    error: str | None = None
    aadsts_code: int | None = None
    hint: str | None = None


class TransportError(PartnerCenterError):
    """The connection failed or broke off, or TLS did not trust the other side."""


class RequestTimeoutError(TransportError, TimeoutError):
    """No complete answer came within `timeout` seconds, on the last attempt."""


class DecodeError(PartnerCenterError):
    """The service said yes in a body that cannot be read.

    Attributes:
        body: the body, at most 4 KiB of it.
    """

    body: str = ""


class ApiError(PartnerCenterError):
    """The service answered with another status than 2xx.

    Attributes:
        status_code: the HTTP status.
        code: the service's own code, as text.
        message: what the service said; the meaning of the status when it said nothing.
        data: details, such as the property at fault.
        source: the component that answered.
        error_name: name of the error.
        is_retryable: whether asking again later may help: what the body says, else the status.
        retry_after: seconds for which the service wants to be left alone.
        body: the body, at most 4 KiB of it.
        hint: what to do.
    """

    status_code: int = 0
    code: str | None = None
    message: str = ""
    data: list[str] = []  # noqa: RUF012 - a default that instances replace, never mutated
    source: str | None = None
    error_name: str | None = None
    is_retryable: bool = False
    retry_after: float | None = None
    body: str = ""
    hint: str | None = None


class BadRequestError(ApiError):
    """400: the request breaks a rule of the service."""


class UnauthorizedError(ApiError):
    """401: the token is not accepted, not even a new one."""


class PermissionDeniedError(ApiError):
    """403: the token is fine but may not do this, or not for this customer."""


class NotFoundError(ApiError):
    """404: no such customer, or no such address."""


class ConflictError(ApiError):
    """409: it is there already."""


class RateLimitError(ApiError):
    """429: too many requests, or the pause that the service asked for is not over."""


class ServerError(ApiError):
    """5xx: the service failed, on the last attempt too."""


class VettingTimeoutError(PartnerCenterError, TimeoutError):
    """Vetting did not end in time.

    Attributes:
        last: what the service said last; None when the customer never had the qualification.
    """

    last: Qualification | None = None


class LedgerError(PartnerCenterError):
    """The ledger cannot be opened, read or written.

    Attributes:
        hint: what to do.
    """

    hint: str | None = None
