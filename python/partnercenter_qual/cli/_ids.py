"""Ids of customers from a file or from stdin: one a line, or a column of CSV."""

from __future__ import annotations

import csv
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, TextIO

import click

from partnercenter_qual._requests import NO_UTF8

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS = ",;\t"


def read_ids(path: str) -> Iterator[str]:
    """Give the ids one by one, as they come; empty lines and lines that begin with # are none.

    Args:
        path: the file; `-` stands for stdin.

    Raises:
        click.UsageError: for what is no CSV, has no column `customer_id`, or is no UTF-8.
    """
    name = "stdin" if path == "-" else path
    try:
        with _opened(path) as file:
            yield from _ids(file, name)
    except UnicodeDecodeError:
        raise click.UsageError(f"--ids: {name} is not UTF-8: {NO_UTF8}.") from None
    except csv.Error as error:
        raise click.UsageError(f"--ids: {name} cannot be read as CSV ({error}).") from None


def _opened(path: str) -> nullcontext[TextIO] | TextIO:
    if path != "-":
        return open(path, encoding="utf-8-sig", newline="")  # noqa: PTH123 - it is a text
    if sys.stdin is None:
        raise click.UsageError("--ids -: there is no stdin.")
    sys.stdin.reconfigure(encoding="utf-8-sig", errors="strict")  # type: ignore[union-attr] # a TextIOWrapper
    return nullcontext(sys.stdin)


def _ids(file: TextIO, name: str) -> Iterator[str]:
    first = file.readline()
    header = [_plain(cell) for cell in next(csv.reader([first], delimiter=_separator(first)), [])]
    if "customerid" in header:
        place = header.index("customerid")
        for row in csv.reader(file, delimiter=_separator(first)):
            if len(row) > place and row[place].strip():
                yield row[place].strip()
        return
    if len(header) > 1:
        raise click.UsageError(
            f"--ids: {name} has no column customer_id; there are {first.strip()}."
        )
    for line in _chained(first, file):
        text = line.strip().strip('"')
        if text and not text.startswith("#"):
            yield text


def _chained(first: str, file: TextIO) -> Iterator[str]:
    """Give lines as they come: who writes them may be slow."""
    yield first
    yield from iter(file.readline, "")


def _separator(line: str) -> str:
    return max(_SEPARATORS, key=line.count)


def _plain(name: str) -> str:
    return name.strip().replace("_", "").replace(" ", "").lower()
