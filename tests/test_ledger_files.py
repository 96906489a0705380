"""Files that are no ledger, not whole or not ours to write; and files that several have open."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from partnercenter_qual import Apply, Client, Emulator, Ledger, LedgerError

from .asking import owned, states
from .test_forks import in_child

NOBODY = 65_534
TENANT_ID = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "quals.db"


@contextmanager
def program(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run code in another process, which is at work once it has printed a line."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def read_elsewhere(path: Path) -> int:
    """Count requests in another process, which then closes the file."""
    code = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
print(database.execute("SELECT count(*) FROM submissions").fetchone()[0])
database.close()
"""
    command = [sys.executable, "-c", code, str(path)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout)


class TestNoLedger:
    @pytest.mark.parametrize(
        "content", [b"hello", b"customer_id,qualification\n" * 500, bytes(8192)]
    )
    def test_another_file_is_left_as_it_is(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        with pytest.raises(LedgerError, match="is no ledger") as raised:
            Ledger(path)
        assert str(path) in str(raised.value)
        assert raised.value.hint
        assert path.read_bytes() == content
        assert [*path.parent.iterdir()] == [path]

    @pytest.mark.parametrize("table", ["ledger", "submissions", "invoices"])
    @pytest.mark.parametrize("mode", ["DELETE", "WAL"])
    def test_another_database_is_left_as_it_is(self, path: Path, table: str, mode: str) -> None:
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"PRAGMA journal_mode = {mode}")
            database.execute(f"CREATE TABLE {table} (version INTEGER)")
        content = path.read_bytes()
        with pytest.raises(LedgerError, match="database of something else"):
            Ledger(path)
        assert path.read_bytes() == content
        assert [*path.parent.iterdir()] == [path]

    def test_a_device_is_none(self) -> None:
        with pytest.raises(LedgerError, match="is no ledger"):
            Ledger("/dev/null")

    def test_a_newer_version_is_left_as_it_is(self, path: Path) -> None:
        Ledger(path).close()
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE ledger SET version = 99")
        content = path.read_bytes()
        with pytest.raises(LedgerError, match="has version 99") as raised:
            Ledger(path)
        assert "newer partnercenter_qual" in str(raised.value.hint)
        assert path.read_bytes() == content


class TestRights:
    @pytest.fixture
    def shared(self) -> Iterator[Path]:
        """Give a folder that everybody may look into: pytest's are their owner's alone."""
        folder = Path(tempfile.mkdtemp())
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)
        shutil.rmtree(folder)

    def test_a_file_that_is_read_only_is_refused(self, shared: Path) -> None:
        path = shared / "quals.db"
        Ledger(path).close()
        path.chmod(0o444)
        with unprivileged(), pytest.raises(LedgerError, match="is read-only") as raised:
            Ledger(path)
        assert "the right to" in str(raised.value.hint)

    @pytest.mark.parametrize("exists", [True, False])
    def test_a_folder_that_is_read_only_is_refused(self, shared: Path, exists: bool) -> None:  # noqa: FBT001 - a parameter of the test
        path = shared / "quals.db"
        if exists:
            Ledger(path).close()
            path.chmod(0o666)
        shared.chmod(0o555)
        with unprivileged(), pytest.raises(LedgerError) as raised:
            Ledger(path)
        assert "the right to" in str(raised.value.hint)
        assert "in its folder" in str(raised.value.hint) or "its folder" in str(raised.value.hint)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Be nobody where one is root, whom no mode keeps out."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_file_that_another_process_keeps_locked_is_refused(path: Path) -> None:
    code = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("ready", flush=True)
sys.stdin.read()
"""
    Ledger(path).close()
    with program(code, path), pytest.raises(LedgerError, match="locked by somebody else") as raised:
        Ledger(path)
    assert "wait" in str(raised.value.hint)
    with Ledger(path) as ledger:
        assert len(ledger.submissions()) == 0


class TestDamage:
    @pytest.fixture
    def whole(self, path: Path) -> bytes:
        """Give what a ledger with some rows is made of."""
        with (
            Emulator(customers=200) as emulator,
            emulator.client() as client,
            Ledger(path) as ledger,
        ):
            client.sweep(ledger=ledger).collect()
        return path.read_bytes()

    def test_what_was_overwritten_in_the_middle_is_damaged(self, path: Path, whole: bytes) -> None:
        half = len(whole) // 2
        path.write_bytes(whole[:half] + b"\xff" * 16_384 + whole[half + 16_384 :])
        with pytest.raises(LedgerError, match="is damaged") as raised:
            ask(path)
        assert "a copy" in str(raised.value.hint)

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
    def test_what_was_cut_short_is_damaged(self, path: Path, whole: bytes, share: float) -> None:
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(LedgerError, match="is damaged"):
            ask(path)


def ask(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.latest()
        ledger.changes()


SMALL_DISK = """
import sys
from pathlib import Path
from partnercenter_qual import Client, Ledger, LedgerError

def fill(folder):
    with (folder / "filler").open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass

path, url, token = Path(sys.argv[1]) / "quals.db", *sys.argv[2:]
ledger = Ledger(path)
with Client(token, base_url=url) as client:
    client.sweep(ledger=ledger).collect()
    before = len(ledger.latest())
    try:
        fill(path.parent)
    except OSError:
        pass
    for place in (ledger, path.parent / "new.db"):
        try:
            client.sweep(ledger=place).collect()
        except LedgerError as error:
            print(error)
    (path.parent / "filler").unlink()
    assert len(ledger.latest()) == before
    client.sweep(ledger=ledger).collect()
