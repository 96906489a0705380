"""Bad options: refused when the client is made, with an error that names them and the cure."""

import copy
import inspect
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import AsyncClient, Client, ConfigurationError, Emulator

NO_TEXT: list[Any] = [5, True, b"x", ["x"], "\udcff"]
NO_SECONDS: list[Any] = [
    float("nan"),
    float("inf"),
    float("-inf"),
    0,
    0.0,
    -1,
    1e300,
    10**400,
    604_801,
    1e-30,
    True,
    "5",
    None,
]
NO_COUNT: list[Any] = [-1, 1.5, 10**30, True, "4"]
NO_SERVICE: list[Any] = [
    "",
    "partner.example",
    "/v1",
    "http://partner.example",
    "http://10.0.0.1",
    "http://127.0.0.1.partner.example",
    "http://localhost.partner.example",
    "http://127.0.0.1@partner.example",
    "http://[2001:db8::1]",
    "https://",
    "https://user:hunter2@partner.example",
    "http://user:hunter2@partner.example",
    "https://user:hunter2@partner.example:99999",
    "https://user@partner.example",
    "https://partner.example?x=1",
    "https://partner.example#x",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "javascript:alert(1)",
    *NO_TEXT,
]
NO_PROXY: list[Any] = [
    "",
    "proxy.example:8080",
    "socks5://proxy.example:1080",
    "ftp://proxy.example",
    "http://",
    "http://user:hunter2@",
    "http://user:hunter2@proxy.example:99999",
    *NO_TEXT,
]
NO_HEADER: list[Any] = ["", " ", "a\nb", "a\r\nX-Evil: 1", "a\0", "é", "x" * 300, *NO_TEXT]

BAD: dict[str, list[Any]] = {
    "cloud": ["mars", "", None, *NO_TEXT],
    "base_url": NO_SERVICE,
    "authority": NO_SERVICE,
    "timeout": NO_SECONDS,
    "connect_timeout": NO_SECONDS,
    "max_retries": [*NO_COUNT, None],
    "max_concurrency": [0, 1025, *NO_COUNT, None],
    "requests_per_minute": [0, *NO_COUNT],
    "proxy": NO_PROXY,
    "ca_bundle": ["", "/no/such/file.pem", "/", 5, True, ["x"]],
    "application_name": NO_HEADER,
    "locale": NO_HEADER,
}
FIXED = {"cloud", "base_url", "authority"}

both_classes = pytest.mark.parametrize("kind", [Client, AsyncClient])


@dataclass(frozen=True)
class Case:
    """One value that an option may not have."""

    option: str
    value: Any
    number: int

    def __str__(self) -> str:
        return f"{self.option}-{self.number}-{ascii(self.value)[:40]}"


CASES = [
    Case(option, value, number)
    for option, values in BAD.items()
    for number, value in enumerate(values)
]


def check(error: ConfigurationError, option: str) -> None:
    assert isinstance(error, ValueError)
    assert error.field == option
    assert error.cure
    assert str(error).startswith(f"{option}: ")
    assert error.args[0].endswith(error.cure)
    assert len(str(error)) < 400
    assert "\n" not in str(error)
    assert "hunter2" not in str(error) + repr(vars(error))


@pytest.fixture
def client() -> Iterator[Client]:
    with Client("a-token") as client:
        yield client


@both_classes
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_bad_option_is_refused(kind: type[Client] | type[AsyncClient], case: Case) -> None:
    with pytest.raises(ConfigurationError) as raised:
        kind("a-token", **{case.option: case.value})
    check(raised.value, case.option)


@pytest.mark.parametrize("case", [case for case in CASES if case.option not in FIXED], ids=str)
def test_a_bad_change_is_refused(client: Client, case: Case) -> None:
    with pytest.raises(ConfigurationError) as raised:
        client.with_options(**{case.option: case.value})
    check(raised.value, case.option)


