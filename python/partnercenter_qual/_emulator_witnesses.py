"""What an emulator saw, and what to think of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _arguments as arguments
from . import _emulator_arguments as checks
from ._enums import QualificationType

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from . import _core


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A request as it arrived.

    Attributes:
        method: the HTTP method.
        path: the path with the query.
        customer_id: the customer in the path; None where there is no readable one.
        status: the status answered; None where the connection was reset instead.
        request_id: `MS-RequestId`, sent or made up.
        correlation_id: `MS-CorrelationId`, sent or made up.
        at: when it arrived: virtual time, UTC.
        early: whether it came before a Retry-After that holds for it had ended. Another request
            than the one that was told to wait has a grace of 50 ms: it may have been under way
            when that was announced.
    """

    method: str
    path: str
    customer_id: str | None
    status: int | None
    request_id: str
    correlation_id: str
    at: datetime
    early: bool

    def __str__(self) -> str:
        status = "reset" if self.status is None else self.status
        early = ", early" if self.early else ""
        return (
            f"{self.at.isoformat()} {self.method} {self.path} -> {status}{early}, "
            f"MS-RequestId {self.request_id}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A request for a qualification that took effect.

    Attributes:
        customer_id: the customer.
        qualification: what was asked for.
        request_id: `MS-RequestId` of the request.
        at: when it took effect: virtual time, UTC.
    """

    customer_id: str
    qualification: QualificationType
    request_id: str
    at: datetime


class Witnesses:
    """What happened, and assertions over it."""

    _core: _core.Emulator

    @property
    def journal(self) -> list[JournalEntry]:
        """The last requests to API and Entra, oldest first; `journal_size` says how many."""
        return [JournalEntry(**row) for row in self._core.journal({})]

    @property
    def effects(self) -> list[Effect]:
        """Every request for a qualification that took effect, oldest first."""
        return [
            Effect(**row | {"qualification": QualificationType(row["qualification"])})
            for row in self._core.effects()
        ]

    @property
    def duplicates(self) -> int:
        """How many POSTs came again after they were answered: same customer, same `MS-RequestId`.

        Sending again what a limit or a fault kept from being carried out repeats nothing.
        """
        return self._core.duplicates

    def find_requests(
        self,
        *,
        method: str | None = None,
        path: str | None = None,
        customer_id: str | UUID | None = None,
        status: int | None = None,
        early: bool | None = None,
    ) -> list[JournalEntry]:
        """Search the journal.

        Args:
            method: only requests with this method, in any case.
            path: only requests whose path, query included, contains this, in any case.
            customer_id: only requests whose path names this customer.
            status: only requests that were answered so.
            early: only requests that came before a Retry-After had ended, or only the others.

        Returns:
            The requests, oldest first.

        Raises:
            InvalidArgumentError: an argument is of the wrong type or out of range.
        """
        query: dict[str, Any] = {
            "method": arguments.optional_text("method", method),
            "path": arguments.optional_text("path", path),
            "customer_id": checks.optional_guid("customer_id", customer_id),
            "status": checks.optional_whole("status", status),
            "early": checks.optional_flag("early", early),
        }
        given = {name: value for name, value in query.items() if value is not None}
        return [JournalEntry(**row) for row in self._core.journal(given)]

    def assert_requested(
        self,
        times: int | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        customer_id: str | UUID | None = None,
        status: int | None = None,
        early: bool | None = None,
    ) -> None:
        """Check that there were such requests.

        Args:
            times: exactly so many; None is at least one.
            method: as in `find_requests`, like all that follow.
            path: as there.
            customer_id: as there.
            status: as there.
            early: as there.

        Raises:
            AssertionError: there were more or fewer; the message lists the last requests.
            InvalidArgumentError: an argument is of the wrong type or out of range.
        """
        wanted = checks.optional_whole("times", times)
        if wanted is not None and wanted < 0:
            raise arguments.refused("times", times, "pass 0 or more, or nothing")
        found = self.find_requests(
            method=method, path=path, customer_id=customer_id, status=status, early=early
        )
        if len(found) == wanted or (wanted is None and found):
            return
        last = [str(entry) for entry in self.journal[-10:]] or ["none"]
        expected = "at least one" if wanted is None else wanted
        message = f"{len(found)} such requests instead of {expected}; the last of all requests were"
        _fail(message, last)

    def assert_each_posted_once(self) -> None:
        """Check that nobody asked for what the customer had, or was waiting for.

        Such a request is an offence also where it was refused. Asking again after a denial is none,
        nor is sending again under the same `MS-RequestId` what then is answered as the first time:
        that is what `assert_no_duplicates` looks at.

        Raises:
            AssertionError: one was; the message lists each such customer and the request ids.
        """
        _fail("requested more than once", self._core.offenders("each_posted_once"))

    def assert_retry_after_respected(self) -> None:
        """Check that nobody was back before the end of a Retry-After.

        A request under another `MS-RequestId` than the one that was told to wait may have been
        under way already: for 50 ms of real time it is no offence. Who sends the same id again, as
        the clients of this package do, has no such grace.

        Raises:
            AssertionError: somebody was; the message lists each such request.
        """
        offenders = self._core.offenders("retry_after_respected")
        _fail("back before the Retry-After ended", offenders)

    def assert_no_duplicates(self) -> None:
        """Check that no POST came again after it was answered: same customer, same `MS-RequestId`.

        Raises:
            AssertionError: one did; the message lists the ids.
        """
        _fail("sent more than once", self._core.offenders("no_duplicates"))

    def assert_faults_fired(self) -> None:
        """Check that every fault has befallen as many requests as it was meant for.

        Of a fault without an end (`times=None`), there must have been requests of its kind.

        Raises:
            AssertionError: one has not; the message lists each such rule.
        """
        _fail("not fired as often as they should", self._core.offenders("faults_fired"))


def _fail(what: str, offenders: list[str]) -> None:
    if offenders:
        raise AssertionError("\n".join([f"{what}:", *offenders]))
