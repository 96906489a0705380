"""The command `watch`: rows as they come, without end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from . import _columns as columns
from ._command import Command
from ._connection import Connection
from ._formats import csv_lines, json_line
from ._messages import note
from ._output import Output
from ._parameters import DURATION, ledger_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from partnercenter_qual import Change

    from ._settings import Settings

_EXAMPLES = """
pcq watch --ledger quals.db
pcq watch --ledger quals.db --output jsonl | while read -r change; do notify "$change"; done
"""


@click.command(cls=Command, examples=_EXAMPLES, columns=columns.CHANGE)
@ledger_option
@click.option("--interval", type=DURATION, help="Between two looks at what is in review.")
@click.option("--sweep-interval", type=DURATION, default="1d", help="Between two at all customers.")
@click.pass_obj
def watch(
    settings: Settings,
    ledger: str | None,
    interval: float | None,
    sweep_interval: float,
) -> None:
    """Follow what is in review, until Ctrl-C.

    Each change of a status is written once, as soon as it is seen, in the forms table, csv and
    jsonl. A later watch of the same ledger goes on where this one ended.
    """
    connection = Connection(settings)
    output = Output(connection, columns.CHANGE)
    if output.path is not None:
        raise click.UsageError("A watch has no end, and so no whole file: redirect stdout.")
    if output.format not in _LINES:
        forms = ", ".join(_LINES)
        raise click.UsageError(f"A watch has no end: pass --output {forms}.")
    book, fields = connection.ledger(ledger), output.fields or columns.CHANGE
    with (
        connection.client() as client,
        client.watch(ledger=book, interval=interval, sweep_interval=sweep_interval) as changes,
    ):
        note(settings, "Watching; changes go to the ledger and to stdout. Ctrl-C ends it.")
        if output.format == "csv":
            _write(csv_lines([list(fields)]))
        for change in changes:  # asking for the next one says that this one was written
            row = {name: getattr(change, name) for name in fields}
            _write(_LINES[output.format](change, row))


def _write(text: str) -> None:
    """Write a line that whoever reads has at once."""
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def _told(change: Change, _: dict[str, Any]) -> str:
    new = "gone" if change.is_gone else change.new_status or "no status"
    why = f": {change.reason}" if change.reason else ""
    what = f"{change.customer_id}  {change.qualification}"
    return f"{change.observed_at:%Y-%m-%d %H:%M:%S}Z  {what}  {change.old_status} -> {new}{why}\n"


def _csv(_: Change, row: dict[str, Any]) -> str:
    return csv_lines([list(row.values())])


def _json(_: Change, row: dict[str, Any]) -> str:
    return json_line(row) + "\n"


_LINES: Final[dict[str, Callable[[Change, dict[str, Any]], str]]] = {
    "table": _told,
    "csv": _csv,
    "jsonl": _json,
}
