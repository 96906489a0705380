"""What becomes of a bulk of requests when the service, the network or the token fails."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import (
    ApiError,
    ApplyResult,
    AuthenticationError,
    Client,
    ConflictError,
    DecodeError,
    Emulator,
    Ledger,
    PartnerCenterError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
    UnauthorizedError,
)

from .asking import Row, education, held, outcomes, owned, posts, states
from .either import Either

FEW = 4
MANY = 120

# With one client alone, where the next run waits for 5 s.
blocking = pytest.mark.parametrize("either", ["sync"], indirect=True)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(customers=MANY, seed=7, vetting="manual") as emulator:
        yield emulator


@pytest.fixture
def few(emulator: Emulator) -> list[Row]:
    return [education(each) for each in emulator.customer_ids[:FEW]]


@pytest.fixture
def many(emulator: Emulator) -> list[Row]:
    return [owned(each) for each in emulator.customer_ids]


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "quals.db")


def run(either: Either, client: Client, rows: list[Row], path: str) -> list[ApplyResult]:
    return either.list(client.apply(rows, ledger=path))


def check_whole(either: Either, emulator: Emulator, rows: list[Row], path: str) -> None:
    """Run again without faults: then each row is answered, and was carried out once."""
    emulator.clear_faults()
    results = run(either, either.client(emulator), rows, path)
    assert {result.outcome for result in results} == {"answered"}
    assert len(results) == len(rows)
    assert {*held(emulator).values()} == {1}
    assert len(emulator.effects) == len(rows)
    emulator.assert_each_posted_once()
    assert states(path) == {"answered": len(rows)}


LOST: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "reset after the effect": ({"reset": True, "after_effect": True, "times": None}, {}, 1),
    "reset before the effect": ({"reset": True, "times": FEW}, {}, 2),
    "500 after the effect": ({"status": 500, "after_effect": True, "times": None}, {}, 1),
    "500 before the effect": ({"status": 500, "times": FEW}, {}, 2),
    "gateway's 502": ({"status": 502, "times": FEW}, {}, 2),
    "no answer in time": ({"delay": 1.5, "times": None}, {"timeout": 0.4}, 1),
    "an answer cut short": ({"cut": 5, "times": None}, {}, 1),
    "a short pause": ({"status": 429, "retry_after": 1, "times": 1}, {}, 1),
    "a token that is renewed": ({"status": 401, "times": 1}, {}, 1),
}


@pytest.mark.parametrize("kind", LOST)
def test_what_was_lost_is_found_or_sent_again(
    either: Either, emulator: Emulator, few: list[Row], path: str, kind: str
) -> None:
    fault, options, sent = LOST[kind]
    emulator.inject(method="POST", **fault)
    results = run(either, either.client(emulator, **options), few, path)
    assert outcomes(results) == dict.fromkeys(range(1, FEW + 1), "answered")
    assert min(result.attempts for result in results) == sent
    with Ledger(path) as ledger:
        rows = {row["request_id"]: row["attempts"] for row in ledger.submissions("answered")}
    assert rows == {result.request_id: result.attempts for result in results}
    sent_ids = Counter(each.request_id for each in emulator.find_requests(method="POST"))
    assert sent_ids == rows
    check_whole(either, emulator, few, path)


UNKNOWN: list[tuple[dict[str, Any], type[PartnerCenterError]]] = [
    ({"reset": True}, TransportError),
    ({"status": 500}, ServerError),
    ({"status": 200, "body": "<html>"}, DecodeError),
    ({"status": 502}, ServerError),
]


def test_what_nobody_knows_of_is_read_back_by_the_next_run(
    either: Either, emulator: Emulator, few: list[Row], path: str
) -> None:
    for row, (fault, _) in zip(few, UNKNOWN, strict=True):
        emulator.inject(method="POST", customer_id=row["customer_id"], **fault)
    results = run(either, either.client(emulator, max_retries=0), few, path)
    assert outcomes(results) == dict.fromkeys(range(1, FEW + 1), "unknown")
    errors = {result.row: type(result.error) for result in results}
    assert errors == {row: error for row, (_, error) in enumerate(UNKNOWN, 1)}
    assert states(path) == {"unknown": FEW}
    check_whole(either, emulator, few, path)


@blocking
def test_what_had_landed_is_not_sent_again_by_the_next_run(
    either: Either, emulator: Emulator, few: list[Row], path: str
) -> None:
    client = either.client(emulator, max_retries=0)
    either.call(client.apply, few, ledger=path, dry_run=True)
    emulator.inject(method="POST", reset=True, after_effect=True, times=None)
    for row in few:  # the plan reads first, and then it is looked for
        emulator.inject(503, method="GET", customer_id=row["customer_id"], nth=2)
    results = run(either, client, few, path)
    assert {result.outcome for result in results} == {"unknown"}
    emulator.clear_faults()
    again = run(either, client, few, path)
    assert {str(result.reason) for result in again} == {"it had been sent before: read back"}
    assert [result.request_id for result in again] == [result.request_id for result in results]
    assert posts(emulator) == FEW
    check_whole(either, emulator, few, path)


def test_a_conflict_with_what_the_customer_has_by_now_is_an_answer(
    either: Either, emulator: Emulator, path: str
) -> None:
    school, other = emulator.customer_ids[:2]
    emulator.inject(409, method="POST", times=None)
    emulator.inject(409, method="POST", customer_id=school, after_effect=True)
    emulator.switch_fault(1, enabled=False)
    rows = [education(school)]
    assert outcomes(run(either, either.client(emulator), rows, path)) == {1: "answered"}
    emulator.switch_fault(1, enabled=True)
    (result,) = run(either, either.client(emulator), [education(other)], path)
    assert (result.outcome, type(result.error)) == ("refused", ConflictError)
    assert states(path) == {"answered": 1, "refused": 1}


ENDS: dict[str, tuple[dict[str, Any], type[ApiError]]] = {
    "a token that is refused": ({"status": 401, "times": None}, UnauthorizedError),
    "a user without MFA": ({"code": 900421, "times": None}, ApiError),
    "a long pause": ({"status": 429, "retry_after": 300}, RateLimitError),
}


@pytest.mark.parametrize(
    "case", [(kind, method) for kind in ENDS for method in ("GET", "POST")], ids=" of a ".join
)
def test_what_befalls_all_rows_alike_ends_the_run(
    either: Either, emulator: Emulator, many: list[Row], path: str, case: tuple[str, str]
) -> None:
    kind, method = case
    fault, error = ENDS[kind]
    emulator.inject(method=method, path="/qualifications", **fault)
    applied = either.client(emulator, max_concurrency=2).apply(many, ledger=path)
    with pytest.raises(error):
        either.list(applied)
    assert posts(emulator) < 10
    found = states(path)
    assert found.get("intended", 0) > MANY - 10 if method == "POST" else found == {}
    assert {*found} <= {"intended", "answered"}
    check_whole(either, emulator, many, path)


def test_an_app_only_client_asks_for_nothing_and_spoils_nothing(
    either: Either, emulator: Emulator, many: list[Row], path: str
) -> None:
    applied = either.client(emulator, app_only=True).apply(many, ledger=path)
    with pytest.raises(PermissionDeniedError, match="900329"):
        either.list(applied)
    assert {*applied.counts} <= {"not_sent"}
    assert states(path) == {"intended": MANY}
    assert emulator.effects == []
    check_whole(either, emulator, many, path)


class Vault:
    """A credential that has one token, and then none."""

    def __init__(self, emulator: Emulator, tokens: int) -> None:
        self._emulator = emulator
        self._tokens = tokens

    def __call__(self) -> str:
        self._tokens -= 1
        if self._tokens < 0:
            raise OSError("the vault is sealed")
        return self._emulator.access_token()


def test_a_credential_that_dies_leaves_the_rest_to_the_next_run(
    either: Either, emulator: Emulator, many: list[Row], path: str
) -> None:
    client = either.client(emulator, credential=Vault(emulator, 1), max_concurrency=2)
    emulator.inject(401, method="POST", times=None)
    with pytest.raises(AuthenticationError) as raised:
        run(either, client, many, path)
    assert isinstance(raised.value.__cause__, OSError)
    assert states(path) == {"intended": MANY}
    check_whole(either, emulator, many, path)


def test_without_a_token_nothing_is_written(
    either: Either, emulator: Emulator, few: list[Row], path: str
) -> None:
    client = either.client(emulator, credential=Vault(emulator, 0))
    with pytest.raises(AuthenticationError):
        run(either, client, few, path)
    assert states(path) == {}
    assert emulator.journal == []


def test_a_service_that_is_not_there_ends_the_run(either: Either, path: str) -> None:
    with Emulator(customers=3, seed=7) as gone:
        token = gone.access_token()
    client = either.client(gone.url, credential=token, max_retries=0)
    with pytest.raises(TransportError):
        run(either, client, [owned(each) for each in gone.customer_ids], path)
    assert states(path) == {}


@blocking
def test_a_service_that_goes_away_ends_the_run_and_the_next_one_finds_out(
    either: Either, emulator: Emulator, many: list[Row], path: str
) -> None:
    client = either.client(emulator, max_retries=0, max_concurrency=2)
    emulator.inject(method="POST", delay=0.01, times=None)
    applied = client.apply(many, ledger=path)
    either.list(applied, limit=3)
    kept, port = emulator.snapshot(), int(emulator.url.rpartition(":")[2])
    emulator.close()
    with pytest.raises(TransportError):
        either.list(applied)
    assert {"intended", "answered"} <= {*states(path)} <= {"intended", "answered", "unknown"}
    assert states(path)["intended"] > MANY // 2
    kept = emulator.snapshot()
    with Emulator(port=port) as back:
        back.restore(kept)
        check_whole(either, back, many, path)


@blocking
def test_a_service_that_fails_fifty_times_in_a_row_ends_the_run(
    either: Either, emulator: Emulator, many: list[Row], path: str
) -> None:
    emulator.inject(503, method="POST", times=None)
    client = either.client(emulator, max_retries=0, max_concurrency=4)
    with pytest.raises(ServerError):
        run(either, client, many, path)
    assert 50 <= posts(emulator) < 60
    assert states(path) == {"unknown": posts(emulator), "intended": MANY - posts(emulator)}
    check_whole(either, emulator, many, path)


@blocking
def test_a_service_that_fails_now_and_then_does_not(
    either: Either, emulator: Emulator, many: list[Row], path: str
) -> None:
    emulator.inject(503, method="POST", times=None, probability=0.7)
    client = either.client(emulator, max_retries=0, max_concurrency=4)
    results = run(either, client, many, path)
    assert {result.outcome for result in results} == {"answered", "unknown"}
    check_whole(either, emulator, many, path)


def test_a_service_that_fails_all_reads_ends_the_run_before_anything_is_written(
    either: Either, emulator: Emulator, many: list[Row], path: str
) -> None:
    emulator.inject(503, method="GET", path="/qualifications", times=None)
    client = either.client(emulator, max_retries=0, max_concurrency=4)
    with pytest.raises(ServerError):
        run(either, client, many, path)
    assert len(emulator.find_requests(method="GET")) < 60
    assert states(path) == {}


def test_a_customer_that_cannot_be_read_is_left_to_the_next_run(
    either: Either, emulator: Emulator, few: list[Row], path: str
) -> None:
    emulator.inject(503, customer_id=few[0]["customer_id"], times=None)
    results = run(either, either.client(emulator, max_retries=0), few, path)
    assert outcomes(results) == {1: "not_sent", 2: "answered", 3: "answered", 4: "answered"}
    check_whole(either, emulator, few, path)


def test_what_ended_a_run_has_a_note_that_says_how_far_it_came(
    either: Either, emulator: Emulator, many: list[Row], path: str
) -> None:
    emulator.inject(401, method="POST", customer_id=many[50]["customer_id"], times=None)
    applied = either.client(emulator, max_concurrency=1).apply(many, ledger=path)
    with pytest.raises(UnauthorizedError) as raised:
        either.call(applied.collect)
    (note,) = raised.value.__notes__
    assert note.startswith(f"{applied.done} of {MANY} rows have a result")
    table = either.call(applied.collect)
    assert table.num_rows == applied.done == applied.counts["answered"] + 1
    assert states(path)["answered"] == applied.counts["answered"]


def test_what_a_credential_says_is_not_written_down(
    either: Either, emulator: Emulator, path: str
) -> None:
    """It may have a secret in it."""
    token, asked = emulator.access_token(), []

    def credential() -> str:
        asked.append(1)
        if len(asked) > 1:
            raise RuntimeError("the vault refused eyJhbGciOi")
        return token

    client = either.client(emulator, credential=credential, max_retries=0)
    emulator.inject(401, method="POST", times=None)
    with pytest.raises(AuthenticationError):
        either.list(client.apply([owned(each) for each in emulator.customer_ids], ledger=path))
    with Ledger(path) as ledger:
        told = {row["error_message"] for row in ledger.submissions()}
    assert "no access token" in told
    assert not [message for message in told if "eyJ" in str(message)]
