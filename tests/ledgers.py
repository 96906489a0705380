"""Ledgers of the tests, in either database: plain SQL beside them, and a service to look at.

def test_something(place: Place) -> None:
    client.sweep(ledger=place.url).collect()
    assert place.sql("SELECT count(*) FROM sweeps") == [("1",)]
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID, uuid4

from partnercenter_qual import Client, CustomerResult, Ledger

from .either import TOKEN
from .postgres import Postgres
from .scripted import Answer, Request, Scripted, Step

TENANT_ID = UUID(int=1)
LONG_AGO = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

# In a process of its own: who closes a file takes the locks of this process on it away, those of
# another copy of SQLite too.
PROGRAM = """
import json, sqlite3, sys
file = sqlite3.connect(sys.argv[1], timeout=20)
with file:
    rows = file.execute(sys.argv[2]).fetchall()
file.close()
print(json.dumps([["" if value is None else str(value) for value in row] for row in rows]))
"""

Item = Mapping[str, object]
"""A qualification as it stands on the wire."""


@dataclass(frozen=True)
class Place:
    """Where a ledger is, and the server of it where there is one."""

    url: str
    server: Postgres | None = field(default=None, repr=False)

    @property
    def is_shared(self) -> bool:
        return self.server is not None

    def sql(self, statement: str) -> list[tuple[str, ...]]:
        """Run a statement on the ledger's tables; give its rows as texts, nulls as empty ones."""
        if self.server is None:
            command = [sys.executable, "-I", "-S", "-c", PROGRAM, self.url, statement]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
            return [*map(tuple, json.loads(done.stdout))]
        database = self.url.rpartition("/")[2]
        printed = self.server.query(f"SET search_path = partnercenter_qual; {statement}", database)
        return [tuple(line.split("|")) for line in printed.splitlines()]

    def value(self, statement: str) -> str:
        """Give the one value that a statement finds."""
        ((value,),) = self.sql(statement)
        return value


class Told:
    """A service whose customers have what a test says: a list of items, or another answer.

    The rest, such as their list, is answered by `rest`.
    """

    def __init__(self, has: Mapping[str, Sequence[Item] | Step], rest: Step = "reset") -> None:
        self.has = dict(has)
        self.rest = rest
        self.server = Scripted(self._answer)

    def _answer(self, request: Request) -> Step:
        _, _, _, customer_id, *_ = f"{request.path}/".split("/")
        has = self.has.get(customer_id, self.rest)
        return has if isinstance(has, Answer | bytes | str) else Answer(has)

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()

    def look(self, ledger: Ledger, *customer_ids: str) -> list[CustomerResult]:
        """Look at customers, or at all of them, and write down what is seen."""
        with Client(TOKEN, base_url=self.server.url, max_retries=0) as client:
            return [*client.sweep(customer_ids or [*self.has], ledger=ledger, ordered=True)]


def ask(client: Client, ledger: Ledger | str, *customer_ids: str) -> None:
    """Ask for Education for customers, in their order."""
    wanted = [
        {"customer_id": each, "qualification": "Education", "education_segment": "K12"}
        for each in customer_ids
    ]
    outcomes = [result.outcome for result in client.apply(wanted, ledger=ledger)]
    assert outcomes == ["answered"] * len(wanted)


def write_down(place: Place, customer_id: str, state: str) -> None:
    """Write down a request as a run that was killed may have left it."""
    names = (
        "request_id, correlation_id, customer_id, qualification, body, state, created_at, number"
    )
    ids = str(uuid4()), str(uuid4()), customer_id
    values = (*ids, "Education", "{}", state, moment(LONG_AGO), 1)
    place.sql(f"INSERT INTO submissions ({names}) VALUES {values!r}")  # noqa: S608 - of our own


def moment(value: datetime) -> str:
    """Give a point in time as the columns of a ledger have it."""
    return f"{value:%Y-%m-%dT%H:%M:%S.%f}Z"


def columns(rows: Iterable[Mapping[str, Any]], *names: str) -> list[Any]:
    """Give these columns of some rows: of one alone its values, of several tuples."""
    found = [tuple(row[name] for name in names) for row in rows]
    return [value for (value,) in found] if len(names) == 1 else found
