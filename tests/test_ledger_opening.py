"""Where a ledger can be, where not, and whose it is."""

import asyncio
import pickle
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import (
    AccessToken,
    Client,
    ConfigurationError,
    Emulator,
    Ledger,
    LedgerError,
    PartnerCenterError,
)

from .either import Either
from .planted import PASSWORD, check, check_error
from .postgres import Postgres
from .scripted import CUSTOMER_ID, Answer, Scripted
from .test_forks import in_child

DOCUMENT = Path(__file__).parents[1] / "docs" / "ledger.md"
ROW = {"customer_id": CUSTOMER_ID, "qualification": "StateOwnedEntity"}
OTHER_TENANT = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a path where nothing is, in the folder that relative paths are in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "quals.db"


PLACES: dict[str, Callable[[Path], Any]] = {
    "name": lambda path: path.name,
    "path as text": str,
    "path": lambda path: path,
    "URL of a name": lambda path: f"sqlite:///{path.name}",
    "URL of a path": lambda path: f"sqlite:///{path}",
    "URL in capitals": lambda path: f"SQLite:///{path.name}",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_file_is_made_where_the_path_or_url_says(
    path: Path, place: Callable[[Path], Any]
) -> None:
    with Ledger(place(path)) as ledger:
        assert repr(ledger) == f"Ledger({str(path)!r})"
    assert path.read_bytes().startswith(b"SQLite format 3\0")


@pytest.mark.parametrize("name", ["a b.db", "a#b?c%20d.db", "ünï.db", "C:x.db", "file:x.db", "x"])
def test_a_file_may_have_any_name(path: Path, name: str) -> None:
    with Ledger(name):
        assert (path.parent / name).exists()


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.touch()
    with Ledger(path) as ledger:
        assert len(ledger.latest()) == 0


def test_what_is_written_is_there_when_it_is_opened_again(path: Path, emulator: Emulator) -> None:
    with emulator.client() as client:
        client.sweep(ledger=path).collect()
    with Ledger(path) as ledger:
        assert {row["customer_id"] for row in ledger.latest()} == {*emulator.customer_ids}


def test_it_is_kept_in_wal_mode(path: Path) -> None:
    Ledger(path).close()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


BAD_URLS: list[Any] = [
    None,
    5,
    b"quals.db",
    "",
    "a\0b",
    ":memory:",
    ".",
    "sqlite:",
    "sqlite://",
    "sqlite:///",
    "sqlite:quals.db",
    "sqlite://quals.db",
    "sqlite:///:memory:",
    "sqlite:///quals.db?mode=ro",
    "sqlite:///no/such/quals.db",
    "no/such/quals.db",
    "mysql://me@host/quals",
    "https://partner.example/",
    "postgresql://",
    "postgresql://me@host",
    "postgresql://me@host:port/quals",
    "postgresql://me@host/quals?sslmode=nonsense",
]


@pytest.mark.parametrize("url", BAD_URLS)
def test_what_is_no_place_for_a_ledger_is_refused(path: Path, url: Any) -> None:  # noqa: ANN401 - of any type
    with pytest.raises(ConfigurationError, match=r"^url: ") as raised:
        Ledger(url)
    assert (raised.value.field, bool(raised.value.cure)) == ("url", True)
    assert list(path.parent.iterdir()) == []


def test_a_relative_path_with_too_few_slashes_is_explained(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="four slashes"):
        Ledger(f"sqlite://{path}/no/quals.db")


SECRET_URLS = [
    f"mysql://me:{PASSWORD}@host/quals",
    f"mysql://host/quals?password={PASSWORD}",
    f"postgresql://me:{PASSWORD}@host",
    f"postgresql://me:{PASSWORD}@host:port/quals",
    f"postgresql://me:a/{PASSWORD}@host/quals",
    f"postgresql://me:{PASSWORD}/@host/quals",
    f"postgresql://me:{PASSWORD}@host/quals?sslmode=nonsense",
    f"postgresql://me@host:port/quals?password={PASSWORD}",
    f"postgresql://me@host/quals?sslmode=nonsense&password={PASSWORD}",
    f"sqlite://me:{PASSWORD}@host/quals",
    f"sqlite:///quals.db?password={PASSWORD}",
    f"me:{PASSWORD}@host/quals",
    f"//me:{PASSWORD}@host/quals",
    f"postgresql:me:{PASSWORD}@127.0.0.1/quals",
]


@pytest.mark.parametrize("url", SECRET_URLS)
def test_a_refused_url_does_not_show_its_password(path: Path, url: str) -> None:
    with pytest.raises(PartnerCenterError) as raised:
        Ledger(url)
    check_error(raised.value)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("lease", 0),
        ("lease", 86_401),
        ("lease", float("nan")),
        ("lease", "60"),
        ("tenant_id", "x"),
        ("tenant_id", 5),
    ],
)
def test_a_bad_option_is_refused_before_a_file_is_made(
    path: Path, option: str, value: object
) -> None:
    with pytest.raises(ConfigurationError, match=f"^{option}: ") as raised:
        Ledger(path, **{option: value})  # type: ignore[arg-type] # that is the point
    assert raised.value.field == option
    assert not path.exists()


