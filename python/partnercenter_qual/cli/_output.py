"""Where a result goes, and in which form.

All is settled before the first call, so that no result is lost to an option that cannot be.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from . import _formats
from ._messages import is_terminal, warn
from ._settings import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._connection import Connection
    from ._formats import Result, RowWriter
    from ._settings import Settings

_BY_SUFFIX: Final = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".txt": "table",
}
BINARY: Final = ("parquet", "arrow")
STREAMED: Final = ("csv", "jsonl")


class Output:
    """Where the result of a command goes.

    Args:
        connection: what the options and the profile say.
        columns: those of the result.

    Raises:
        click.UsageError: for what cannot be, such as Parquet on a terminal.
        ConfigurationError: for a form that needs a library which is not installed.
    """

    def __init__(self, connection: Connection, columns: tuple[str, ...]) -> None:
        settings = connection.settings
        self.path = _target(settings)
        self.format = _format(settings, self.path, connection.profile.get("output"))
        self.fields, self._columns = settings.fields, columns
        _check_fields(settings, columns)
        if self.path is None and self.format in BINARY and is_terminal(sys.stdout):
            raise click.UsageError(
                f"{self.format} is not for a terminal: pass --out FILE, or redirect stdout."
            )
        if self.format in BINARY:
            _formats.check_libraries(self.format)

    @property
    def is_screen(self) -> bool:
        """Whether a person sees it."""
        return self.path is None and is_terminal(sys.stdout)

    @property
    def is_stream(self) -> bool:
        """Whether rows can be written one by one, as they come."""
        return self.path is None and self.format in STREAMED

    def row_writer(self) -> RowWriter:
        """Make what writes rows one by one."""
        return _formats.RowWriter(self.format, self.fields or self._columns, sys.stdout.buffer)

    def write(self, result: Result) -> None:
        """Write the result, to a file whole or not at all."""
        self._write(result, self.path)

    def write_partial(self, result: Result) -> None:
        """Keep what there is of a result that is not whole, and leave the old file alone."""
        if not len(result):
            return
        if self.path is None:
            self._write(result, None)
            return
        path = Path(self.path)
        beside = path.with_name(f"{path.stem}.partial{path.suffix}")
        self._write(result, str(beside))
        so_far = f"{path} is as it was" if path.exists() else f"there is no {path}"
        warn(f"{len(result):,} rows were kept, in {beside}; {so_far}")

    def _write(self, result: Result, path: str | None) -> None:
        with _sink(path) as file:
            if self.format == "table":
                from ._screen import write_table  # noqa: PLC0415 - costs more than all the rest

                write_table(result, self.fields, file, screen=path is None)
            else:
                is_stream = path is None
                _formats.WRITERS[self.format](result, self.fields, file, is_stream)


def _format(settings: Settings, path: str | None, preferred: str | None) -> str:
    """Choose the form: what was asked for, what the file is called, what suits the reader."""
    if settings.output:
        return settings.output
    suffix = Path(path or "").suffix.lower()
    if suffix:
        if suffix in _BY_SUFFIX:
            return _BY_SUFFIX[suffix]
        known = ", ".join(_BY_SUFFIX)
        raise click.UsageError(
            f"--out: {suffix} says no form: name it {known}, or pass --output too."
        )
    if preferred is not None:
        if preferred not in FORMATS:
            cure = f"write one of {', '.join(FORMATS)}"
            raise click.UsageError(f"The profile's output {preferred!r} was refused: {cure}.")
        return preferred
    return "table" if path is None and is_terminal(sys.stdout) else "csv"


def _check_fields(settings: Settings, columns: tuple[str, ...]) -> None:
    unknown = [name for name in settings.fields or () if name not in columns]
    if unknown:
        shown = ", ".join(unknown)
        raise click.UsageError(f"--fields: no column {shown}; there are {', '.join(columns)}.")


def _check_path(path: str) -> None:
    """Refuse now what could not be written at the end."""
    parent = Path(path).absolute().parent
    if not parent.is_dir():
        raise click.UsageError(f"--out: there is no directory {parent}.")
    target = Path(path)
    writable = target if target.exists() and not target.is_file() else parent
    if not os.access(writable, os.W_OK):
        raise click.UsageError(f"--out: {writable} cannot be written.")


def write_text(settings: Settings, text: str) -> None:
    """Write a text that is no result in rows to where the options say.

    Raises:
        click.UsageError: for a file that cannot be written.
    """
    with _sink(_target(settings)) as file:
        file.write(text.encode())


def _target(settings: Settings) -> str | None:
    """Give the file for the result; None stands for stdout."""
    if settings.out == "":
        raise click.UsageError("--out: pass the name of a file, or - for stdout.")
    if settings.out not in (None, "-"):
        _check_path(settings.out)
        return settings.out
    if getattr(sys, "stdout", None) is None:  # it was closed, or there is no console
        raise click.UsageError("There is no stdout: pass --out FILE.")
    return None


@contextmanager
def _sink(path: str | None) -> Iterator[BinaryIO]:
    if path is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    from partnercenter_qual._whole_file import whole_file  # noqa: PLC0415 - imports what few need

    with whole_file(path) as file:
        yield file
