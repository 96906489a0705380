"""The commands `ledger ...`: questions to a ledger, without any call to the service."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

import click

from . import _columns as columns
from ._command import Command, Group
from ._connection import Connection
from ._output import Output
from ._parameters import CUSTOMER, ledger_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from partnercenter_qual import Ledger

    from ._settings import Settings

Question: TypeAlias = "Callable[..., Any]"

_STATES = ("intended", "sending", "answered", "refused", "unknown")


@click.group(
    cls=Group,
    examples="pcq ledger latest --ledger quals.db\npcq ledger pending --ledger quals.db -o json",
)
def ledger() -> None:
    """Ask a ledger what was asked for and what was seen."""


@contextmanager
def _opened(
    settings: Settings, url: str | None, names: tuple[str, ...]
) -> Iterator[tuple[Ledger, Output]]:
    """Open the ledger; a mere question makes no file."""
    from partnercenter_qual import Ledger  # noqa: PLC0415 - help needs none

    connection = Connection(settings)
    output = Output(connection, names)
    address = connection.ledger(url)
    path = _path(address)
    if path is not None and not Path(path).exists():
        raise click.UsageError(
            f"--ledger: there is no {path} yet: `pcq apply` or `pcq sweep` make it."
        )
    with Ledger(address) as opened:
        yield opened, output


def _path(address: str) -> str | None:
    """Give the path of a ledger in a file."""
    if "://" not in address:
        return address
    parts = urlsplit(address)
    return parts.path.removeprefix("/") if parts.scheme == "sqlite" else None


def _command(
    name: str,
    names: tuple[str, ...],
    example: str,
    *parameters: Callable[[Question], Question],
) -> Callable[[Question], click.Command]:
    """Make a command of a question."""

    def decorate(question: Question) -> click.Command:
        asked: Question = ledger_option(click.pass_obj(question))
        for parameter in parameters:
            asked = parameter(asked)
        examples = f"pcq ledger {name} --ledger quals.db{example}"
        return ledger.command(name, cls=Command, examples=examples, columns=names)(asked)

    return decorate


@_command("latest", columns.LATEST, " --out latest.csv")
def latest(settings: Settings, ledger: str | None) -> None:
    """What is so now: a row for each customer and qualification."""
    with _opened(settings, ledger, columns.LATEST) as (book, output):
        output.write(book.latest())


@_command(
    "history",
    columns.HISTORY,
    " 11111111-2222-3333-4444-555555555555",
    click.argument("customer_id", type=CUSTOMER, metavar="ID"),
)
def history(settings: Settings, ledger: str | None, customer_id: UUID) -> None:
    """All that was ever seen of a customer, oldest first."""
    with _opened(settings, ledger, columns.HISTORY) as (book, output):
        output.write(book.history(customer_id))


@_command(
    "changes",
    columns.CHANGE,
    " --since 2026-11-01",
    click.option("--since", metavar="DATE", help="Only what was seen from then on, in UTC."),
)
def changes(settings: Settings, ledger: str | None, since: str | None) -> None:
    """Each status that took the place of another, oldest first."""
    with _opened(settings, ledger, columns.CHANGE) as (book, output):
        output.write(book.changes(since))


@_command("pending", columns.PENDING, " --output json")
def pending(settings: Settings, ledger: str | None) -> None:
    """What is in review, and what was not answered."""
    with _opened(settings, ledger, columns.PENDING) as (book, output):
        output.write(book.pending())


@_command(
    "submissions",
    columns.SUBMISSIONS,
    " --state refused --fields customer_id,error_message",
    click.option("--state", type=click.Choice(_STATES), help="Only those in this state."),
)
def submissions(settings: Settings, ledger: str | None, state: str | None) -> None:
    """Give the requests, oldest first."""
    with _opened(settings, ledger, columns.SUBMISSIONS) as (book, output):
        output.write(book.submissions(state))


@_command(
    "diff",
    columns.DIFFERENCE,
    " 2026-11-01 2026-12-01",
    click.argument("later", metavar="DATE"),
    click.argument("earlier", metavar="DATE"),
)
def diff(settings: Settings, ledger: str | None, earlier: str, later: str) -> None:
    """What was different at two points in time."""
    with _opened(settings, ledger, columns.DIFFERENCE) as (book, output):
        output.write(book.diff(earlier, later))
