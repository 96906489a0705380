"""Rows that ask for qualifications, from whatever they are in."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from operator import index
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

from ._arguments import path, refused
from ._exceptions import InvalidArgumentError
from ._models import QualificationRequest

if TYPE_CHECKING:
    import pandas as pd

    from ._source import ArrowStream

RequestLike: TypeAlias = "QualificationRequest | Mapping[str, Any]"
"""What one row asks for: a request, or a mapping with the names of its fields."""

Requests: TypeAlias = "Iterable[RequestLike] | str | PathLike[str] | ArrowStream | pd.DataFrame"
"""Rows, or the path of a CSV file of such."""

GivenRow: TypeAlias = "tuple[int, str | None, str | None, str | None, str | None, str | None]"
"""A row for the core: its number, and the texts of its fields."""

GivenProblem: TypeAlias = "tuple[int, str, str, str]"
"""What is wrong with a row: its number, the field, the value and the cure."""

_FIELDS = ("customer_id", "qualification", "education_segment", "website", "validation_code")
_NAMES = {field.replace("_", ""): field for field in _FIELDS}
"""The fields by their names without case and what is between words: spreadsheets have any."""

NO_UTF8 = 'save it as CSV in UTF-8, which Excel calls "CSV UTF-8"'
"""What to do about a file in another encoding."""

_SURROGATE = re.compile("[\ud800-\udfff]")

_NOTHING = object()
"""A line of a file with nothing in it."""

_ROW_CURE = f"pass a QualificationRequest, or a mapping with {', '.join(_FIELDS)}"


def read(requests: object) -> tuple[list[GivenRow], list[GivenProblem]]:
    """Read all rows as texts. What is no text is a problem of its row."""
    rows: list[GivenRow] = []
    problems: list[GivenProblem] = []
    for number, request in enumerate(_each(requests), 1):
        if request is _NOTHING:
            continue
        if isinstance(request, QualificationRequest):
            values: dict[str, object] = {field: getattr(request, field) for field in _FIELDS}
        elif isinstance(request, Mapping):
            values = _by_field(request)
            twice = _twice(request)
            problems += [(number, field, names, _twice_cure(field)) for field, names in twice]
        else:
            problems.append((number, "requests", repr(request)[:80], _ROW_CURE))
            continue
        texts: list[str | None] = []
        for field in _FIELDS:
            text, problem = _text(number, field, values.get(field))
            texts.append(text)
            problems.extend([problem] if problem else [])
        rows.append((number, *texts))  # type: ignore[arg-type] # five of them
    return rows, problems


def _field(name: object) -> str | None:
    """Find the field that a column holds; other columns are nothing to us."""
    return _NAMES.get(re.sub(r"[\s_-]", "", str(name)).lower())


def _by_field(row: Mapping[Any, object]) -> dict[str, object]:
    return {field: value for name, value in row.items() if (field := _field(name))}


def _twice(names: Iterable[object]) -> list[tuple[str, str]]:
    """Find the fields that several columns hold, and the names of those."""
    found: dict[str, list[str]] = {}
    for name in names:
        if field := _field(name):
            found.setdefault(field, []).append(str(name))
    return [(field, ", ".join(several)) for field, several in found.items() if len(several) > 1]


def _twice_cure(field: str) -> str:
    return f"keep one column {field}: nobody can tell which of them is meant"


def _text(row: int, field: str, value: object) -> tuple[str | None, GivenProblem | None]:
    """Take a value as text; what is null or empty in a column is none."""
    cure = "pass it as text"
    if _is_null(value):
        return None, None
    if isinstance(value, str):
        text = str.__str__(value)
        if not _SURROGATE.search(text):
            return text, None
        cure = "leave out the surrogate: it is no character"
    elif isinstance(value, float) and value.is_integer():  # a column of codes that has nulls, too
        return str(int(value)), None
    elif type(value).__name__ == "UUID":
        return str(value), None
    elif hasattr(value, "__index__") and not isinstance(value, bool):
        return str(index(value)), None
    return None, (row, field, repr(value)[:80], cure)


def _is_null(value: object) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, float) and value != value  # noqa: PLR0124 - NaN, as pandas has nulls


def _each(requests: object) -> Iterable[object]:
    """Give rows one by one."""
    pandas, polars = sys.modules.get("pandas"), sys.modules.get("polars")
    if isinstance(requests, str | PathLike):
        return _file(path("requests", requests))
    if pandas is not None and isinstance(requests, pandas.DataFrame):
        _check_columns(list(requests.columns))
        records: list[object] = requests.to_dict("records")
        return records
    if polars is not None and isinstance(requests, polars.DataFrame):
        _check_columns(requests.columns)
        rows: Iterable[object] = requests.iter_rows(named=True)
        return rows
    is_column = type(requests).__name__ in ("Series", "Array", "ChunkedArray")
    if is_column or isinstance(requests, Mapping | bytes):
        raise _unusable(requests)
    if hasattr(requests, "__arrow_c_stream__") and not hasattr(requests, "_core"):
        return _arrow(requests)
    if not isinstance(requests, Iterable):
        raise _unusable(requests)
    return requests


def _unusable(requests: object) -> InvalidArgumentError:
    cure = "pass an iterable of requests, the path of a CSV file, or a table"
    if type(requests).__name__ == "LazyFrame":
        cure = "call collect() first, and pass what it gives"
    return refused("requests", requests, cure)


def _check_columns(names: list[Any], source: str | None = None) -> None:
    """Check that each column which every row needs is there, and once."""
    for field, several in _twice(names):
        cure = f"{_twice_cure(field)} ({several})"
        raise refused("requests", several, cure, source or several)
    found = {_field(name) for name in names}
    for field in _FIELDS[:2]:
        if field not in found:
            shown = ", ".join(map(str, names))
            cure = f"name a column {field}; there are {shown or 'none'}"
            raise refused("requests", shown, cure, source or shown)


def _arrow(requests: Any) -> Iterable[object]:  # noqa: ANN401 - of any library
    from ._frames import needed  # noqa: PLC0415 - imports what few need

    table = needed("pyarrow", "a table of Arrow as requests").table(requests)
    _check_columns(table.column_names)
    rows: list[object] = table.to_pylist()
    return rows


def _file(name: str) -> Iterator[object]:
    """Read a CSV file as spreadsheets write it."""
    if name.lower().endswith((".xlsx", ".xls", ".ods")):
        cure = "save the sheet as CSV, or pass pandas.read_excel(path, dtype=str)"
        raise refused("requests", name, cure)
    try:
        with open(name, encoding="utf-8-sig", newline="") as file:  # noqa: PTH123 - as it was given
            yield from _rows(file, repr(Path(name).name))
    except OSError as error:
        cure = "pass the path of a CSV file that can be read"
        message = f"requests: {name!r} was refused: {cure} ({error.strerror or error})"
        raise InvalidArgumentError(message, field="requests", value=name, cure=cure) from error
    except UnicodeDecodeError as error:
        raise refused("requests", name, NO_UTF8, repr(Path(name).name)) from error


def _rows(file: TextIO, source: str) -> Iterator[object]:
    """Give the rows below the line of names; of those with nothing in them, `_NOTHING`."""
    import csv  # noqa: PLC0415 - few need it

    first, separator, line = _beginning(file)
    reader = csv.reader(chain([first], file), delimiter=separator, strict=True)
    names: list[str] = []
    begun = line  # where a row begins, whose cells may go over several lines
    try:
        for cells in reader:
            if not names:
                names = cells
                _check_columns(names, source)
            else:
                # Spreadsheets leave rows of nothing behind, with separators or without.
                is_filled = any(map(str.strip, cells))
                yield dict(zip(names, cells, strict=False)) if is_filled else _NOTHING
            begun = line + reader.line_num
    except csv.Error as error:
        raise refused("requests", source, _broken(str(error), begun), source) from error
    if not names:
        _check_columns(names, source)


def _beginning(file: TextIO) -> tuple[str, str, int]:
    """Find the line of names, what separates its cells, and its number.

    Before it may be lines of nothing, and one that names the separator, as Excel has it.
    """
    named, number = "", 1
    while line := file.readline():
        text = line.rstrip("\r\n").strip('"')
        if text[:4].lower() == "sep=" and len(text) == len("sep=;"):
            named = text[4]
        elif text.strip(" ,;\t"):
            break
        number += 1
    return line, named or max(",;\t", key=line.count), number


def _broken(error: str, line: int) -> str:
    """Say what to do about a row that is no CSV."""
    if "limit" in error:
        return (
            f"look at line {line}: a cell there is far too long, as it is when a quotation mark is "
            "not closed"
        )
    if "end of data" in error:
        return f"close the quotation mark in line {line}, or double it if it is part of a text"
    return f"double the quotation marks that are part of a text in line {line} ({error})"
