"""A bulk of requests that is interrupted: by its user, by another run, by its own ledger."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from partnercenter_qual import Client, Emulator, Ledger, LedgerError, PartnerCenterError

from .asking import Row, held, outcomes, owned, posts, states
from .either import Either
from .ledgers import TENANT_ID, Place
from .planted import TOKEN, check
from .postgres import dump
from .scripted import Answer, Request, Scripted, Step
from .test_ledger_files import program
from .test_secrets import ERRORS, VALUES, echo
from .test_signals import interrupt
from .waiting import until

MANY = 120


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(customers=MANY, seed=7, vetting="manual") as emulator:
        yield emulator


@pytest.fixture
def rows(emulator: Emulator) -> list[Row]:
    return [owned(each) for each in emulator.customer_ids]


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "quals.db")


def check_recorded(emulator: Emulator, path: str) -> None:
    """Check that the ledger knows of each request that came, and that each may have been sent."""
    with Ledger(path) as ledger:
        known = {str(row["request_id"]): row["state"] for row in ledger.submissions()}
    for request in emulator.find_requests(method="POST", path="/qualifications"):
        assert known[request.request_id] in {"sending", "answered", "unknown"}


def check_goes_on(emulator: Emulator, rows: list[Row], path: str) -> None:
    """Run again: then each row is answered, and was carried out once."""
    emulator.clear_faults()
    check_recorded(emulator, path)
    with emulator.client() as client:
        results = [*client.apply(rows, ledger=path)]
    assert outcomes(results) == dict.fromkeys(range(1, len(rows) + 1), "answered")
    assert {*held(emulator).values()} == {1}
    assert len(emulator.effects) == len(rows)
    emulator.assert_each_posted_once()
    assert states(path) == {"answered": len(rows)}


RUNS = {
    "iterated": "for result in client.apply(rows, ledger=path): kept.append(result)",
    "collected": "client.apply(rows, ledger=path).collect()",
    "awaited": "asyncio.run(awaited.apply(rows, ledger=path).collect())",
}

PROGRAM = """
import asyncio, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits none
from partnercenter_qual import AsyncClient, Client
url, token, rows, path = {url!r}, {token!r}, {rows!r}, {path!r}
kept = []
client = Client(token, base_url=url)
awaited = AsyncClient(token, base_url=url)
print("ready", flush=True)
try:
    {statement}
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("kind", RUNS)
def test_ctrl_c_drops_requests_which_the_next_run_reads_back(
    emulator: Emulator, rows: list[Row], path: str, kind: str
) -> None:
    emulator.inject(method="POST", delay=60, times=None)
    program = PROGRAM.format(
        url=emulator.url, token=emulator.access_token(), rows=rows, path=path, statement=RUNS[kind]
    )
    assert interrupt(program, when=lambda: until(lambda: posts(emulator) == 16)) == ""
    found = states(path)
    assert {*found} <= {"intended", "sending"}
    assert "sending" in found
    assert "sending" in found
    assert found["sending"] >= 16
    check_goes_on(emulator, rows, path)


async def test_a_cancelled_task_drops_requests_which_the_next_run_reads_back(
    emulator: Emulator, rows: list[Row], path: str
) -> None:
    emulator.inject(method="POST", delay=60, customer_id=rows[9]["customer_id"])
    async with emulator.async_client() as client:
        run = client.apply(rows, ledger=path, max_concurrency=4)
        task = asyncio.create_task(run.collect())
        await asyncio.to_thread(until, lambda: len(emulator.effects) == MANY)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        assert "run apply again" in raised.value.__notes__[0]
        table = await run.collect()
    assert run.closed
    assert table.num_rows == run.done == run.counts["answered"] < MANY
    await asyncio.to_thread(check_goes_on, emulator, rows, path)


def test_a_client_that_is_closed_meanwhile_ends_the_run(
    either: Either, emulator: Emulator, rows: list[Row], path: str
) -> None:
    emulator.inject(method="POST", delay=0.05, times=None)
    client = either.client(emulator, max_concurrency=2)
    run = client.apply(rows, ledger=path)
    either.list(run, limit=2)
    either.close(client)
    with pytest.raises(RuntimeError, match="closed"):
        either.list(run)
    check_goes_on(emulator, rows, path)


