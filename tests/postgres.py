"""A PostgreSQL server of the tests' own, on a free port of 127.0.0.1.

with Postgres() as server:
    url = server.create_database()

As a program it tells where the server's programs are, or what is needed:

python -m tests.postgres
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Self

PATIENCE = 60.0  # seconds
PORTS_TRIED = 5
PROGRAMS = ("initdb", "pg_dump", "postgres", "psql")
NEEDED = (
    "Needed: a PostgreSQL server, with its programs on the PATH, where pg_config says, or in "
    "/usr/lib/postgresql/*/bin (Debian, Ubuntu: postgresql)."
)

# Runs the server until it ends or standard input does, which it does however the tests end.
# Nobody wants the data any more then, so the server need not write them down.
KEEPER = """
folder=$1; shift
exec 3<&0
"$@" 3<&- &
server=$!
{ cat <&3 >/dev/null; kill -QUIT "$server"; } 2>/dev/null &
watcher=$!
wait "$server"
kill "$watcher"
rm -rf "$folder"
"""

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
}


class Postgres:
    """The server, from `start` to `stop` or from entry to exit of its context.

    It ends with the process that started it, even when that is killed. Without `fsync` it is
    quicker, and its data do not outlast a crash of the machine.
    """

    def __init__(self, *, fsync: bool = True) -> None:
        self._settings = SETTINGS | {"fsync": "on" if fsync else "off"}
        self._numbers = count(1)
        self._keeper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Make an empty cluster, and wait until the server takes connections."""
        self._programs = find_programs()
        for _ in range(PORTS_TRIED):
            self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 - `stop` closes it
            try:
                self._initialize()
                self._launch(_free_port())
                if self._is_ready():
                    return
            except BaseException:
                self.stop()
                raise
            self.stop()
        raise RuntimeError("no port was free")

    def stop(self) -> None:
        """End the server, and remove all that it wrote."""
        if self._keeper is not None:
            _end(self._keeper)
            self._keeper = None
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Give where a database is."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def create_database(self) -> str:
        """Make an empty database, and give its URL."""
        name = f"test_{next(self._numbers)}"
        self.query(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def query(self, sql: str, database: str = "postgres") -> str:
        """Give what psql prints for a statement: a line for each row, `|` between columns."""
        options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
        url = self.url(database)
        command = ["psql", *options, "--set=ON_ERROR_STOP=1", "--dbname", url, "--command", sql]
        return self._run(command)

    def log_size(self) -> int:
        """Give how many bytes the server has logged."""
        return os.fstat(self._log.fileno()).st_size

    def log(self, since: int = 0) -> str:
        """Give what the server logged, from a size of its log on."""
        size = max(0, self.log_size() - since)
        return os.pread(self._log.fileno(), size, since).decode(errors="replace")

    def _initialize(self) -> None:
        if _is_root():
            shutil.chown(self._folder, _nobody().pw_uid)
        options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]
        self._run(["initdb", "--no-sync", *options, "--pgdata", str(self._data)])

    def _launch(self, port: int) -> None:
        self._port = port
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        server = [self._program("postgres"), "-D", str(self._data), "-p", str(port), *settings]
        self._keeper = subprocess.Popen(
            ["sh", "-c", KEEPER, "sh", str(self._folder), *server],  # noqa: S607 - POSIX has it
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C is for the tests, which then end it
            **self._surroundings(),
        )

    def _is_ready(self) -> bool:
        """Wait for the server; False says that another took its port first."""
        assert self._keeper is not None
        end = time.monotonic() + PATIENCE
        while self._keeper.poll() is None and time.monotonic() < end:
            if "ready to accept connections" in self.log():
                return True
            time.sleep(0.02)
        if "could not bind" not in self.log():
            self._fail("the server does not start")
        return False

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _program(self, name: str) -> str:
        return str(self._programs / name)

    def _run(self, command: list[str]) -> str:
        program, *arguments = command
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [self._program(program), *arguments],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            **self._surroundings(),
        )
        if done.returncode != 0:
            self._fail(f"{program}: {done.stderr}")
        return done.stdout

    def _surroundings(self) -> dict[str, Any]:
        """Give where and as whom the programs run, and what may not lead them to another server."""
        environment = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
        common = {"cwd": self._folder, "env": environment | {"LC_ALL": "C", "TZ": "UTC"}}
        if not _is_root():
            return common
        user = _nobody()
        return common | {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def _fail(self, why: str) -> None:
        message = f"{why}\nThe log of PostgreSQL:\n{self.log()}"
        raise RuntimeError(message)


def find_programs() -> Path:
    """Give the folder of the newest server's programs."""
    for folder in _folders():
        if all(os.access(folder / program, os.X_OK) for program in PROGRAMS):
            return folder
    raise RuntimeError(NEEDED)


def dump(url: str) -> bytes:
    """Give all that a database holds, as SQL."""
    command = [str(find_programs() / "pg_dump"), "--dbname", url]
    return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=True).stdout


def _folders() -> Iterator[Path]:
    for folder in os.get_exec_path():
        yield Path(folder)
    tool = shutil.which("pg_config")
    if tool is not None:
        told = subprocess.run([tool, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(told.stdout.strip())
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda folder: float(folder.parent.name), reverse=True)


def _is_root() -> bool:
    return os.geteuid() == 0


def _nobody() -> pwd.struct_passwd:
    """Give an account that the server may run as: it refuses to be root."""
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    return accounts.get("postgres") or accounts["nobody"]


def _end(keeper: subprocess.Popen[bytes]) -> None:
    assert keeper.stdin is not None
    keeper.stdin.close()
    try:
        keeper.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(keeper.pid, signal.SIGKILL)
        keeper.wait()
        raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{find_programs()}\n")
    except RuntimeError as needed:
        sys.exit(str(needed))
