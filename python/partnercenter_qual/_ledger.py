"""The ledger: what was asked for and what was seen, in a database that outlives every process."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

from . import _arguments as arguments
from . import _core
from ._closing import Closing
from ._exceptions import ConfigurationError, InvalidArgumentError
from ._secrecy import unseen
from ._table import (
    ChangeTable,
    DifferenceTable,
    HistoryTable,
    PendingTable,
    StatusTable,
    SubmissionTable,
)

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

LedgerLike: TypeAlias = "Ledger | str | PathLike[str]"
"""A ledger, or its URL or path."""


class Ledger(Closing):
    """A ledger: every request before it is sent and after it was answered, every status ever seen.

    `apply`, `sweep` and `watch` of the clients write to it; its own methods ask it, and block, with
    either kind of client (`await asyncio.to_thread(ledger.latest)` does not). It belongs to one
    partner tenant, that of the first client which uses it. No secret is ever in it. Its tables are
    documented, and made to be read with plain SQL too. Safe to share between threads; use it as a
    context manager, or `close()` it.

    Args:
        url: the path of a file, or `sqlite:///quals.db` (relative; an absolute path has four
            slashes), made when there is none, so that a mistyped path is an empty ledger; or
            `postgresql://user@host/database`, for teams and for several processes that work
            together.
        tenant_id: the partner's tenant id, for tokens that do not name it.
        lease: seconds, 1 to 86,400, after which another process on PostgreSQL takes over what a
            process that gives no sign of life had begun.

    Raises:
        ConfigurationError: for a URL or option that is refused, without its password.
        LedgerError: when it cannot be opened: it is no ledger, of a newer version, read-only,
            locked, damaged, or the disk is full. It says what to do.
    """

    __slots__ = ("_core", "_options")

    @unseen
    def __init__(
        self,
        url: str | PathLike[str],
        *,
        tenant_id: str | UUID | None = None,
        lease: float = 120.0,
    ) -> None:
        tenant = None if tenant_id is None else _tenant(tenant_id)
        self._core = _core.Ledger.open(_url(url), tenant, _lease(lease)).wait()
        self._options = (tenant, lease)

    def close(self) -> None:
        """Close its connections. Runs that still use it end with an error."""
        self._core.close().wait()

    def latest(self) -> StatusTable:
        """Ask what is so now, as far as was seen.

        Returns:
            A table of one row for each customer and qualification.

        Raises:
            LedgerError: when the ledger cannot be read.
            RuntimeError: when it is closed, or from before a fork.
        """
        return StatusTable(self._core.latest().wait())

    def history(self, customer_id: str | UUID) -> HistoryTable:
        """Ask for all that was ever seen of a customer.

        Args:
            customer_id: the customer's tenant id.

        Returns:
            A table of one row for each status, oldest first.

        Raises:
            InvalidArgumentError: when the id is no GUID.
            LedgerError: when the ledger cannot be read.
        """
        return HistoryTable(self._core.history(arguments.guid("customer_id", customer_id)).wait())

    def changes(self, since: date | str | None = None) -> ChangeTable:
        """Ask what has changed.

        What was seen of a customer for the first time is no change.

        Args:
            since: only what was seen from then on: a datetime (in UTC if naive), a date, or
                ISO 8601 text.

        Returns:
            A table of one row for each change, oldest first.

        Raises:
            InvalidArgumentError: for a bad `since`.
            LedgerError: when the ledger cannot be read.
        """
        moment = None if since is None else arguments.moment("since", since)
        return ChangeTable(self._core.changes(moment).wait())

    def pending(self) -> PendingTable:
        """Ask what has not come to its end: what is in review, and what was not answered.

        Returns:
            A table of one row for each customer and qualification.

        Raises:
            LedgerError: when the ledger cannot be read.
        """
        return PendingTable(self._core.pending().wait())

    def submissions(self, state: str | None = None) -> SubmissionTable:
        """Ask for the requests.

        Args:
            state: only those in this state: "intended" (written down, not sent), "sending",
                "answered", "refused" or "unknown" (sent, and nobody knows whether it took effect).

        Returns:
            A table of one row for each request, oldest first.

        Raises:
            InvalidArgumentError: for another state.
            LedgerError: when the ledger cannot be read.
        """
        wanted = arguments.optional_text("state", state)
        return SubmissionTable(self._core.submissions(wanted).wait())

    def diff(self, earlier: date | str, later: date | str) -> DifferenceTable:
        """Ask what was different at two points in time.

        Args:
            earlier: the first: a datetime (in UTC if naive), a date, or ISO 8601 text.
            later: the second.

        Returns:
            A table of one row for each status that was another then. What was not known is null.

        Raises:
            InvalidArgumentError: for a bad moment, or when `later` is before `earlier`.
            LedgerError: when the ledger cannot be read.
        """
        moments = arguments.moment("earlier", earlier), arguments.moment("later", later)
        return DifferenceTable(self._core.diff(*moments).wait())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._core.shown!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        url = self._core.address
        if url is None:
            raise TypeError(
                "cannot pickle a Ledger whose URL holds a password: leave it out of the URL, and "
                "let PGPASSWORD or a .pgpass file have it"
            )
        return _reopened, (url, *self._options)


def _reopened(url: str, tenant_id: str | None, lease: float) -> Ledger:
    return Ledger(url, tenant_id=tenant_id, lease=lease)


def _url(url: object) -> str:
    try:
        return arguments.path("url", url)
    except InvalidArgumentError as error:
        cure = "pass a path or a URL as str, or a path as os.PathLike"
        raise _misconfigured("url", error.value, cure) from None


def _tenant(tenant_id: object) -> str:
    try:
        return arguments.guid("tenant_id", tenant_id)
    except InvalidArgumentError as error:
        raise _misconfigured("tenant_id", error.value, error.cure) from None


def _lease(lease: object) -> float:
    if isinstance(lease, bool) or not isinstance(lease, int | float):
        raise _misconfigured("lease", repr(lease), "pass a number of seconds from 1 to 86400")
    return float(lease)


def _misconfigured(field: str, value: str, cure: str) -> ConfigurationError:
    message = f"{field}: {value} was refused: {cure}"
    return ConfigurationError(message, field=field, value=value, cure=cure)


def opened(ledger: object) -> _core.Ledger:
    """Take a ledger; of a URL or path, the ledger that is there."""
    if isinstance(ledger, Ledger):
        return ledger._core  # noqa: SLF001 - of this package
    if isinstance(ledger, str | PathLike):
        return _core.Ledger.open(_url(ledger), None, 120.0).wait()
    raise arguments.refused("ledger", ledger, "pass a Ledger, or its URL or path")