class TestSecondRun:
    @pytest.fixture
    def rows(self, rows: list[Row]) -> list[Row]:
        """Have rows in the order in which they are sent."""
        return sorted(rows, key=lambda row: row["customer_id"])

    @pytest.fixture(autouse=True)
    def holding(self, emulator: Emulator, rows: list[Row]) -> None:
        """Have a run get one result, and wait for the other."""
        emulator.inject(method="POST", delay=60, customer_id=rows[1]["customer_id"])

    def test_one_of_the_same_process_is_refused_before_it_sends(
        self, either: Either, emulator: Emulator, rows: list[Row], path: str
    ) -> None:
        client = either.client(emulator, max_concurrency=1)
        with Ledger(path) as ledger, closing(client.apply(rows[:2], ledger=path)) as run:
            either.list(run, limit=1)
            until(lambda: posts(emulator) == 2)
            seen = len(emulator.journal)
            for place in (path, ledger):
                with pytest.raises(LedgerError, match="another apply") as raised:
                    either.list(either.client(emulator).apply(rows, ledger=place))
                assert raised.value.hint
            assert len(emulator.journal) == seen

    def test_one_of_another_process_is_refused_before_it_sends(
        self, emulator: Emulator, rows: list[Row], path: str, run_python: Callable[[str], str]
    ) -> None:
        with emulator.client(max_concurrency=1) as client, client.apply(rows, ledger=path) as run:
            next(run)
            until(lambda: posts(emulator) == 2)
            seen = len(emulator.journal)
            printed = run_python(f"""
from partnercenter_qual import Client, LedgerError
with Client({emulator.access_token()!r}, base_url={emulator.url!r}) as client:
    try:
        client.apply({rows!r}, ledger={path!r}).collect()
    except LedgerError as error:
        print(error)
""")
            assert "another apply" in printed
            assert len(emulator.journal) == seen

    def test_a_plan_and_questions_are_not(
        self, emulator: Emulator, rows: list[Row], path: str
    ) -> None:
        with emulator.client(max_concurrency=1) as client, client.apply(rows, ledger=path) as run:
            next(run)
            plan = client.apply(rows, ledger=path, dry_run=True)
            assert {row["action"] for row in plan} == {"skip", "send"}
            assert states(path)["answered"] == 1


def test_a_ledger_that_is_locked_meanwhile_ends_the_run(
    emulator: Emulator, rows: list[Row], path: str
) -> None:
    code = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
database.execute("BEGIN IMMEDIATE")
print("ready", flush=True)
sys.stdin.read()
"""
    emulator.inject(method="POST", delay=0.02, times=None)
    with emulator.client(max_concurrency=2) as client, Ledger(path) as ledger:
        run = client.apply(rows, ledger=ledger)
        next(run)
        with program(code, path), pytest.raises(LedgerError, match="locked by somebody else"):
            run.collect()
        check_recorded(emulator, path)
        assert posts(emulator) < MANY
        rest = client.apply(rows, ledger=ledger).collect()
        assert rest.num_rows == MANY
    check_goes_on(emulator, rows, path)


FULL_DISK = """
import json, sys
from pathlib import Path
from partnercenter_qual import Client, Ledger, LedgerError

folder, url, token, rows = Path(sys.argv[1]), *sys.argv[2:4], json.loads(sys.argv[4])
path, filler = folder / "quals.db", folder / "filler"

def fill(progress):
    if progress.done == 3:
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass

with Client(token, base_url=url, max_concurrency=2) as client:
    run = client.apply(rows, ledger=path, progress=fill)
    try:
        run.collect() if sys.argv[5] == "collected" else list(run)
    except LedgerError as error:
        print(json.dumps([str(error), run.counts]))
    filler.unlink()
    with Ledger(path) as ledger:
        print(json.dumps({row["request_id"]: row["state"] for row in ledger.submissions()}))
    print(json.dumps(client.apply(rows, ledger=path).collect().to_pandas()["outcome"].tolist()))
"""


def test_when_the_disk_is_full_nothing_more_is_sent(
    emulator: Emulator, rows: list[Row], tmp_path: Path
) -> None:
    emulator.inject(method="POST", delay=0.02, times=None)
    mount = 'folder=$1; mount -t tmpfs -o size=8m none "$folder" && shift && exec "$@"'
    arguments = [tmp_path, emulator.url, emulator.access_token(), json.dumps(rows), "iterated"]
    inner = [tmp_path, sys.executable, "-c", FULL_DISK, *arguments]
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh", *map(str, inner)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stderr
    (error, counts), known, again = map(json.loads, done.stdout.splitlines())
    assert "has no room: the disk is full" in error
    assert 3 <= counts["answered"] < MANY
    assert list(known.values()).count("intended") > 0
    assert list(known.values()).count("answered") >= counts["answered"]
    early = emulator.find_requests(method="POST", path="/qualifications")
    assert {*known} >= {request.request_id for request in early}
    assert again == ["answered"] * MANY
    assert {*held(emulator).values()} == {1}
    assert len(emulator.effects) == MANY
    emulator.assert_each_posted_once()


ECHOES = {**ERRORS, **{f"a value's {name}": answer for name, answer in VALUES.items()}}


def test_nothing_that_the_service_echoes_puts_a_secret_into_a_ledger(
    place: Place, tmp_path: Path
) -> None:
    ids = [f"0c39d6d5-c70d-4c55-bc02-{number:012}" for number in range(len(ECHOES))]
    answers = dict(zip(ids, ECHOES.values(), strict=True))

    def script(request: Request) -> Step:
        if request.method == "GET":
            return Answer([])
        return echo(answers[request.path.split("/")[3]])(request)

    with (
        Scripted(script) as server,
        Ledger(place.url, tenant_id=TENANT_ID) as ledger,
        Client(TOKEN, base_url=server.url, max_retries=0) as client,
    ):
        for each in ids:
            try:
                check(*client.apply([owned(each)], ledger=ledger))
            except PartnerCenterError as error:
                check(error)
        found = [*ledger.submissions()]
        assert len(found) == len(ECHOES)
        assert any("[redacted]" in str(row["error_message"]) for row in found)
        check(*found)
        files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        whole = dump(place.url) if place.is_shared else files
    assert ids[-1].encode() in whole
    check(whole.decode("latin-1"))