@both_classes
@pytest.mark.parametrize("content", [b"", b"not a certificate", b"\xff\xfe\0"])
def test_a_bundle_without_a_certificate_is_refused(
    kind: type[Client] | type[AsyncClient], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "bundle.pem"
    path.write_bytes(content)
    for bundle in (path, str(path)):
        with pytest.raises(ConfigurationError) as raised:
            kind("a-token", ca_bundle=bundle)
        check(raised.value, "ca_bundle")


@both_classes
def test_an_unknown_option_is_a_type_error(kind: type[Client] | type[AsyncClient]) -> None:
    options: dict[str, Any] = {"verify": False}
    with pytest.raises(TypeError, match="verify"):
        kind("a-token", **options)
    with pytest.raises(TypeError, match="verify"):
        kind("a-token").with_options(**options)


@both_classes
@pytest.mark.parametrize("name", ["credential", *sorted(FIXED)])
def test_what_makes_another_service_cannot_be_changed(
    kind: type[Client] | type[AsyncClient], name: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        kind("a-token").with_options(**{name: "https://partner.example"})
    assert raised.value.field == name
    assert raised.value.cure


GOOD: list[dict[str, Any]] = [
    {"timeout": 1, "connect_timeout": 0.001},
    {"timeout": 604_800},
    {"max_retries": 0},
    {"max_concurrency": 1024},
    {"requests_per_minute": None},
    {"cloud": "China"},
    {"base_url": "https://partner.example/prefix/v1/"},
    {"base_url": "http://localhost:8080", "authority": "http://[::1]:8080"},
    {"base_url": " https://partner.example "},
    {"proxy": "http://user:hunter2@proxy.example:8080"},
    {"application_name": "My School 1.0", "locale": "de-DE"},
    {"proxy": None, "ca_bundle": None, "application_name": None, "locale": None},
]


@both_classes
@pytest.mark.parametrize("options", GOOD, ids=str)
def test_a_good_option_is_taken(
    kind: type[Client] | type[AsyncClient], options: dict[str, Any]
) -> None:
    client = kind("a-token", **options)
    assert "hunter2" not in repr(client)
    assert "partner" in repr(client) or "localhost" in repr(client)


CLOUDS = {
    "global": "https://api.partnercenter.microsoft.com",
    "china": "https://partner.partnercenterapi.microsoftonline.cn",
}


def fetched() -> str:
    return "a-token"


@both_classes
class TestCloud:
    def test_the_environments_stands_in_for_the_one_not_passed(
        self, kind: type[Client] | type[AsyncClient], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PARTNERCENTER_CLOUD", "china")
        assert repr(CLOUDS["china"]) in repr(kind("a-token"))
        assert repr(CLOUDS["global"]) in repr(kind("a-token", cloud="global"))
        monkeypatch.setenv("PARTNERCENTER_CLOUD", "")
        assert repr(CLOUDS["global"]) in repr(kind("a-token"))

    def test_a_bad_one_of_the_environment_is_refused(
        self, kind: type[Client] | type[AsyncClient], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PARTNERCENTER_CLOUD", "mars")
        with pytest.raises(ConfigurationError) as raised:
            kind("a-token")
        check(raised.value, "cloud")

    def test_which_it_was_survives_pickling(
        self, kind: type[Client] | type[AsyncClient], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PARTNERCENTER_CLOUD", "china")
        for client in (kind(fetched), kind(fetched, cloud="global")):
            for other in (pickle.loads(pickle.dumps(client)), copy.deepcopy(client)):  # noqa: S301 - our own
                assert repr(other) == repr(client)

    def test_the_default_reads_as_global(self, kind: type[Client] | type[AsyncClient]) -> None:
        default = inspect.signature(kind).parameters["cloud"].default
        assert default == "global"
        assert repr(default) == "'global'"


def test_making_a_client_sends_nothing(emulator: Emulator) -> None:
    with emulator.client() as client:
        client.with_options(max_retries=0)
    assert emulator.journal == []
