"""What clients do with a ledger: ask for many qualifications, and watch what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from . import _arguments as arguments
from ._calls import wait, wait_async
from ._sweeping import AsyncSweepingClient, SweepingClient

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from . import _core
    from ._apply import Apply, AsyncApply
    from ._calls import Steps
    from ._ledger import LedgerLike
    from ._models import Progress
    from ._observing import AnyObservation
    from ._requests import GivenProblem, GivenRow, Requests
    from ._table import PlanTable
    from ._watch import AsyncWatch, Watch

    Arguments = tuple[list[GivenRow], list[GivenProblem], _core.Ledger, bool, int | None]

DAY = 86_400.0  # seconds


class ApplyingClient(SweepingClient):
    """What the blocking client does with a ledger."""

    __slots__ = ()

    @overload
    def apply(
        self,
        requests: Requests,
        *,
        ledger: LedgerLike,
        dry_run: Literal[False] = False,
        resubmit_denied: bool = False,
        max_concurrency: int | None = None,
        progress: bool | Callable[[Progress], object] = False,
    ) -> Apply: ...
    @overload
    def apply(
        self,
        requests: Requests,
        *,
        ledger: LedgerLike,
        dry_run: Literal[True],
        resubmit_denied: bool = False,
        max_concurrency: int | None = None,
        progress: bool | Callable[[Progress], object] = False,
    ) -> PlanTable: ...
    def apply(
        self,
        requests: Requests,
        *,
        ledger: LedgerLike,
        dry_run: bool = False,
        resubmit_denied: bool = False,
        max_concurrency: int | None = None,
        progress: bool | Callable[[Progress], object] = False,
    ) -> Apply | PlanTable:
        """Ask for many qualifications, each of them once, whatever happens meanwhile.

        Wire: `GET /v1/customers/{id}/qualifications` for each customer that the ledger does not
        know of, then `POST /v1/customers/{id}/qualifications` for each request; `GET
        /v1/customers/all/validations` when some are for the Government Community Cloud. Takes
        App+User credentials.

        First comes a plan. Customers who have the qualification or wait for it are skipped, so are
        those who were denied it; Education together with the Government Community Cloud is refused;
        requests are counted against what is left of their validation codes. Then each request is
        written to the ledger before it is sent and after it was answered, under one `MS-RequestId`
        for ever. When the program is killed in between, another `apply` with the same ledger goes
        on: what was answered is not sent again, and what may have been sent is read back first and
        only sent, under the same `MS-RequestId`, if it did not land. On PostgreSQL, several
        processes run the same `apply` together.

        Args:
            requests: `QualificationRequest` objects or mappings, from any iterable; the path of a
                CSV file; or a pandas, polars or Arrow table. Columns are `customer_id`,
                `qualification`, `education_segment`, `website`, `validation_code`, in any case,
                with or without blanks, hyphens or underscores; others are nothing to it. Rows with
                nothing in them are left out of a file.
            ledger: a `Ledger`, or its URL or path.
            dry_run: only make the plan. Nothing is sent but reads, and nothing is written, but for
                an empty ledger where there is none.
            resubmit_denied: ask again for what was denied, at most three times in all, of which a
                denial from before the ledger is one.
            max_concurrency: requests in flight; can only lower the client's own.
            progress: True for a bar (in a terminal or notebook; needs the extra `progress`), or a
                callable that is given a `Progress` after each result.

        Returns:
            An iterator of `ApplyResult`; nothing is sent before it is iterated. Its `.collect()`,
            `.to_pandas()` and so on make a table instead. With `dry_run`, a `PlanTable`. They are
            awaited with `AsyncClient`.

        Raises:
            InvalidArgumentError: at once, for a bad argument. Of rows, its `problems` has every
                problem of every row: row, field, value and cure. While iterating, and before
                anything is sent, when validation codes do not suffice.
            LedgerError: at once or while iterating, when the ledger cannot be used: nothing is sent
                that cannot be recorded. On SQLite also when another `apply` runs with it.
            PartnerCenterError: while iterating, for what would befall all rows alike: no token, a
                refusal of the token or the user, a service that cannot be reached, that fails 50
                times in a row, or that asks for a pause of more than 120 s. What is left is sent by
                the next run.
        """
        from ._apply import Apply  # noqa: PLC0415 - values cost more than the rest of the package
        from ._progress import Reporter  # noqa: PLC0415 - as above

        reporter = Reporter(progress)
        given = _read(requests, ledger, resubmit_denied, max_concurrency)
        if arguments.flag("dry_run", dry_run):
            return wait(_planned(self._begin("plan"), given))
        observation = self._begin("apply")
        return Apply(observation.core.apply(*given), reporter, observation)

    def watch(
        self,
        *,
        ledger: LedgerLike,
        interval: float | None = None,
        sweep_interval: float = DAY,
    ) -> Watch:
        """Follow what is in review, and give each change of a status, without end.

        Wire: `GET /v1/customers/{id}/qualifications` for what the ledger knows to be in review,
        ever more rarely with its age; `GET /v1/auditrecords` every 15 minutes, for requests that
        others made; once a day both lists all customers and reads each, which finds what else has
        changed, such as an approval that was taken back.

        How far it has come is in the ledger: it can be stopped and started again, on another
        machine too. Changes that `apply`, `sweep` and others wrote to the ledger meanwhile are
        given too. The first watch of a ledger begins with what changes from then on.

        Args:
            ledger: a `Ledger`, or its URL or path.
            interval: seconds between two looks at what is in review; without it, a tenth of the
                time for which that has been known to be, from 30 s to an hour. As often, but at
                least every 30 s, it sees what others wrote to the ledger.
            sweep_interval: seconds between two looks at all customers.

        Returns:
            An iterator of `Change`. `close()` ends it.

        Raises:
            InvalidArgumentError: at once, for a bad argument.
            LedgerError: at once or while iterating, when the ledger cannot be used, or another
                watch runs with it.
            PartnerCenterError: while iterating, when there is no token or it is refused, or the
                service has failed for a day. It can be asked again. Passing faults, and customers
                that cannot be read, do not end it.
        """
        from ._watch import Watch  # noqa: PLC0415 - as above

        observation = self._begin("watch")
        return Watch(_watched(observation.core, ledger, interval, sweep_interval), observation)


class AsyncApplyingClient(AsyncSweepingClient):
    """What the asynchronous client does with a ledger."""

    __slots__ = ()

    @overload
    def apply(
        self,
        requests: Requests,
        *,
        ledger: LedgerLike,
        dry_run: Literal[False] = False,
        resubmit_denied: bool = False,
        max_concurrency: int | None = None,
        progress: bool | Callable[[Progress], object] = False,
    ) -> AsyncApply: ...
    @overload
    def apply(
        self,
        requests: Requests,
        *,
        ledger: LedgerLike,
        dry_run: Literal[True],
        resubmit_denied: bool = False,
        max_concurrency: int | None = None,
        progress: bool | Callable[[Progress], object] = False,
    ) -> Coroutine[Any, Any, PlanTable]: ...
    def apply(
        self,
        requests: Requests,
        *,
        ledger: LedgerLike,
        dry_run: bool = False,
        resubmit_denied: bool = False,
        max_concurrency: int | None = None,
        progress: bool | Callable[[Progress], object] = False,
    ) -> AsyncApply | Coroutine[Any, Any, PlanTable]:
        from ._apply import AsyncApply  # noqa: PLC0415 - as above
        from ._progress import Reporter  # noqa: PLC0415 - as above

        reporter = Reporter(progress)
        given = _read(requests, ledger, resubmit_denied, max_concurrency)
        if arguments.flag("dry_run", dry_run):
            return wait_async(_planned(self._begin("plan"), given))
        observation = self._begin("apply")
        return AsyncApply(observation.core.apply(*given), reporter, observation)

    def watch(
        self,
        *,
        ledger: LedgerLike,
        interval: float | None = None,
        sweep_interval: float = DAY,
    ) -> AsyncWatch:
        from ._watch import AsyncWatch  # noqa: PLC0415 - as above

        observation = self._begin("watch")
        return AsyncWatch(_watched(observation.core, ledger, interval, sweep_interval), observation)


AsyncApplyingClient.apply.__doc__ = ApplyingClient.apply.__doc__
AsyncApplyingClient.watch.__doc__ = ApplyingClient.watch.__doc__


def _planned(observation: AnyObservation, given: Arguments) -> Steps[PlanTable]:
    from ._table import PlanTable  # noqa: PLC0415 - as above

    try:
        table = yield from observation.follow(observation.core.plan(*given))
    except BaseException as error:
        observation.end(error)
        raise
    observation.end()
    return PlanTable(table)


def _read(
    requests: object, ledger: object, resubmit_denied: object, max_concurrency: object
) -> Arguments:
    from . import _core  # noqa: PLC0415 - as above
    from ._ledger import opened  # noqa: PLC0415 - as above
    from ._requests import read  # noqa: PLC0415 - as above

    again = arguments.flag("resubmit_denied", resubmit_denied)
    most = arguments.concurrency(max_concurrency)
    rows, problems = read(requests)
    _core.check_requests(rows, problems)  # before there is a ledger
    return rows, problems, opened(ledger), again, most


def _watched(
    core: _core.Client, ledger: object, interval: object, sweep_interval: object
) -> _core.Watch:
    from ._ledger import opened  # noqa: PLC0415 - as above

    every = arguments.number("interval", interval)
    sweep = arguments.number("sweep_interval", sweep_interval)
    if sweep is None:
        raise arguments.refused("sweep_interval", sweep_interval, "pass a number of seconds")
    return core.watch(opened(ledger), every, sweep)
