"""Tables by themselves: rows, slices, counts, and what they refuse."""

import copy
import html
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from partnercenter_qual import InvalidArgumentError, SweepTable, Table, _core

from .tables import DENIED_AND_OWNED, IN_REVIEW, NONE, UNREADABLE, long, swept

COLUMNS = [
    "customer_id",
    "company_name",
    "domain",
    "qualification",
    "vetting_status",
    "vetting_reason",
    "vetting_created_date",
    "error_status",
    "error_code",
    "error_message",
    "request_id",
    "correlation_id",
    "observed_at",
]


def test_a_row_is_a_dict_of_plain_values() -> None:
    row = swept([IN_REVIEW])[0]
    assert [*row] == COLUMNS
    observed_at = row.pop("observed_at")
    assert isinstance(observed_at, datetime)
    assert observed_at.tzinfo is UTC
    assert {name: value for name, value in row.items() if value is not None} == {
        "customer_id": "customer 0",
        "qualification": "Education",
        "vetting_status": "InReview",
        "vetting_created_date": datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC),
    }


def test_an_error_is_a_row() -> None:
    row = swept([UNREADABLE])[0]
    assert row["error_code"] == "DecodeError"
    assert row["error_status"] is None
    assert str(row["error_message"]).startswith("the answer cannot be read: ")


def test_it_is_a_sequence_of_rows() -> None:
    table = swept()
    assert len(table) == table.num_rows == 7
    assert table.column_names == COLUMNS
    rows = [*table]
    assert [row["customer_id"] for row in rows] == [f"customer {n}" for n in (0, 1, 1, 2, 3, 4, 5)]
    assert table[1] == rows[1]
    assert table[-1] == rows[6]
    assert bool(table)
    assert not swept([])


def test_a_slice_is_a_table() -> None:
    table = swept()
    part = table[1:3]
    assert type(part) is SweepTable
    assert [*part] == [*table][1:3]
    assert [*table[-2:]] == [*table][-2:]
    assert [*part[1:]] == [*table][2:3]
    assert len(table[5:2]) == len(table[7:]) == 0
    assert [*table[::1]] == [*table]


def test_rows_and_slices_reach_over_batches() -> None:
    table = long()
    assert len(table) == 65_601
    assert [row["customer_id"] for row in table[65_530:65_540]] == [
        f"customer {number}" for number in range(65_530, 65_540)
    ]
    assert table[65_536]["qualification"] == "Education"
    assert table[-1]["vetting_status"] == "Escalated"
    assert sum(row["qualification"] is None for row in table) == 32_800


def test_there_are_no_rows_beyond_the_last() -> None:
    table = swept()
    for place in (7, -8, 1 << 80):
        with pytest.raises(IndexError, match="the table has 7"):
            table[place]
    with pytest.raises(TypeError):
        table["customer_id"]  # type: ignore[call-overload]


@pytest.mark.parametrize("step", [2, -1])
def test_slices_with_a_step_are_refused(step: int) -> None:
    with pytest.raises(InvalidArgumentError, match="slice without a step") as caught:
        swept()[::step]
    assert caught.value.field == "step"


def test_rows_are_counted_by_status_in_one_order() -> None:
    counts = swept().counts
    expected = {
        "Approved": 1,
        "InReview": 1,
        "Denied": 1,
        "Escalated": 1,
        "no status": 1,
        "none": 1,
        "error": 1,
    }
    assert [*counts.items()] == [*expected.items()]
    assert swept([NONE, DENIED_AND_OWNED, NONE]).counts == {"Denied": 1, "no status": 1, "none": 2}
    assert swept([]).counts == {}
    assert swept()[:1].counts == {"InReview": 1}


def test_every_row_is_counted_whatever_the_service_calls_its_status() -> None:
    odd = [
        b'[{"qualification": "Education", "vettingStatus": "%s"}]' % word
        for word in (b"error", b"none", b"no status", b"")
    ]
    table = swept([*odd, NONE, UNREADABLE])
    assert table.counts == {"": 1, "no status": 1, "none": 2, "error": 2}
    told = "6 rows: '' 1, no status 1, none 2, error 2"
    assert told in repr(table)
    assert html.unescape(table._repr_html_()).count(told) == 1


def test_columns_are_not_asked_for_by_name() -> None:
    with pytest.raises(TypeError, match=r"'company_name' is no number .* to_pandas\(\)"):
        swept()["company_name"]  # type: ignore[call-overload]


def test_tables_differ_as_objects_do() -> None:
    table = swept()
    assert table == table  # noqa: PLR0124 - with itself, and with nothing else
    assert table != swept()
    assert copy.copy(table) is table
    assert copy.deepcopy([table])[0] is table


def test_it_does_not_pickle_and_says_what_does() -> None:
    with pytest.raises(TypeError, match=r"cannot pickle a SweepTable: pickle what to_pandas\(\)"):
        pickle.dumps(swept())


def test_it_has_no_room_for_attributes() -> None:
    with pytest.raises(AttributeError):
        swept().nothing = 1  # type: ignore[attr-defined]


def test_the_core_refuses_what_fits_no_column() -> None:
    with pytest.raises(TypeError, match="no such column"):
        swept()._core.column(13)  # noqa: SLF001 - what the face never asks
    with pytest.raises(TypeError, match="no column of words"):
        swept()._core.words(0)  # noqa: SLF001 - as above
    with pytest.raises(ValueError, match="one for each customer"):
        _core.decode_table(["one"], [])


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "tempfile", "html"])
def test_tables_load_what_they_need_when_they_need_it(
    run_python: Callable[[str], str], library: str
) -> None:
    code = f"""
import sys
from partnercenter_qual import Client, SweepTable, _core
table = SweepTable(_core.decode_table(["a"], [b"[]"]))
assert len(table[:1]) == len([*table]) == 1
print({library!r} in sys.modules)"""
    assert run_python(code).strip() == "False"


def test_every_kind_of_table_is_a_table() -> None:
    import partnercenter_qual as package  # noqa: PLC0415 - for its names

    kinds: list[Any] = [
        package.SweepTable,
        package.RecordBatch,
        package.CustomerTable,
        package.ValidationCodeTable,
    ]
    assert all(issubclass(kind, Table) for kind in kinds)
