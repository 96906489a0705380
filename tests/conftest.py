"""What the tests share: hypothesis profiles, an emulator and clients of it, a database server."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from partnercenter_qual import AsyncClient, Client, Emulator

from .commands import Pcq
from .either import Awaited, Blocking, Either
from .ledgers import Place
from .postgres import Postgres

# Runs pytest itself, for the tests of our plugin.
pytest_plugins = ["pytester"]

# `fast` draws the same examples every time, so that a red run is the change's doing.
# `slow` looks for new ones.
settings.register_profile("fast", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("slow", max_examples=5_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


@pytest.fixture(params=["sync", "async"])
def either(request: pytest.FixtureRequest) -> Iterator[Either]:
    """Run a test with either client."""
    if request.param == "sync":
        either: Either = Blocking()
        yield either
        either.close_all()
        return
    with asyncio.Runner() as runner:
        either = Awaited(runner)
        yield either
        either.close_all()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(customers=5, seed=7) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    with emulator.client() as client:
        yield client


@pytest.fixture
def pcq(emulator: Emulator, tmp_path: Path) -> Pcq:
    """Give the command line, for which the emulator is the service."""
    return Pcq(emulator, tmp_path)


@pytest.fixture
def application(emulator: Emulator) -> dict[str, str]:
    """Give what a profile says of the emulator's application."""
    return {"tenant_id": emulator.tenant_id, "client_id": emulator.client_id}


@pytest.fixture
async def async_client(emulator: Emulator) -> AsyncIterator[AsyncClient]:
    async with emulator.async_client() as client:
        yield client


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as postgres:
        yield postgres


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """Give an empty database; under a test that fails, pytest shows what the server logged."""
    logged = postgres.log_size()
    yield postgres.create_database()
    print(postgres.log(logged))  # noqa: T201 - as above


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Run a test with a ledger in either database, which is not made yet."""
    if request.param == "sqlite":
        return Place(str(tmp_path / "quals.db"))
    url: str = request.getfixturevalue("postgres_url")
    return Place(url, request.getfixturevalue("postgres"))


@pytest.fixture
def run_python() -> Callable[[str], str]:
    """Run code in a fresh interpreter and give what it printed."""

    def run(code: str) -> str:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def own_trust_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep requests, and all that is built on it, from preferring the environment's authorities."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
