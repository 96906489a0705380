"""Rows for `apply`, from whatever they are in, and what is told of those that are wrong."""

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from partnercenter_qual import (
    Client,
    Emulator,
    InvalidArgumentError,
    QualificationRequest,
    QualificationType,
    RowProblem,
)

from .asking import Row, education, government, owned
from .either import Either

CUSTOMER_ID = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
OTHER_ID = "1d8149fb-e392-4b79-8eac-1ce781eb3d0c"
THIRD_ID = "5b1c0c6e-6f1d-4f0e-9d0a-2f4f5d1c7a10"
NAMES = ("customer_id", "qualification", "education_segment", "website", "validation_code")


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "quals.db")


@pytest.fixture
def wanted(client: Client, emulator: Emulator) -> list[Row]:
    """Give a row of each kind, with what each kind needs."""
    school, city, owner, *_ = emulator.customer_ids
    code = client.list_validation_codes()[0].validation_id
    return [education(school) | {"website": "school.example"}, government(city, code), owned(owner)]


def planned(client: Client, requests: Any, path: str) -> list[dict[str, object]]:  # noqa: ANN401 - whatever it takes
    """Give what rows were read as."""
    plan = client.apply(requests, ledger=path, dry_run=True)
    assert [row["row"] for row in plan] == [*range(1, len(plan) + 1)]
    return [{name: row[name] for name in NAMES if row[name] is not None} for row in plan]


CSV = """\
customer_id,qualification,education_segment,website,validation_code
{school},Education,K12,school.example,
{city},GovernmentCommunityCloud,,,{code}
{owner},StateOwnedEntity,,,
"""

FILES: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "no line end": lambda text: text.rstrip("\n").encode(),
    "blank lines before": lambda text: f"\n;;\n\r\n{text}".encode(),
    "blank lines after": lambda text: f"{text}\n,,\n\n".encode(),
    "Excel's separator": lambda text: f"sep=;\r\n{text.replace(',', ';')}".encode("utf-8-sig"),
    "any separator": lambda text: f'"SEP=|"\n{text.replace(",", "|")}'.encode(),
    "camelCase": lambda text: text.replace(
        text.partition("\n")[0],
        "customerId,qualification,educationSegment,website,validationCode",
    ).encode(),
    "words": lambda text: text.replace(
        text.partition("\n")[0],
        "Customer ID,QUALIFICATION,Education Segment, Website ,VALIDATION_CODE",
    ).encode(),
    "hyphens": lambda text: text.replace(
        text.partition("\n")[0],
        "Customer-Id,Qualification,education-segment,Web\xa0Site,Validation-_ code",
    ).encode(),
    "other columns": lambda text: text.replace("\n", ',"Ünï, ""x""\nand y"\n').encode(),
    "quotes": lambda text: text.replace(",", '","').replace("\n", '"\n"').join('""')[:-2].encode(),
    "blanks": lambda text: text.replace(",,", ", ,").encode(),
    "a cell too many": lambda text: text.replace(
        "K12,school.example,", "K12,school.example,,x"
    ).encode(),
    "cells too few": lambda text: text.replace("Entity,,,", "Entity").encode(),
    "lower case": lambda text: text.replace("StateOwned", "state_owned_").lower().encode(),
}


NO_FILES: dict[str, tuple[bytes | None, str]] = {
    "none.csv": (None, "a CSV file that can be read"),
    ".": (None, "a CSV file that can be read"),
    "sheet.xlsx": (b"PK", r"read_excel\(path, dtype=str\)"),
    "sheet.XLS": (b"", "save the sheet as CSV"),
    "latin.csv": ("customer_id,qualification\nx,Zürich\n".encode("latin-1"), "UTF-8"),
    "utf16.csv": (CSV.encode("utf-16"), 'in UTF-8, which Excel calls "CSV UTF-8" '),
    "empty.csv": (b"", r"empty\.csv' was refused: name a column customer_id; there are none"),
    "separator.csv": (b"sep=;\n", "name a column customer_id; there are none"),
    "column.csv": (
        b"customer_id,website\nx,y\n",
        r"column\.csv' was refused: name a column qualification; there are customer_id, website",
    ),
    "twice.csv": (b"customer_id,Customer-ID\n", r"twice\.csv' .+ \(customer_id, Customer-ID\)"),
    "quote.csv": (b'customer_id,qualification\n\nx,y\n"x"y,z\n', "double the .+ in line 4 "),
    "open.csv": (b'sep=,\ncustomer_id,qualification\n"x\n1",y\nx,"y\nx,y\n', "close .+ in line 5"),
    "long.csv": (b'customer_id,qualification\nx,"' + b"y\n" * 99_999, "line 2.+ not closed"),
    "names.csv": (b'\ncustomer_id,"qualification\nx,y\n', "close .+ in line 2"),
}


