"""Writes results in each form. Tables of the package are written by their own writers."""

from __future__ import annotations

import csv
import json
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol, TypeAlias

from partnercenter_qual import ConfigurationError
from partnercenter_qual._extras import install

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Fields: TypeAlias = tuple[str, ...] | None

_EXTRAS = {"parquet": ("arrow", "polars"), "arrow": ("arrow",)}


class Result(Protocol):
    """Rows: a table of the package, or `Records`."""

    @property
    def column_names(self) -> list[str]: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[dict[str, Any]]: ...
    def write_csv(self, path: str, /) -> None: ...
    def write_jsonl(self, path: str, /) -> None: ...
    def to_pyarrow(self) -> Any: ...  # noqa: ANN401 - pyarrow has no types


class Records:
    """A few rows that come from no table of the package.

    Args:
        columns: names of the columns, in order.
        rows: the rows, each with a value for each column.
    """

    def __init__(self, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
        self.column_names = list(columns)
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._rows)

    def write_csv(self, path: str, /) -> None:
        """Write a CSV file, as tables of the package do."""
        with open(path, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - as it was given
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(self.column_names)
            rows.writerows([_cell(row[name]) for name in self.column_names] for row in self)

    def write_jsonl(self, path: str, /) -> None:
        """Write a JSON Lines file, as tables of the package do."""
        with open(path, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - as above
            file.writelines(json_line(row) + "\n" for row in self)

    def to_pyarrow(self) -> Any:  # noqa: ANN401 - pyarrow has no types
        """Make a pyarrow table."""
        import pyarrow as pa  # noqa: PLC0415 - `check_libraries` has found it

        rows = [
            {name: _flat(row[name]) for name in self.column_names}  # enums as the texts they are
            for row in self
        ]
        return pa.Table.from_pylist(rows)


def json_line(row: Mapping[str, Any]) -> str:
    """Make a line of JSON of a row."""
    return json.dumps({name: _flat(value, dates=True) for name, value in row.items()}, **_JSON)


_JSON: Final[dict[str, Any]] = {"ensure_ascii": False, "separators": (",", ":")}


def _flat(value: object, *, dates: bool = False) -> object:
    if isinstance(value, str):
        return str(value)
    return text_of(value) if dates and isinstance(value, datetime) else value


def text_of(moment: datetime) -> str:
    """Write a point in time as tables of the package do."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return text_of(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, **_JSON) if isinstance(value, list | dict) else value


def check_libraries(form: str) -> None:
    """Refuse a form whose library is not there, before the work is done."""
    from importlib.util import find_spec  # noqa: PLC0415 - few need it

    names = ("pyarrow", "polars") if form == "parquet" else ("pyarrow",)
    if not any(find_spec(name) for name in names):
        cure = install(*_EXTRAS[form])
        message = f"--output {form} needs {' or '.join(names)}: {cure}"
        raise ConfigurationError(message, field="output", value=form, cure=cure)


@contextmanager
def _written(write: Callable[[str], None]) -> Iterator[str]:
    """Have a table write itself to a file of the moment, whose path is given."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - imports what help does not need

    with TemporaryDirectory(prefix="pcq-") as folder:
        path = f"{folder}/result"
        write(path)
        yield path


def _copy(path: str, file: BinaryIO) -> None:
    from shutil import copyfileobj  # noqa: PLC0415 - as above

    with open(path, "rb") as written:  # noqa: PTH123 - it is a text
        copyfileobj(written, file)


def _write_csv(result: Result, fields: Fields, file: BinaryIO, _: bool) -> None:  # noqa: FBT001 - of all writers
    with _written(result.write_csv) as path:
        if fields is None:
            _copy(path, file)
            return
        with open(path, encoding="utf-8", newline="") as written:  # noqa: PTH123 - as above
            rows = csv.reader(written)
            names = next(rows)
            places = [names.index(name) for name in fields]
            _write_rows(file, [list(fields)])
            for row in rows:
                _write_rows(file, [[row[place] for place in places]])


def _write_rows(file: BinaryIO, rows: list[list[Any]]) -> None:
    file.write(csv_lines(rows).encode())


def csv_lines(rows: list[list[Any]]) -> str:
    """Make lines of CSV."""
    from io import StringIO  # noqa: PLC0415 - it is loaded already

    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue()


class RowWriter:
    """Writes rows to stdout one by one, each as soon as it is there, in the form csv or jsonl.

    Args:
        form: the form.
        fields: the columns.
        file: where to.
    """

    def __init__(self, form: str, fields: tuple[str, ...], file: BinaryIO) -> None:
        self._fields, self._file, self._is_csv = fields, file, form == "csv"
        self._has_names = not self._is_csv

    def write(self, row: Mapping[str, Any]) -> None:
        """Write a row that whoever reads has at once."""
        self.begin()
        values = {name: row[name] for name in self._fields}
        line = csv_lines([list(values.values())]) if self._is_csv else json_line(values) + "\n"
        self._file.write(line.encode())
        self._file.flush()

    def begin(self) -> None:
        """Write the line of names, where there is one and it is not there yet."""
        if not self._has_names:
            self._has_names = True
            _write_rows(self._file, [list(self._fields)])


def _lines(result: Result, fields: Fields) -> Iterator[bytes]:
    """Give the JSON of each row, without the end of its line."""
    with _written(result.write_jsonl) as path, open(path, "rb") as written:  # noqa: PTH123 - as above
        for line in written:
            if fields is None:
                yield line.rstrip(b"\n")
            else:
                row = json.loads(line)
                yield json.dumps({name: row[name] for name in fields}, **_JSON).encode()


def _write_jsonl(result: Result, fields: Fields, file: BinaryIO, _: bool) -> None:  # noqa: FBT001 - as above
    file.writelines(line + b"\n" for line in _lines(result, fields))


def _write_json(result: Result, fields: Fields, file: BinaryIO, _: bool) -> None:  # noqa: FBT001 - as above
    begin = b"[\n"
    for line in _lines(result, fields):
        file.write(begin + b"  " + line)
        begin = b",\n"
    file.write(b"[]\n" if begin == b"[\n" else b"\n]\n")


def _write_parquet(result: Result, fields: Fields, file: BinaryIO, _: bool) -> None:  # noqa: FBT001 - as above
    if fields is None and hasattr(result, "write_parquet"):
        with _written(result.write_parquet) as path:
            _copy(path, file)
        return
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an extra
    except ImportError:
        import polars as pl  # noqa: PLC0415 - as above

        frame = pl.DataFrame(result)
        (frame if fields is None else frame.select(fields)).write_parquet(file)
    else:
        parquet.write_table(_selected(result, fields), file)


def _write_arrow(result: Result, fields: Fields, file: BinaryIO, is_stream: bool) -> None:  # noqa: FBT001 - as above
    """Write a stream where it flows on, and a file, which can be mapped, where it stays."""
    from pyarrow import ipc  # noqa: PLC0415 - as above

    table = _selected(result, fields)
    new = ipc.new_stream if is_stream else ipc.new_file
    with new(file, table.schema) as writer:
        writer.write_table(table)


def _selected(result: Result, fields: Fields) -> Any:  # noqa: ANN401 - pyarrow has no types
    table = result.to_pyarrow()
    return table if fields is None else table.select(fields)


WRITERS: Final[dict[str, Callable[[Result, Fields, BinaryIO, bool], None]]] = {
    "csv": _write_csv,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
    "arrow": _write_arrow,
}
