"""Tables of a ledger: their columns, in everybody's hands, large ones, and while others write."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from partnercenter_qual import Emulator, Ledger, Table, _table

from .ledgers import LONG_AGO, TENANT_ID, Place, Told, ask, columns, moment, write_down

ROOT = Path(__file__).parent.parent
ONE, TWO = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
MANY = 70_001  # more than a batch, and many pages

TABLES: dict[type[Table], Callable[[Ledger], Table]] = {
    _table.StatusTable: Ledger.latest,
    _table.HistoryTable: lambda ledger: ledger.history(ONE),
    _table.ChangeTable: Ledger.changes,
    _table.PendingTable: Ledger.pending,
    _table.SubmissionTable: Ledger.submissions,
    _table.DifferenceTable: lambda ledger: ledger.diff("2020-01-01", "2030-01-01"),
}

# Observations by the thousand, with gaps between their ids: from time to time a long one.
FILL = """
INSERT INTO observations (id, customer_id, qualification, vetting_status, vetting_reason,
is_gone, is_change, old_status, source, observed_at, confirmed_at) {overriding}
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {count})
SELECT 3 * n + 100000 * (n / 20000), '00000000-0000-0000-0000-000000000001', 'Kind ' || n,
'Status ' || (n % 1000), 'because of ' || n, 0, 1, 'InReview', 'sweep', '{at}', '{at}' FROM counted
"""


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    """Give a ledger that has something to say to every question."""
    with Ledger(place.url, tenant_id=TENANT_ID) as ledger, Told({ONE: [], TWO: []}) as told:
        told.look(ledger)
        for status in ("InReview", "Denied", "InReview"):
            item = {"qualification": "Education", "vettingStatus": status}
            told.has[ONE] = [item | {"vettingCreatedDate": LONG_AGO.isoformat()}]
            told.has[TWO] = [item | {"vettingReason": 'with "these", and\nü'}]
            told.look(ledger)
        write_down(place, ONE, "refused")
        write_down(place, TWO, "unknown")
        yield ledger


def named_in(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", text))


def test_columns_are_those_that_are_documented(ledger: Ledger) -> None:
    for kind, ask_for in TABLES.items():
        table = ask_for(ledger)
        assert type(table) is kind
        told = named_in(str(kind.__doc__))
        if kind is _table.HistoryTable:
            told |= named_in(str(_table.StatusTable.__doc__))
        assert set(table.column_names) == told
        assert len(table.column_names) == len(told)


@pytest.mark.parametrize("name", ["submissions", "observations", "ledger"])
def test_the_tables_for_plain_sql_are_those_that_are_documented(
    ledger: Ledger, place: Place, name: str
) -> None:
    assert len(ledger.latest()) == 2
    document = (ROOT / "docs" / "ledger.md").read_text()
    if name == "ledger":
        (line,) = re.findall(r"`ledger` has one row: (.*?)\.", document)
        told = named_in(line) | {"id"}
    else:
        (rows,) = re.findall(rf"### `{name}`.*?\n((?:\|.*\n)+)", document.replace("\n\n", "\n"))
        told = named_in("".join(row.split("|")[1] for row in rows.splitlines()))
    found = (
        place.sql(f"SELECT name FROM pragma_table_info('{name}')")  # noqa: S608 - of our own
        if not place.is_shared
        else place.sql(
            f"SELECT column_name FROM information_schema.columns WHERE table_name = '{name}'"  # noqa: S608 - of our own
        )
    )
    assert {column for (column,) in found} == told


def test_every_library_has_the_same_rows(ledger: Ledger, tmp_path: Path) -> None:
    for ask_for in TABLES.values():
        table = ask_for(ledger)
        rows = [*table]
        assert rows
        assert table.to_pyarrow().to_pylist() == rows
        assert table.to_polars().to_dicts() == rows
        frame = [
            {str(name): None if pd.isna(value) else value for name, value in row.items()}
            for row in table.to_pandas().to_dict("records")
        ]
        assert frame == rows
        with duckdb.connect() as database:
            database.register("found", table)
            assert database.sql("SELECT * FROM found").to_arrow_table().to_pylist() == rows
            database.unregister("found")
        table.write_parquet(tmp_path / "table.parquet")
        assert pl.read_parquet(tmp_path / "table.parquet").to_dicts() == rows


def test_files_have_the_same_rows(ledger: Ledger, tmp_path: Path) -> None:
    for ask_for in TABLES.values():
        table = ask_for(ledger)
        rows = [{name: as_text(value) for name, value in row.items()} for row in table]
        table.write_csv(tmp_path / "table.csv")
        with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
            written = [*csv.DictReader(file)]
        assert written == [{name: value or "" for name, value in row.items()} for row in rows]
        table.write_jsonl(tmp_path / "table.jsonl")
        lines = (tmp_path / "table.jsonl").read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        assert [{name: as_text(value) for name, value in row.items()} for row in found] == rows


def as_text(value: Any) -> str | None:  # noqa: ANN401 - whatever a cell holds
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else f"{value:%Y-%m-%dT%H:%M:%S.%f}Z"


def test_many_rows_come_whole_and_in_order(place: Place) -> None:
    with Ledger(place.url) as ledger:
        overriding = "OVERRIDING SYSTEM VALUE" if place.is_shared else ""
        place.sql(FILL.format(count=MANY, overriding=overriding, at=moment(LONG_AGO)))
        for table in (ledger.latest(), ledger.changes(), ledger.history(ONE)):
            frame = table.to_polars()
            assert frame.height == len(table) == MANY
            numbers = range(1, MANY + 1)
            assert frame["qualification"].to_list() == [f"Kind {n}" for n in numbers]
            status = "new_status" if "new_status" in table.column_names else "vetting_status"
            assert frame[status].to_list() == [f"Status {n % 1000}" for n in numbers]
        assert table[MANY - 1]["vetting_reason"] == f"because of {MANY}"
        assert len(pa.table(table).to_batches()) == 2


def test_many_pages_are_of_one_moment(place: Place) -> None:
    """While another process changes every row, again and again."""
    with Ledger(place.url) as ledger:
        overriding = "OVERRIDING SYSTEM VALUE" if place.is_shared else ""
        place.sql(FILL.format(count=20_000, overriding=overriding, at=moment(LONG_AGO)))
        with ThreadPoolExecutor(4) as pool:
            writing = pool.submit(change_every_row, place)
            found = [*pool.map(lambda _: reasons(ledger), range(6))]
            while not writing.done():
                found.append(reasons(ledger))
            writing.result()
            found.append(reasons(ledger))
    assert all(len(each) == 1 for each in found)
    assert len(set[str]().union(*found)) > 1


def change_every_row(place: Place) -> None:
    for number in range(5):
        place.sql(f"UPDATE observations SET old_status = 'Status {number}'")  # noqa: S608 - of our own


def reasons(ledger: Ledger) -> set[str]:
    return set(ledger.changes().to_polars()["old_status"].to_list())


def test_threads_ask_at_the_same_time(ledger: Ledger) -> None:
    expected = [[*ask_for(ledger)] for ask_for in TABLES.values()]
    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(lambda ask_for: [*ask_for(ledger)], [*TABLES.values()] * 20)]
    assert found == expected * 20


def test_a_closed_ledger_says_so(place: Place) -> None:
    ledger = Ledger(place.url)
    ledger.close()
    ledger.close()
    with pytest.raises(RuntimeError, match="closed"):
        ledger.latest()


def test_nothing_is_lost_where_a_ledger_is_opened_twice(tmp_path: Path) -> None:
    """While other processes look at the file: none may take it for one that nobody uses."""
    place = Place(str(tmp_path / "quals.db"))
    with Emulator(20, seed=7) as emulator, emulator.client(max_concurrency=1) as client:
        sweep = client.sweep(ledger=place.url)
        for _ in emulator.customer_ids:
            customer_id = next(sweep).customer_id
            with Ledger(place.url) as ledger:
                assert len(ledger.history(customer_id)) == 1
            seen = f"SELECT count(*) FROM observations WHERE customer_id = '{customer_id}'"  # noqa: S608 - of our own
            assert place.value(seen) == "1"


def test_what_has_not_come_to_its_end_is_pending(place: Place) -> None:
    with Emulator(2, seed=7, vetting="manual") as emulator, emulator.client() as client:
        reviewed, decided = emulator.customer_ids
        ask(client, place.url, reviewed, decided)
        emulator.decide(decided, "Education", "Approved")
        client.sweep(ledger=place.url).collect()
        (item,) = client.get_qualifications(reviewed)
    with Ledger(place.url) as ledger:
        for customer_id, state in ((ONE, "unknown"), (TWO, "intended")):
            write_down(place, customer_id, state)
        requests = {row["customer_id"]: row for row in ledger.submissions()}
        pending = [*ledger.pending()]
    assert columns(pending, "customer_id", "state", "since") == [
        (reviewed, "InReview", item.vetting_created_date),
        (ONE, "unknown", LONG_AGO),
        (TWO, "intended", LONG_AGO),
    ]
    for row in pending:
        assert row["request_id"] == requests[row["customer_id"]]["request_id"] is not None
        assert (row["confirmed_at"] is None) == (row["customer_id"] != reviewed)


def test_what_is_in_review_and_was_not_answered_is_pending_once(place: Place) -> None:
    item = {"qualification": "Education", "vettingStatus": "InReview"}
    with Ledger(place.url, tenant_id=TENANT_ID) as ledger, Told({ONE: [item]}) as told:
        write_down(place, ONE, "unknown")
        told.look(ledger)  # so it did land
        assert columns(ledger.pending(), "customer_id", "qualification") == [(ONE, "Education")]


def test_requests_are_asked_for_by_state(place: Place) -> None:
    states = ["intended", "sending", "answered", "refused", "unknown"]
    with Ledger(place.url) as ledger:
        for number, state in enumerate(states, 1):
            write_down(place, str(UUID(int=number)), state)
        assert columns(ledger.submissions(), "state") == states
        for state in states:
            assert columns(ledger.submissions(state), "state", "number") == [(state, 1)]