class TestPostgres:
    def test_its_schema_is_made(self, postgres: Postgres, postgres_url: str) -> None:
        with Ledger(postgres_url) as ledger:
            assert repr(ledger) == f"Ledger({postgres_url!r})"
        schemas = "SELECT DISTINCT table_schema FROM information_schema.tables"
        assert "partnercenter_qual" in postgres.query(schemas, _database(postgres_url)).split()

    def test_the_url_names_another_schema(self, postgres: Postgres, postgres_url: str) -> None:
        postgres.query("CREATE SCHEMA mine", _database(postgres_url))
        with Ledger(f"{postgres_url}?options=-c%20search_path%3Dmine") as ledger:
            assert len(ledger.latest()) == 0
        found = "SELECT table_schema FROM information_schema.tables WHERE table_name = 'ledger'"
        assert postgres.query(found, _database(postgres_url)) == "mine\n"

    def test_a_database_that_is_not_there_is_named(self, postgres_url: str) -> None:
        with pytest.raises(LedgerError, match=r"no such database: .*nowhere") as raised:
            Ledger(postgres_url.replace(_database(postgres_url), "nowhere"))
        assert raised.value.hint
        assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)  # noqa: S301 - our own

    def test_a_server_that_is_not_there_is_told_of(self) -> None:
        with pytest.raises(LedgerError, match="cannot be reached") as raised:
            Ledger(f"postgresql://me:{PASSWORD}@127.0.0.1:9/quals")
        check_error(raised.value)

    @pytest.mark.parametrize("table", ["ledger (x int)", "submissions (x int)"])
    def test_tables_of_something_else_are_no_ledger(
        self, postgres: Postgres, postgres_url: str, table: str
    ) -> None:
        database = _database(postgres_url)
        postgres.query("CREATE SCHEMA partnercenter_qual", database)
        postgres.query(f"CREATE TABLE partnercenter_qual.{table}", database)
        with pytest.raises(LedgerError, match="is no ledger"):
            Ledger(postgres_url)
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = "
        assert postgres.query(f"{tables}'partnercenter_qual'", database) == "1\n"

    def test_a_newer_version_is_refused(self, postgres: Postgres, postgres_url: str) -> None:
        Ledger(postgres_url).close()
        newer = "UPDATE partnercenter_qual.ledger SET version = 99"
        postgres.query(newer, _database(postgres_url))
        with pytest.raises(LedgerError, match="has version 99"):
            Ledger(postgres_url)

    @pytest.mark.parametrize("form", ["postgres:{}@", "postgres@"])
    def test_its_password_is_not_shown(self, postgres_url: str, form: str) -> None:
        url = postgres_url.replace("postgres@", form.format(PASSWORD))
        if PASSWORD not in url:
            url += f"?password={PASSWORD}"
        with Ledger(url) as ledger:
            check(ledger)
            with pytest.raises(TypeError, match="PGPASSWORD") as raised:
                pickle.dumps(ledger)
            check(raised.value)