"""


def test_on_a_full_disk_it_says_so_and_goes_on_when_there_is_room(
    emulator: Emulator, tmp_path: Path
) -> None:
    mount = 'mount -t tmpfs -o size=8m none "$1" && exec "$2" -c "$3" "$1" "$4" "$5"'
    parts = [tmp_path, sys.executable, SMALL_DISK, emulator.url, emulator.access_token()]
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh", *map(str, parts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert "room" in first
    assert "room" in second


class TestMoved:
    """During a run the file leaves its place, with what was written lately still beside it."""

    @pytest.fixture
    def run(self, path: Path, client: Client, emulator: Emulator) -> Apply:
        """Give a run that has begun, whose requests take their time."""
        emulator.inject(method="POST", delay=0.5, times=None)
        rows = [owned(each) for each in emulator.customer_ids]
        run = client.apply(rows, ledger=path, max_concurrency=1)
        next(run)
        return run

    def test_another_file_in_its_place_ends_the_run_and_stays_whole(
        self, path: Path, tmp_path: Path, emulator: Emulator, run: Apply
    ) -> None:
        other = tmp_path / "other.db"
        with emulator.client() as client:
            client.sweep(ledger=other).collect()
        other.replace(path)
        with pytest.raises(LedgerError, match=r"is gone: its file was moved, removed or replaced"):
            run.collect()
        run.close()
        assert not states(path)
        with Ledger(path) as ledger:
            assert len(ledger.latest()) == len(emulator.customer_ids)

    def test_it_has_all_that_was_written_where_it_is_now(
        self, path: Path, tmp_path: Path, emulator: Emulator, run: Apply
    ) -> None:
        moved = path.rename(tmp_path / "moved.db")
        with pytest.raises(LedgerError, match=r"is gone"):
            run.collect()
        run.close()
        with emulator.client() as client:
            emulator.clear_faults()
            rows = [owned(each) for each in emulator.customer_ids]
            assert client.apply(rows, ledger=moved).collect().counts == {"answered": len(rows)}
        assert states(moved) == {"answered": len(rows)}
        emulator.assert_each_posted_once()


class TestAtOnce:
    @pytest.mark.parametrize("kind", ["file", "server"])
    def test_many_processes_make_one_ledger(self, kind: str, path: Path, postgres_url: str) -> None:
        code = """
import sys
from partnercenter_qual import Ledger
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    with Ledger(f"{sys.argv[1]}{number or ''}", tenant_id=sys.argv[2]) as ledger:
        assert len(ledger.submissions()) == 0
print("made")
"""
        url, times = (path, 20) if kind == "file" else (postgres_url, 1)
        with ExitStack() as stack:
            makers = [stack.enter_context(program(code, url, TENANT_ID, times)) for _ in range(8)]
            for maker in makers:
                assert maker.stdin is not None
                maker.stdin.write("go\n")
                maker.stdin.flush()
            assert [maker.communicate()[0] for maker in makers] == ["made\n"] * 8

    def test_opening_it_again_leaves_it_safe_from_others(
        self, path: Path, client: Client, emulator: Emulator
    ) -> None:
        rows = [owned(each) for each in emulator.customer_ids]
        with Ledger(path) as ledger:
            client.apply(rows[:1], ledger=ledger).collect()
            Ledger(path).close()
            assert read_elsewhere(path) == 1
            client.apply(rows[1:2], ledger=ledger).collect()
            assert read_elsewhere(path) == 2

    def test_opening_it_again_during_a_run_leaves_that_safe_from_others(
        self, path: Path, client: Client, emulator: Emulator
    ) -> None:
        rows = [owned(each) for each in emulator.customer_ids]
        emulator.inject(method="POST", delay=2, customer_id=emulator.customer_ids[1])
        run = client.apply(rows, ledger=path, max_concurrency=1)
        next(run)
        Ledger(path).close()
        assert read_elsewhere(path) == len(rows)
        assert Path(f"{path}-wal").exists()  # the run writes to it
        assert [result.outcome for result in run] == ["answered"] * (len(rows) - 1)
        assert states(path) == {"answered": len(rows)}

    def test_another_process_reads_it_while_it_is_written(
        self, path: Path, client: Client, emulator: Emulator
    ) -> None:
        rows = [owned(each) for each in emulator.customer_ids]
        with Ledger(path) as ledger:
            for done, row in enumerate(rows, 1):
                client.apply([row], ledger=ledger).collect()
                assert read_elsewhere(path) == done

    @pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
    def test_a_forked_child_opens_the_same(
        self, path: Path, client: Client, emulator: Emulator
    ) -> None:
        def work() -> None:
            with (
                Ledger(path) as own,
                Client(emulator_token, base_url=emulator_url) as fresh,
            ):
                assert len(fresh.sweep(ledger=own).collect()) == 5
                assert len(own.latest()) == 5

        emulator_url, emulator_token = emulator.url, emulator.access_token()
        with Ledger(path) as ledger:
            client.sweep(emulator.customer_ids[:1], ledger=ledger).collect()
            in_child(work)
            assert len(ledger.latest()) == 5