class TestFile:
    @pytest.mark.parametrize("form", FILES.values(), ids=FILES)
    def test_rows_are_read_as_spreadsheets_write_them(
        self, client: Client, wanted: list[Row], path: str, tmp_path: Path,
        form: Callable[[str], bytes],
    ) -> None:  # fmt: skip
        ids = dict(
            zip(("school", "city", "owner"), (row["customer_id"] for row in wanted), strict=True)
        )
        file = tmp_path / "requests.csv"
        file.write_bytes(form(CSV.format(code=wanted[1]["validation_code"], **ids)))
        found = planned(client, file, path)
        assert found == wanted
        assert planned(client, str(file), path) == wanted

    @pytest.mark.parametrize("name", NO_FILES)
    def test_what_is_no_such_file_is_refused(
        self, client: Client, path: str, tmp_path: Path, name: str
    ) -> None:
        file, (content, cure) = tmp_path / name, NO_FILES[name]
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(InvalidArgumentError, match=cure) as raised:
            client.apply(file, ledger=path)
        assert (raised.value.field, bool(raised.value.cure)) == ("requests", True)


FRAMES: dict[str, Callable[[list[Row]], Any]] = {
    "mappings": list,
    "generator": iter,
    "requests": lambda rows: [QualificationRequest(**row) for row in rows],
    "types": lambda rows: [
        row
        | {
            "customer_id": UUID(row["customer_id"]),
            "qualification": QualificationType(row["qualification"]),
        }
        for row in rows
    ],
    "wire": lambda rows: (QualificationRequest(**row).to_dict() for row in rows),
    "pandas": pd.DataFrame,
    "pandas with NaN": lambda rows: pd.DataFrame(rows).fillna(float("nan")),
    "pandas with NA": lambda rows: pd.DataFrame(rows).convert_dtypes(),
    "pandas with float codes": lambda rows: pd.DataFrame(rows).astype({"validation_code": "float"}),
    "pandas with whole codes": lambda rows: (
        pd.DataFrame(rows)
        .astype({"validation_code": "Float64"})
        .astype({"validation_code": "Int64"})
    ),
    "pandas with an index": lambda rows: pd.DataFrame(rows, index=[7, 7, 7]).assign(other=1),
    "pandas with categories": lambda rows: pd.DataFrame(rows).astype("category"),
    "numpy codes": lambda rows: [
        row
        | (
            {"validation_code": np.int64(row["validation_code"])}
            if "validation_code" in row
            else {}
        )
        for row in rows
    ],
    "polars": pl.DataFrame,
    "polars with whole codes": lambda rows: pl.DataFrame(rows).cast({"validation_code": pl.Int64}),
    "pyarrow": lambda rows: pa.Table.from_pylist([dict.fromkeys(NAMES) | row for row in rows]),
    "a record batch": lambda rows: pa.RecordBatch.from_pylist(
        [dict.fromkeys(NAMES) | row for row in rows]
    ),
    "duckdb": lambda rows: duckdb.from_arrow(
        pa.Table.from_pylist([dict.fromkeys(NAMES) | row for row in rows])
    ),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_rows_are_taken_from_whatever_they_are_in(
    client: Client, wanted: list[Row], path: str, kind: str
) -> None:
    assert planned(client, FRAMES[kind](wanted), path) == wanted


def test_both_clients_take_them(either: Either, emulator: Emulator, path: str) -> None:
    frame = pd.DataFrame([owned(each) for each in emulator.customer_ids])
    results = either.list(either.client(emulator).apply(frame, ledger=path))
    assert {result.customer_id for result in results} == {*emulator.customer_ids}


@pytest.mark.parametrize(
    "requests",
    [None, 5, b"requests.csv", owned(CUSTOMER_ID), QualificationRequest(**owned(CUSTOMER_ID)),
     pl.LazyFrame({"customer_id": [CUSTOMER_ID]}), pd.Series([CUSTOMER_ID])],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_has_no_rows_is_refused(client: Client, path: str, requests: Any) -> None:  # noqa: ANN401 - of any type
    with pytest.raises(InvalidArgumentError, match="requests") as raised:
        client.apply(requests, ledger=path)
    assert raised.value.cure


@pytest.mark.parametrize(
    "frame", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"]
)
def test_a_frame_without_a_column_is_refused(
    client: Client, path: str, frame: Callable[[Any], Any]
) -> None:
    with pytest.raises(InvalidArgumentError, match="name a column qualification"):
        client.apply(frame({"customerId": [CUSTOMER_ID], "Segment": ["K12"]}), ledger=path)


def test_two_columns_of_one_name_are_refused(client: Client, path: str) -> None:
    row = owned(CUSTOMER_ID)
    with pytest.raises(InvalidArgumentError, match="customer_id"):
        client.apply(pd.DataFrame([row | {"Customer ID": OTHER_ID}]), ledger=path)


class TestProblems:
    BAD: tuple[Any, ...] = (
        education("nobody") | {"education_segment": "Kindergarten"},
        {"customer_id": CUSTOMER_ID, "qualification": "Flying"},
        {},
        owned(CUSTOMER_ID),
        owned(CUSTOMER_ID.upper()),
        {"customer_id": CUSTOMER_ID, "qualification": "Education"},
        government(OTHER_ID, None),
        education(OTHER_ID),
        government(OTHER_ID, 1),
        owned(OTHER_ID) | {"website": ["school.example"]},
        5,
        owned(OTHER_ID) | {"validation_code": True},
        None,
        education(THIRD_ID) | {"website": "\ud800.example"},
    )
    FOUND = (
        (1, "customer_id", "nobody"),
        (1, "education_segment", "Kindergarten"),
        (2, "qualification", "Flying"),
        (3, "customer_id", ""),
        (3, "qualification", ""),
        (5, "customer_id", CUSTOMER_ID),
        (6, "education_segment", ""),
        (7, "validation_code", ""),
        (9, "qualification", "GovernmentCommunityCloud"),
        (10, "website", "['school.example']"),
        (11, "requests", "5"),
        (12, "customer_id", OTHER_ID),
        (12, "validation_code", "True"),
        (13, "requests", "None"),
        (14, "website", r"'\ud800.example'"),
    )

    def test_every_problem_of_every_row_is_told_at_once(
        self, either: Either, emulator: Emulator, path: str
    ) -> None:
        client = either.client(emulator)
        with pytest.raises(InvalidArgumentError, match="nothing was sent") as raised:
            client.apply(self.BAD, ledger=path)
        problems = raised.value.problems
        assert tuple(problem[:3] for problem in problems) == self.FOUND
        assert all(isinstance(problem, RowProblem) and problem.cure for problem in problems)
        first = problems[0]
        assert (raised.value.field, raised.value.value) == (first.field, first.value)
        assert raised.value.cure == first.cure
        assert f"{len(problems)} problems" in str(raised.value)
        assert "row 1: customer_id" in str(raised.value)
        assert emulator.journal == []

    def test_what_is_missing_is_told_apart_from_the_word_none(
        self, client: Client, path: str
    ) -> None:
        rows = [education(CUSTOMER_ID) | {"education_segment": text} for text in (None, "None")]
        rows[1]["customer_id"] = OTHER_ID
        with pytest.raises(InvalidArgumentError) as raised:
            client.apply(rows, ledger=path)
        missing, typed = str(raised.value).splitlines()[1:3]
        assert missing.startswith("  row 1: education_segment is missing: pass ")
        assert typed.startswith('  row 2: education_segment: "None" was refused: ')
        assert [problem.value for problem in raised.value.problems] == ["", "None"]

    def test_their_error_pickles(self, client: Client, path: str) -> None:
        with pytest.raises(InvalidArgumentError) as raised:
            client.apply(self.BAD, ledger=path)
        copy = pickle.loads(pickle.dumps(raised.value))  # noqa: S301 - our own
        assert (copy.problems, str(copy)) == (raised.value.problems, str(raised.value))

    def test_a_dry_run_tells_the_same(self, client: Client, path: str) -> None:
        with pytest.raises(InvalidArgumentError) as raised:
            client.apply(self.BAD, ledger=path, dry_run=True)
        assert len(raised.value.problems) == len(self.FOUND)

    @pytest.mark.parametrize(
        ("row", "fields"),
        [
            (
                owned(CUSTOMER_ID)
                | {"education_segment": "K12", "website": "x.example", "validation_code": "1"},
                ["education_segment", "website", "validation_code"],
            ),
            (
                education(CUSTOMER_ID) | {"education_segment": "X", "validation_code": "1"},
                ["education_segment", "validation_code"],
            ),
            (education("nobody") | {"website": ["x"]}, ["customer_id", "website"]),
        ],
        ids=["surplus", "bad and surplus", "no id and no text"],
    )
    def test_a_row_may_have_several(
        self, client: Client, path: str, row: Row, fields: list[str]
    ) -> None:
        with pytest.raises(InvalidArgumentError) as raised:
            client.apply([row], ledger=path)
        assert [problem.field for problem in raised.value.problems] == fields

    def test_rows_that_are_refused_make_no_ledger(self, client: Client, path: str) -> None:
        with pytest.raises(InvalidArgumentError):
            client.apply(self.BAD, ledger=path)
        assert not Path(path).exists()

    def test_rows_of_a_file_are_counted_without_its_line_of_names(
        self, client: Client, path: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "requests.csv"
        file.write_text(f"customer_id,qualification\n{CUSTOMER_ID},StateOwnedEntity\nx,Flying\n")
        with pytest.raises(InvalidArgumentError) as raised:
            client.apply(file, ledger=path)
        rows = [(problem.row, problem.field) for problem in raised.value.problems]
        assert rows == [(2, "customer_id"), (2, "qualification")]

    @pytest.mark.parametrize("blank", ["", ",,", '"",', "  "], ids=repr)
    def test_empty_rows_of_a_file_are_counted_and_left_out(
        self, client: Client, path: str, tmp_path: Path, blank: str
    ) -> None:
        file = tmp_path / "requests.csv"
        owner = f"{CUSTOMER_ID},StateOwnedEntity"
        file.write_text(f"\ncustomer_id,qualification\n{blank}\n{owner}\n{blank}\nx,{blank}y\n")
        with pytest.raises(InvalidArgumentError) as raised:
            client.apply(file, ledger=path)
        assert {problem.row for problem in raised.value.problems} == {4}

    def test_a_thousand_of_them_make_a_message_that_can_be_read(
        self, client: Client, path: str
    ) -> None:
        with pytest.raises(InvalidArgumentError) as raised:
            client.apply(({} for _ in range(1000)), ledger=path)
        assert len(raised.value.problems) == 2000
        assert len(str(raised.value).splitlines()) < 20


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"dry_run": 1}, "dry_run"),
        ({"resubmit_denied": "no"}, "resubmit_denied"),
        ({"max_concurrency": 0}, "max_concurrency"),
        ({"ledger": 5}, "ledger"),
        ({"ledger": None}, "ledger"),
        ({"progress": 5}, "progress"),
    ],
)
def test_a_bad_argument_is_named(
    client: Client, path: str, options: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{field}: "):
        client.apply([owned(CUSTOMER_ID)], **{"ledger": path, **options})


def test_what_an_iterable_raises_is_raised(client: Client, path: str) -> None:
    def rows() -> Iterator[Row]:
        yield owned(CUSTOMER_ID)
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        client.apply(rows(), ledger=path)
