"""Tables as files: what is in them, and that they are whole or not there."""

import csv
import json
import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from partnercenter_qual import CustomerTable, InvalidArgumentError, SweepTable, _core
from partnercenter_qual._whole_file import whole_file

from .tables import long, swept

Write = Callable[[SweepTable, Any], None]

WRITERS: dict[str, Write] = {
    "csv": SweepTable.write_csv,
    "jsonl": SweepTable.write_jsonl,
    "parquet": SweepTable.write_parquet,
}
every_writer = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)

NAMES = ["Görlitz, Schulen", '"quoted"', "two\nlines", "", "=1+1", "naïve 学校 🎓"]


def as_text(value: object) -> str:
    """Give what a file shows of a value."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}"
    return "" if value is None else str(value)


def test_csv_has_names_and_then_rows(tmp_path: Path) -> None:
    table, path = swept(), tmp_path / "found.csv"
    table.write_csv(path)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == table.column_names
    assert rows == [[as_text(value) for value in row.values()] for row in table]
    assert rows[0][6] == "2026-01-02T03:04:05.123456Z"


def test_csv_of_many_rows_is_read_by_others(tmp_path: Path) -> None:
    table, path = long(), tmp_path / "found.csv"
    table.write_csv(str(path))
    frame = pl.read_csv(path, try_parse_dates=True)
    assert frame.height == len(table)
    assert frame["customer_id"].to_list() == [row["customer_id"] for row in table]
    assert frame.schema["observed_at"] == pl.Datetime("us", "UTC")


def test_a_table_without_rows_has_a_line_of_names(tmp_path: Path) -> None:
    swept([]).write_csv(tmp_path / "none.csv")
    assert (tmp_path / "none.csv").read_text() == ",".join(swept().column_names) + "\n"
    swept([]).write_jsonl(tmp_path / "none.jsonl")
    assert (tmp_path / "none.jsonl").read_bytes() == b""


def test_json_lines_are_rows(tmp_path: Path) -> None:
    table, path = swept(), tmp_path / "found.jsonl"
    table.write_jsonl(path)
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert rows == [
        {
            name: as_text(value) if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        for row in table
    ]
    assert rows[0]["vetting_created_date"] == "2026-01-02T03:04:05.123456Z"
    assert rows[0]["vetting_reason"] is None


def test_every_text_survives(tmp_path: Path) -> None:
    table = CustomerTable(_core.Table.of_customers([("id", name, None, None) for name in NAMES]))
    table.write_csv(tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as file:
        assert [row["company_name"] for row in csv.DictReader(file)] == NAMES
    table.write_jsonl(tmp_path / "c.jsonl")
    lines = (tmp_path / "c.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["company_name"] for line in lines] == NAMES


@every_writer
def test_a_file_takes_the_place_of_another(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "found"
    path.write_text("old")
    path.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to("found")
    write(swept(), link)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert b"customer 5" in path.read_bytes()
    assert {*tmp_path.iterdir()} == {path, link}


def test_a_new_file_may_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        swept().write_csv(tmp_path / "found.csv")
    finally:
        os.umask(before)
    assert (tmp_path / "found.csv").stat().st_mode & 0o777 == 0o644


@every_writer
def test_errors_name_the_path(tmp_path: Path, write: Write) -> None:
    missing = tmp_path / "nowhere" / "found"
    with pytest.raises(FileNotFoundError) as caught:
        write(swept(), missing)
    assert caught.value.filename == str(missing)
    with pytest.raises(IsADirectoryError) as stopped:
        write(swept(), tmp_path)
    assert stopped.value.filename == str(tmp_path)
    below = tmp_path / "file"
    below.write_text("kept")
    with pytest.raises(NotADirectoryError) as refused:
        write(swept(), below / "found")
    assert refused.value.filename == str(below / "found")
    assert str(refused.value).endswith(repr(str(below / "found")))
    assert below.read_text() == "kept"


@every_writer
@pytest.mark.parametrize("path", [None, 5, b"found", "", ["found"]])
def test_what_is_no_path_is_refused(write: Write, path: object) -> None:
    with pytest.raises(InvalidArgumentError, match=r"pass a path as str or os\.PathLike") as caught:
        write(swept(), path)
    assert caught.value.field == "path"


@every_writer
def test_a_path_with_nul_is_told_so(write: Write) -> None:
    with pytest.raises(InvalidArgumentError, match="a path without NUL"):
        write(swept(), "a\0b")


def test_what_fails_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "found"
    path.write_text("old")

    with pytest.raises(TypeError), whole_file(str(path)) as file:
        file.writelines([b"half", "no bytes"])  # type: ignore[list-item]
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = list[bytes]()
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    swept().write_csv(pipe)
    reader.join()
    assert read[0].startswith(b"customer_id,")
    assert [*tmp_path.iterdir()] == [pipe]
