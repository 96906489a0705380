"""Commands that read: `get`, `wait`, `customers`, `validation-codes`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from . import _columns as columns
from ._command import Command
from ._connection import Connection
from ._failures import Exit, exit_code, rows_failed
from ._formats import Records
from ._messages import error, is_terminal, note
from ._output import Output
from ._parameters import CUSTOMER, DURATION, QUALIFICATION

if TYPE_CHECKING:
    from uuid import UUID

    from partnercenter_qual import Qualification

    from ._settings import Settings

_GET = """
pcq get 11111111-2222-3333-4444-555555555555
pcq get ID ID --fields customer_id,qualification,vetting_status
pcq get ID --output json | jq -r '.[].vetting_status'
"""

_WAIT = """
pcq wait 11111111-2222-3333-4444-555555555555
pcq wait ID --qualification Education --timeout 7d && echo decided
"""


@click.command(cls=Command, examples=_GET, columns=columns.SWEEP)
@click.argument("ids", type=CUSTOMER, nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def get(settings: Settings, ids: tuple[UUID, ...]) -> int:
    """Read the qualifications of a few customers.

    One row for each customer and qualification; a customer who has none has one row.
    """
    connection = Connection(settings)
    output = Output(connection, columns.SWEEP)
    with connection.client() as client:
        table = client.sweep(ids, ordered=True).collect()
    output.write(table)
    failed = (row for row in table if row["error_code"])
    code, told = rows_failed(failed, len(table))
    if told:
        error(told)
    return code


@click.command(cls=Command, examples=_WAIT, columns=columns.QUALIFICATION)
@click.argument("customer_id", type=CUSTOMER, metavar="ID")
@click.option(
    "--qualification", type=QUALIFICATION, default="Education", show_default=True, help="Which one."
)
@click.option(
    "--timeout", type=DURATION, help="How long, as 90s, 30m, 12h, 7d; without end if not."
)
@click.option("--interval", type=DURATION, help="Between two looks; it grows from 5s to 1h if not.")
@click.pass_obj
def wait(
    settings: Settings,
    customer_id: UUID,
    qualification: str,
    timeout: float | None,
    interval: float | None,
) -> int:
    """Wait until a qualification is decided.

    The result is the decision; exit code 0 says that there is one, Approved or not, and 1 that
    there was none in time.
    """
    from partnercenter_qual import (  # noqa: PLC0415 - help needs none
        PartnerCenterError,
        VettingTimeoutError,
    )

    connection = Connection(settings)
    output = Output(connection, columns.QUALIFICATION)
    shows = is_terminal(sys.stderr) and not settings.no_progress

    def looked(seen: Qualification | None) -> None:
        if shows:
            status = "not there yet" if seen is None else seen.vetting_status or "no status"
            note(settings, f"{qualification}: {status}")

    with connection.client() as client:
        try:
            decided = client.wait_for_vetting(
                str(customer_id),
                qualification,
                timeout=timeout,
                poll_interval=interval,
                on_poll=looked,
            )
        except VettingTimeoutError as late:
            if late.last is not None:
                output.write(qualification_records(customer_id, late.last))
            error(str(late))
            trouble = late.__cause__
            return exit_code(trouble) if isinstance(trouble, PartnerCenterError) else Exit.FAILED
    output.write(qualification_records(customer_id, decided))
    return Exit.OK


def qualification_records(customer_id: UUID, qualification: Qualification) -> Records:
    """Make a row of a qualification."""
    values: dict[str, Any] = {"customer_id": str(customer_id)}
    values |= {name: getattr(qualification, name) for name in columns.QUALIFICATION[1:]}
    return Records(columns.QUALIFICATION, [values])


@click.command(
    cls=Command,
    examples="pcq customers --out customers.csv\n"
    "pcq customers --name-prefix Contoso --fields customer_id | pcq sweep --ids -",
    columns=columns.CUSTOMERS,
)
@click.option("--name-prefix", metavar="TEXT", help="Only those whose name starts with this.")
@click.pass_obj
def customers(settings: Settings, name_prefix: str | None) -> None:
    """List the customers of the partner."""
    connection = Connection(settings)
    output = Output(connection, columns.CUSTOMERS)
    with connection.client() as client:
        output.write(client.list_customers(name_prefix=name_prefix).collect())


@click.command(
    cls=Command,
    name="validation-codes",
    examples="pcq validation-codes --fields validation_id,remaining_creates",
    columns=columns.VALIDATION_CODES,
)
@click.pass_obj
def validation_codes(settings: Settings) -> None:
    """List the codes for the Government Community Cloud.

    Each says how often it may still be used.
    """
    connection = Connection(settings)
    output = Output(connection, columns.VALIDATION_CODES)
    with connection.client() as client:
        output.write(client.list_validation_codes().to_table())
