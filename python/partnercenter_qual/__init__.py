"""Client and emulator for Microsoft Partner Center customer qualifications.

`Client` and `AsyncClient` read and request qualifications, wait until they are vetted, and sweep
all customers of a partner. `Emulator` is the service on a port of this machine.
"""

from typing import TYPE_CHECKING

from ._exceptions import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    DecodeError,
    InvalidArgumentError,
    LedgerError,
    NotFoundError,
    PartnerCenterError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    RowProblem,
    ServerError,
    TransportError,
    UnauthorizedError,
    VettingTimeoutError,
)

if TYPE_CHECKING:
    from ._apply import Apply, AsyncApply
    from ._client import AsyncClient, Client
    from ._credentials import (
        AccessToken,
        ClientCertificateCredential,
        ClientSecretCredential,
        DeviceCode,
        DeviceCodeCredential,
        RefreshTokenCredential,
    )
    from ._enums import EducationSegment, QualificationType, VettingStatus
    from ._events import RequestEvent, ResponseEvent, RetryEvent, ThrottleEvent
    from ._ledger import Ledger
    from ._models import (
        ApplyResult,
        AuditRecord,
        Change,
        Customer,
        CustomerResult,
        Progress,
        Qualification,
        QualificationRequest,
        ValidationCode,
    )
    from ._pager import AsyncCustomerPager, CustomerPager, Pager
    from ._report import CredentialProblem, CredentialReport
    from ._sweep import AsyncSweep, Sweep
    from ._table import (
        ApplyTable,
        ChangeTable,
        CustomerTable,
        DifferenceTable,
        HistoryTable,
        PendingTable,
        PlanTable,
        RecordBatch,
        StatusTable,
        SubmissionTable,
        SweepTable,
        Table,
        ValidationCodeTable,
    )
    from ._validation_codes import ValidationCodes
    from ._watch import AsyncWatch, Watch
    from .emulator import Emulator

__all__ = [
    "AccessToken",
    "ApiError",
    "Apply",
    "ApplyResult",
    "ApplyTable",
    "AsyncApply",
    "AsyncClient",
    "AsyncCustomerPager",
    "AsyncSweep",
    "AsyncWatch",
    "AuditRecord",
    "AuthenticationError",
    "BadRequestError",
    "Change",
    "ChangeTable",
    "Client",
    "ClientCertificateCredential",
    "ClientSecretCredential",
    "ConfigurationError",
    "ConflictError",
    "CredentialProblem",
    "CredentialReport",
    "Customer",
    "CustomerPager",
    "CustomerResult",
    "CustomerTable",
    "DecodeError",
    "DeviceCode",
    "DeviceCodeCredential",
    "DifferenceTable",
    "EducationSegment",
    "Emulator",
    "HistoryTable",
    "InvalidArgumentError",
    "Ledger",
    "LedgerError",
    "NotFoundError",
    "Pager",
    "PartnerCenterError",
    "PendingTable",
    "PermissionDeniedError",
    "PlanTable",
    "Progress",
    "Qualification",
    "QualificationRequest",
    "QualificationType",
    "RateLimitError",
    "RecordBatch",
    "RefreshTokenCredential",
    "RequestEvent",
    "RequestTimeoutError",
    "ResponseEvent",
    "RetryEvent",
    "RowProblem",
    "ServerError",
    "StatusTable",
    "SubmissionTable",
    "Sweep",
    "SweepTable",
    "Table",
    "ThrottleEvent",
    "TransportError",
    "UnauthorizedError",
    "ValidationCode",
    "ValidationCodeTable",
    "ValidationCodes",
    "VettingStatus",
    "VettingTimeoutError",
    "Watch",
]

# Reprs, tracebacks and pickles name the public place.
for _name in __all__:
    if _name in globals():
        globals()[_name].__module__ = __name__

# What is loaded when it is first asked for: values cost `dataclasses`, which costs more than all
# the rest, who sweeps a real partner pays nothing for the emulator, and a pytest session that only
# finds our plugin pays for neither.
_LATER = {
    "AccessToken": "_credentials",
    "Apply": "_apply",
    "ApplyResult": "_models",
    "ApplyTable": "_table",
    "AsyncApply": "_apply",
    "AsyncClient": "_client",
    "AsyncCustomerPager": "_pager",
    "AsyncSweep": "_sweep",
    "AsyncWatch": "_watch",
    "AuditRecord": "_models",
    "Change": "_models",
    "ChangeTable": "_table",
    "Client": "_client",
    "ClientCertificateCredential": "_credentials",
    "ClientSecretCredential": "_credentials",
    "CredentialProblem": "_report",
    "CredentialReport": "_report",
    "Customer": "_models",
    "CustomerPager": "_pager",
    "CustomerResult": "_models",
    "CustomerTable": "_table",
    "DeviceCode": "_credentials",
    "DeviceCodeCredential": "_credentials",
    "DifferenceTable": "_table",
    "EducationSegment": "_enums",
    "Emulator": "emulator",
    "HistoryTable": "_table",
    "Ledger": "_ledger",
    "Pager": "_pager",
    "PendingTable": "_table",
    "PlanTable": "_table",
    "Progress": "_models",
    "Qualification": "_models",
    "QualificationRequest": "_models",
    "QualificationType": "_enums",
    "RecordBatch": "_table",
    "RefreshTokenCredential": "_credentials",
    "RequestEvent": "_events",
    "ResponseEvent": "_events",
    "RetryEvent": "_events",
    "StatusTable": "_table",
    "SubmissionTable": "_table",
    "Sweep": "_sweep",
    "SweepTable": "_table",
    "Table": "_table",
    "ThrottleEvent": "_events",
    "ValidationCode": "_models",
    "ValidationCodeTable": "_table",
    "ValidationCodes": "_validation_codes",
    "VettingStatus": "_enums",
    "Watch": "_watch",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - as above

    value = getattr(import_module(f".{_LATER[name]}", __name__), name)
    value.__module__ = __name__
    globals()[name] = value
    if name in ("AsyncClient", "Client", "Emulator"):
        _warn_of_a_debug_build()
    return value


def _warn_of_a_debug_build() -> None:
    from ._core import DEBUG_BUILD  # noqa: PLC0415 - as above

    if DEBUG_BUILD:
        import warnings  # noqa: PLC0415 - as above

        warnings.warn(
            "partnercenter_qual was built without optimisation: "
            "measure with a --release build only",
            RuntimeWarning,
            stacklevel=3,
        )


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
