"""Client and emulator for Microsoft Partner Center customer qualifications.

`Client` and `AsyncClient` read and request qualifications, wait until they are vetted, and sweep
all customers of a partner. `Emulator` is the service on a port of this machine.
"""

from typing import TYPE_CHECKING

from . import _core
from ._client import AsyncClient, Client
from ._enums import EducationSegment, QualificationType, VettingStatus
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
    ServerError,
    TransportError,
    UnauthorizedError,
    VettingTimeoutError,
)
from ._models import (
    AuditRecord,
    Customer,
    CustomerResult,
    Progress,
    Qualification,
    QualificationRequest,
    ValidationCode,
)
from ._pager import Pager
from ._sweep import Sweep

if TYPE_CHECKING:
    from .emulator import Emulator

__all__ = [
    "ApiError",
    "AsyncClient",
    "AuditRecord",
    "AuthenticationError",
    "BadRequestError",
    "Client",
    "ConfigurationError",
    "ConflictError",
    "Customer",
    "CustomerResult",
    "DecodeError",
    "EducationSegment",
    "Emulator",
    "InvalidArgumentError",
    "LedgerError",
    "NotFoundError",
    "Pager",
    "PartnerCenterError",
    "PermissionDeniedError",
    "Progress",
    "Qualification",
    "QualificationRequest",
    "QualificationType",
    "RateLimitError",
    "RequestTimeoutError",
    "ServerError",
    "Sweep",
    "TransportError",
    "UnauthorizedError",
    "ValidationCode",
    "VettingStatus",
    "VettingTimeoutError",
]

# Reprs, tracebacks and pickles name the public place.
for _name in __all__:
    if _name in globals():
        globals()[_name].__module__ = __name__


def __getattr__(name: str) -> object:
    # Who sweeps a real partner pays nothing for the emulator.
    if name != "Emulator":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .emulator import Emulator  # noqa: PLC0415 - as above

    Emulator.__module__ = __name__
    globals()[name] = Emulator
    return Emulator


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if _core.DEBUG_BUILD:
    import warnings

    warnings.warn(
        "partnercenter_qual was built without optimisation: measure with a --release build only",
        RuntimeWarning,
        stacklevel=2,
    )
