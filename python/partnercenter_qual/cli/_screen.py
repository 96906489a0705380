"""Tables for people, as wide as the terminal is."""

from __future__ import annotations

import io
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from partnercenter_qual import ConfigurationError
from partnercenter_qual._extras import install

from ._messages import is_terminal, may_colour, printable

if TYPE_CHECKING:
    from rich.console import Console

    from ._formats import Result

_SELDOM: Final = frozenset(
    ("request_id", "correlation_id", "observed_at", "confirmed_at", "etag", "partner_id", "body")
)
_GAP: Final = "  "
_FOLDED: Final = dict.fromkeys(
    ("company_name", "vetting_reason", "reason", "error_message", "problems", "organization_name"),
    12,
) | dict.fromkeys(("domain", "website", "old_reason", "new_reason"), 20)
"""Columns of long texts, and how narrow they may become."""
_LEAVES_FIRST: Final = (
    "domain",
    "vetting_created_date",
    "relationship_to_partner",
    "website",
    "validation_code",
    "education_segment",
    "since",
    "superseded_at",
    "answered_at",
    "created_at",
    "sent_at",
    "attempts",
    "number",
    "row",
    "company_name",
)
_STYLES: Final = {
    "Approved": "green",
    "InReview": "yellow",
    "Denied": "red",
    "answered": "green",
    "send": "bold",
    "refuse": "red",
    "refused": "red",
    "unknown": "yellow",
    "not_sent": "yellow",
}
_WIDE: Final = 100_000  # columns: where it is not for a screen, nothing is cut or folded


def write_table(
    result: Result, fields: tuple[str, ...] | None, file: BinaryIO, *, screen: bool
) -> None:
    """Write a table.

    Args:
        result: the rows.
        fields: the columns to show; without them, those that hold anything and most people read.
        file: where to; for a terminal, what is behind `sys.stdout`.
        screen: whether it goes to stdout.
    """
    if screen and is_terminal(sys.stdout):
        show(_console(sys.stdout), result, fields)
        return
    encoding = (sys.stdout.encoding or "utf-8") if screen else "utf-8"
    with io.TextIOWrapper(io.BytesIO(), encoding, errors="replace") as text:
        show(_console(text), result, fields)
        text.flush()
        file.write(text.buffer.getvalue())


def _console(file: Any) -> Console:  # noqa: ANN401 - any stream of text
    try:
        from rich.console import Console  # noqa: PLC0415 - imported for tables alone
    except ImportError:
        cure = f"{install('cli')}, or pass --output csv"
        message = f"--output table needs rich: {cure}"
        raise ConfigurationError(message, field="output", value="table", cure=cure) from None
    width = None if is_terminal(file) else _WIDE
    return Console(
        file=file,
        width=width,
        color_system="auto" if may_colour() else None,
        highlight=False,
        markup=False,
        emoji=False,
    )


def show(console: Console, result: Result, fields: tuple[str, ...] | None) -> None:
    """Show a table on a console."""
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    rows = [{name: _text(value) for name, value in row.items()} for row in result]
    names = list(fields) if fields else _worth_showing(result.column_names, rows)
    widths = _widths(names, rows, console.width, may_leave=not fields)
    names = [name for name in names if name in widths]
    table = Table(box=None, padding=(0, len(_GAP), 0, 0), pad_edge=False, header_style="bold")
    for name in names:
        # An id is of no use in parts.
        is_id = name == "customer_id"
        heading = name.replace("_", " ")
        table.add_column(heading, overflow="fold", no_wrap=is_id, width=widths[name])
    for row in rows:
        table.add_row(*(Text(row[name], _STYLES.get(row[name], "")) for name in names))
    if rows:
        console.print(table)
    hidden = [name for name in result.column_names if name not in names and not fields]
    told = f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    if rows and hidden and is_terminal(console.file):  # type: ignore[arg-type] # it is a TextIO
        told += f"; not shown: {', '.join(hidden)}"
    console.print(Text(told, "dim"))


def _widths(
    names: list[str], rows: list[dict[str, str]], room: int, *, may_leave: bool
) -> dict[str, int | None]:
    """Share the room out among the columns; those that do not fit are left out, or squeezed."""
    from rich.cells import cell_len  # noqa: PLC0415 - as above

    full: dict[str, int] = {}
    least: dict[str, int] = {}
    for name in names:
        widest = max([cell_len(row[name]) for row in rows], default=0)
        full[name] = max(len(name), widest)
        least[name] = max(*map(len, name.split("_")), min(widest, _FOLDED.get(name, widest)))
    for name in _LEAVES_FIRST:
        if may_leave and name in least and _line(least) > room:
            del least[name]
    left = room - _line(least)
    if left < 0:  # a very narrow terminal: rich makes what it can of it
        return dict.fromkeys(least)
    widths: dict[str, int | None] = {}
    for name in sorted(least, key=lambda each: each not in _FOLDED):  # long texts come first
        width = least[name]
        widths[name] = width + min(left, full[name] - width)
        left -= (widths[name] or 0) - width
    return widths


def _line(widths: dict[str, int]) -> int:
    return sum(width + len(_GAP) for width in widths.values())


def _worth_showing(names: list[str], rows: list[dict[str, str]]) -> list[str]:
    filled = [name for name in names if any(row[name] for row in rows)]
    return [name for name in filled if name not in _SELDOM] or filled


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return printable(text).replace("\n", "\\n")
