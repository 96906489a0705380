"""How tables are shown: what there is of each status first, then some rows."""

from __future__ import annotations

from datetime import datetime
from html import escape
from shutil import get_terminal_size
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

if TYPE_CHECKING:
    from . import _core

_ROWS = 10
_CELL = 36  # columns of a terminal: an id is whole
_GAP = "  "
_SHORT = 40  # characters that a page need not break
_LONG = 300  # characters that it shows

# JupyterLab has rules of its own for tables, and `[role]` makes these weigh more.
_STYLE = """
.partnercenter-qual-table { overflow-x: auto; max-width: 100%; }
.partnercenter-qual-table table { border-collapse: collapse; margin: 0; }
.partnercenter-qual-table caption { caption-side: top; text-align: left; color: inherit; }
div.partnercenter-qual-table[role] th, div.partnercenter-qual-table[role] td {
  padding: 0.25em 0.75em; text-align: left; vertical-align: top; white-space: nowrap;
  color: inherit; border-bottom: 1px solid rgba(128, 128, 128, 0.4); }
div.partnercenter-qual-table[role] .long { min-width: 20em; max-width: 40em; white-space: normal;
  overflow-wrap: break-word; }
""".strip()


def as_text(name: str, table: _core.Table) -> str:
    """Show a table in a terminal, as wide as that is."""
    names = table.column_names
    texts = [[_fitted(cell) for cell in _cells(row)] for row in table.slice(0, _ROWS).rows()]
    filled = [place for place in range(len(names)) if any(row[place] for row in texts)]
    widths = {
        place: max(_width(text) for text in (names[place], *(row[place] for row in texts)))
        for place in filled
    }
    shown = _fitting(filled, widths)
    lines = [_heading(name, table)]
    if shown:
        for row in [names, *texts]:
            cells = [_padded(row[place], widths[place]) for place in shown]
            lines.append(_GAP.join(cells).rstrip())
    hidden = [each for place, each in enumerate(names) if place not in shown]
    if texts and hidden:
        lines.append(f"... and columns {', '.join(hidden)}")
    if len(table) > _ROWS:
        lines.append(f"... and {_rows(len(table) - _ROWS)}")
    return "\n".join(lines)


def as_html(name: str, table: _core.Table) -> str:
    """Show a table in a notebook, in the colours of its page."""
    rows = table.slice(0, _ROWS).rows()
    caption = _heading(name, table)
    if len(table) > _ROWS:
        caption += f" (the first {_ROWS} are shown)"
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in table.column_names)
    body = "".join(f"<tr>{_html_row(_cells(row))}</tr>" for row in rows)
    # The keyboard can scroll what it can reach.
    return (
        f'<div class="partnercenter-qual-table" role="group" tabindex="0" '
        f'aria-label="{escape(name)}"><style>{_STYLE}</style><table>'
        f"<caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _html_row(cells: list[str]) -> str:
    first, *rest = cells
    return f'<th scope="row">{_html_text(first)}</th>' + "".join(map(_html_cell, rest))


def _html_cell(text: str) -> str:
    breaks = ' class="long"' if len(text) > _SHORT else ""
    return f"<td{breaks}>{_html_text(text)}</td>"


def _html_text(text: str) -> str:
    return escape(text if len(text) <= _LONG else f"{text[:_LONG]}…")


def _heading(name: str, table: _core.Table) -> str:
    counts = [
        f"{_printable(status) or repr('')} {rows:,}" for status, rows in _counted(table).items()
    ]
    told = f": {', '.join(counts)}" if counts else ""
    return f"{name}, {_rows(len(table))}{told}"


def _counted(table: _core.Table) -> dict[str, int]:
    """Count what a table is read for: what is to be done, what came of it, or statuses."""
    for column in ("action", "outcome"):
        if column in table.column_names:
            words, places = table.words(table.column_names.index(column))
            return {word: places.count(place) for place, word in enumerate(words)}
    return table.status_counts()


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _cells(row: dict[str, str | int | datetime | None]) -> list[str]:
    return [_shown(value) for value in row.values()]


def _shown(value: str | int | datetime | None) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%SZ}"
    return "" if value is None else _printable(str(value))


def _printable(text: str) -> str:
    """Keep what would move the cursor, or turn the line around, from doing so."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _fitted(text: str) -> str:
    if _width(text) <= _CELL:
        return text
    kept = ""
    for letter in text:
        if _width(kept + letter) > _CELL - 1:
            break
        kept += letter
    return f"{kept}…"


def _fitting(places: list[int], widths: dict[int, int]) -> list[int]:
    """Give the first columns that fit side by side, at least one."""
    room = get_terminal_size((120, 24)).columns
    shown: list[int] = []
    for place in places:
        room -= widths[place] + len(_GAP) * bool(shown)
        if shown and room < 0:
            break
        shown.append(place)
    return shown


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Give the columns that a terminal takes for a text."""
    return sum(0 if combining(each) else 1 + (east_asian_width(each) in "WF") for each in text)