class TestTenant:
    def test_a_ledger_is_of_the_first_client_that_uses_it(
        self, either: Either, path: Path, emulator: Emulator
    ) -> None:
        either.call(either.client(emulator).sweep(ledger=path).collect)
        with Emulator(5, seed=8) as other:
            client = either.client(other)
            row = ROW | {"customer_id": other.customer_ids[0]}
            for use in (
                lambda: either.call(client.sweep(ledger=path).collect),
                lambda: either.list(client.apply([row], ledger=path)),
                lambda: either.call(client.apply, [row], ledger=path, dry_run=True),
            ):
                with pytest.raises(LedgerError, match=emulator.tenant_id) as raised:
                    use()
                assert other.tenant_id in str(raised.value)
            assert other.find_requests(path="qualification") == []

    def test_the_tenant_that_is_passed_is_its_tenant(self, path: Path, emulator: Emulator) -> None:
        with Ledger(path, tenant_id=OTHER_TENANT.upper()) as ledger, emulator.client() as client:
            with pytest.raises(LedgerError, match=OTHER_TENANT):
                client.sweep(ledger=ledger).collect()
            with pytest.raises(LedgerError, match=OTHER_TENANT):
                Ledger(path, tenant_id=emulator.tenant_id)

    def test_a_token_that_names_no_tenant_needs_one(self, either: Either, path: Path) -> None:
        with Scripted([Answer([])]) as server:
            client = either.client(server, credential=AccessToken("opaque"))
            with pytest.raises(LedgerError, match=r"Ledger\(url, tenant_id=\.\.\.\)"):
                either.list(client.apply([ROW], ledger=path))
            assert server.requests == []
            with Ledger(path, tenant_id=OTHER_TENANT) as ledger:
                (row,) = either.call(client.apply, [ROW], ledger=ledger, dry_run=True)
            assert row["action"] == "send"


class TestLife:
    def test_a_closed_one_says_so(self, path: Path, client: Client) -> None:
        ledger = Ledger(path)
        ledger.close()
        ledger.close()
        for use in (
            ledger.latest,
            ledger.pending,
            lambda: client.apply([ROW], ledger=ledger),
            lambda: client.sweep(ledger=ledger).collect(),
            lambda: client.watch(ledger=ledger),
        ):
            with pytest.raises(RuntimeError, match="closed"):
                use()

    def test_leaving_its_context_closes_it(self, path: Path) -> None:
        with Ledger(path) as ledger:
            assert len(ledger.latest()) == 0
        with pytest.raises(RuntimeError, match="closed"):
            ledger.latest()
        assert sorted(each.name for each in path.parent.iterdir()) == ["quals.db"]

    def test_a_pickle_opens_the_same_file(self, path: Path, client: Client) -> None:
        with Ledger(path, lease=5) as ledger:
            client.sweep(ledger=ledger).collect()
            with pickle.loads(pickle.dumps(ledger)) as copy:  # noqa: S301 - our own
                assert len(copy.latest()) == 5

    def test_a_pickle_of_a_relative_path_opens_the_same_file_from_elsewhere(
        self, path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Ledger(path.name) as ledger:
            client.sweep(ledger=ledger).collect()
            (path.parent / "elsewhere").mkdir()
            monkeypatch.chdir(path.parent / "elsewhere")
            with pickle.loads(pickle.dumps(ledger)) as copy:  # noqa: S301 - our own
                assert len(copy.latest()) == 5

    @pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
    def test_a_forked_child_opens_its_own(self, path: Path, client: Client) -> None:
        def inherit() -> None:
            with pytest.raises(RuntimeError, match="fork"):
                ledger.latest()
            with Ledger(path.with_name("other.db")) as own:
                assert len(own.latest()) == 0

        with Ledger(path) as ledger:
            client.sweep(ledger=ledger).collect()
            in_child(inherit)
            assert len(ledger.latest()) == 5

    async def test_it_is_asked_from_threads_too(self, path: Path) -> None:
        with Ledger(path) as ledger:
            asked = (asyncio.to_thread(ledger.submissions) for _ in range(300))
            assert [len(table) for table in await asyncio.gather(*asked)] == [0] * 300


@pytest.mark.parametrize("table", ["submissions", "observations"])
def test_the_documented_columns_are_those_that_there_are(
    path: Path, postgres: Postgres, postgres_url: str, table: str
) -> None:
    Ledger(path).close()
    Ledger(postgres_url).close()
    with closing(sqlite3.connect(path)) as database:
        in_file = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    columns = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"  # noqa: S608 - ours
    on_server = postgres.query(columns, _database(postgres_url)).split()
    assert sorted(in_file) == sorted(on_server) == sorted(_documented(table))


def _documented(table: str) -> list[str]:
    text = DOCUMENT.read_text(encoding="utf-8").partition(f"### `{table}`")[2].partition("###")[0]
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def _database(url: str) -> str:
    return url.rpartition("/")[2]
