"""Commands that change something, `update` and `apply`: each shows its plan first, and asks."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from partnercenter_qual import (
    InvalidArgumentError,
    PartnerCenterError,
    QualificationType,
    VettingStatus,
)

from . import _columns as columns
from ._command import Command
from ._connection import Connection
from ._consent import Consent
from ._failures import Exit, here, rows_failed
from ._formats import Records
from ._messages import error, note
from ._output import Output
from ._parameters import CUSTOMER, QUALIFICATION, SEGMENT, ledger_option
from ._progress import progress
from ._reading import qualification_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from partnercenter_qual import Apply, Client, PlanTable, Qualification, RowProblem

    from ._settings import Settings

_UPDATE = """
pcq update ID --qualification Education --education-segment K12 --website school.example
pcq update ID --qualification GovernmentCommunityCloud --validation-code 123456 --yes
"""

_APPLY = """
pcq apply requests.csv --ledger quals.db --dry-run
pcq apply requests.csv --ledger quals.db      # shows the plan, and asks
pcq apply requests.csv --ledger quals.db --yes --out results.csv
"""

_PLANNED = 20  # rows of a plan that are shown
_yes = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


@click.command(cls=Command, examples=_UPDATE, columns=columns.QUALIFICATION)
@click.argument("customer_id", type=CUSTOMER, metavar="ID")
@click.option("--qualification", type=QUALIFICATION, required=True, help="Which one to ask for.")
@click.option("--education-segment", type=SEGMENT, help="K12 or HigherEducation; for Education.")
@click.option("--website", metavar="URL", help="The school's website; for Education.")
@click.option("--validation-code", metavar="CODE", help="For GovernmentCommunityCloud.")
@_yes
@click.pass_obj
def update(
    settings: Settings,
    /,
    *,
    customer_id: UUID,
    qualification: str,
    yes: bool,
    **details: str | None,
) -> int:
    """Ask for a qualification of a customer.

    It shows what would be sent, and asks. What the customer has already, or waits for, is not asked
    for again: it is the result. Takes the token of a user who signed in with multi-factor
    authentication. The request is never sent twice blindly.
    """
    _check(customer_id, qualification, details)
    connection = Connection(settings)
    output = Output(connection, columns.QUALIFICATION)
    consent = Consent(given=yes)
    with connection.client() as client:
        plan = [("customer", _described(client, customer_id)), ("qualification", qualification)]
        plan += [(name.replace("_", " "), value) for name, value in details.items() if value]
        held = _held(client, customer_id, qualification)
        if held is not None and held.vetting_status != VettingStatus.DENIED:
            has = "waits for" if held.vetting_status == VettingStatus.IN_REVIEW else "has"
            note(settings, f"Nothing was sent: the customer {has} {held.qualification} already.")
            output.write(qualification_records(customer_id, held))
            return Exit.OK
        if held is not None:
            plan.append(("so far", f"Denied: {held.vetting_reason or 'no reason was given'}"))
        consent.show(settings, ["This would be sent:", *_lined(plan)])
        if not consent.asked("Send it?"):
            note(settings, "Nothing was sent.")
            return Exit.FAILED
        answer = client.update_qualification(str(customer_id), qualification, **details)
    output.write(qualification_records(customer_id, answer))
    return Exit.OK


def _check(customer_id: UUID, qualification: str, details: dict[str, str | None]) -> None:
    """Refuse what the library would refuse, before anything is read or asked."""
    from partnercenter_qual._core import check_requests  # noqa: PLC0415 - help needs none

    segment, website, code = map(details.get, ("education_segment", "website", "validation_code"))
    try:
        check_requests([(1, str(customer_id), qualification, segment, website, code)], [])
    except InvalidArgumentError as error:
        raise InvalidArgumentError("\n".join(map(_told_of, error.problems))) from None


def _told_of(problem: RowProblem) -> str:
    what = f': "{problem.value}" was refused' if problem.value else " is missing"
    return f"{problem.field}{what}: {problem.cure}"


def _held(client: Client, customer_id: UUID, qualification: str) -> Qualification | None:
    """Give what the customer has of what is asked for; a denied one stands for no other."""
    asked = qualification.strip()  # `_check` has seen that it is a documented name or integer
    wanted = list(QualificationType)[int(asked)] if asked.isdecimal() else QualificationType(asked)
    found = [
        each for each in client.get_qualifications(customer_id) if each.qualification == wanted
    ]
    return min(found, key=lambda each: each.vetting_status == VettingStatus.DENIED, default=None)


def _lined(plan: list[tuple[str, str]]) -> list[str]:
    return [f"  {name:<18} {value}" for name, value in plan]


def _described(client: Client, customer_id: UUID) -> str:
    """Name the customer, so that a wrong id is seen before it is too late."""
    customer = client.get_customer(customer_id)
    names = ", ".join(filter(None, [customer.company_name, customer.domain]))
    return f"{customer_id} ({names})" if names else str(customer_id)


@click.command(cls=Command, examples=_APPLY, columns=columns.APPLY)
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True),
    metavar="FILE",
)
@ledger_option
@click.option("--dry-run", is_flag=True, help="Only make the plan; it is the result.")
@_yes
@click.option("--resubmit-denied", is_flag=True, help="Ask again for what was denied.")
@click.option("--max-concurrency", type=click.IntRange(1, 1024), help="Requests in flight (16).")
@click.pass_obj
def apply(
    settings: Settings,
    *,
    file: str,
    ledger: str | None,
    dry_run: bool,
    yes: bool,
    resubmit_denied: bool,
    max_concurrency: int | None,
) -> int:
    """Ask for the qualifications in a CSV file.

    Each is asked for exactly once, whatever happens meanwhile. The columns are customer_id,
    qualification, education_segment, website and validation_code; - stands for stdin. When a run
    ends early, run it again with the same ledger: it goes on.
    """
    if file == "-" and sys.stdin is None:
        raise click.UsageError("FILE -: there is no stdin.")
    connection = Connection(settings)
    output = Output(connection, columns.PLAN if dry_run else columns.APPLY)
    book = connection.ledger(ledger)
    consent = Consent(given=yes or dry_run, reads_stdin=file == "-")
    with connection.client(max_concurrency=max_concurrency) as client, _rows(file) as path:
        plan = client.apply(path, ledger=book, dry_run=True, resubmit_denied=resubmit_denied)
        if dry_run:
            output.write(plan)
            return _judged_plan(plan)
        if not len(plan):
            note(settings, f"There are no rows in {'stdin' if file == '-' else file}.")
            output.write(Records(columns.APPLY, []))
            return Exit.OK
        consent.show(settings, _told(plan))
        sends = plan.counts.get("send", 0)
        if sends and not consent.asked(f"Send {sends:,} request{'' if sends == 1 else 's'}?"):
            note(settings, "Nothing was sent.")
            return Exit.FAILED
        with client.apply(
            path, ledger=book, resubmit_denied=resubmit_denied, progress=progress(settings)
        ) as run:
            return _collected(settings, run, output)


@contextmanager
def _rows(file: str) -> Iterator[str]:
    """Give the path of the rows; those of stdin are needed twice, so they become a file."""
    if file != "-":
        yield file
        return
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - for stdin alone

    with TemporaryDirectory(prefix="pcq-") as folder:
        path = f"{folder}/stdin.csv"
        with open(path, "wb") as copy:  # noqa: PTH123 - it is a text
            copy.write(sys.stdin.buffer.read())
        yield path


def _judged_plan(plan: PlanTable) -> Exit:
    bad = [row for row in plan if row["action"] == "refuse" or row["error_code"]]
    code, told = rows_failed(bad, len(plan))
    if told:
        error(told)
    return code


def _told(plan: PlanTable) -> list[str]:
    counts = ", ".join(f"{action} {count:,}" for action, count in plan.counts.items())
    lines = [f"The plan for {len(plan):,} rows: {counts or 'nothing'}"]
    for row in plan[:_PLANNED]:
        why = f": {here(str(row['reason']))}" if row["reason"] else ""
        asked = f"{row['customer_id']}  {row['qualification']}"
        lines.append(f"  {row['row']:>5}  {row['action']:<6}  {asked}{why}")
    if len(plan) > _PLANNED:
        lines.append(f"  ... and {len(plan) - _PLANNED:,} more: --dry-run gives them all")
    return lines


def _collected(settings: Settings, run: Apply, output: Output) -> int:
    try:
        table = run.collect()
    except KeyboardInterrupt:
        told = f"{run.done:,} of {run.total:,} rows have a result"
        error(f"interrupted: {told}; run it again with the same ledger: it goes on")
        output.write_partial(run.collect())
        return Exit.INTERRUPTED
    except InvalidArgumentError:  # nothing was sent
        raise
    except PartnerCenterError:
        output.write_partial(run.collect())
        error("not all was done; once this is mended, run it again with the same ledger:")
        raise
    output.write(table)
    note(settings, run.summary())
    ended_well = ("answered", "skipped")
    code, told = rows_failed((row for row in table if row["outcome"] not in ended_well), len(table))
    if told:
        error(told)
    return code
