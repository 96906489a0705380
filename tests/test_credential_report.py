"""The report of `check_credentials` as a value, and as it looks."""

import pickle
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import pytest

from partnercenter_qual import CredentialProblem, CredentialReport

REPORT = CredentialReport(
    kind="App+User",
    user="alice@contoso.example",
    expires_on=datetime(2026, 11, 20, 13, tzinfo=UTC),
    clock_skew=90.0,
    accepted=False,
    problems=(CredentialProblem(problem="it rains", cure="take an umbrella"),),
)


def test_it_is_a_value() -> None:
    copy = pickle.loads(pickle.dumps(REPORT))  # noqa: S301 - our own
    assert copy == REPORT
    assert hash(copy) == hash(REPORT)
    assert replace(REPORT, problems=()).ok
    with pytest.raises(FrozenInstanceError):
        REPORT.kind = None  # type: ignore[misc]


def test_it_is_made_to_be_read() -> None:
    assert repr(REPORT).splitlines() == [
        "CredentialReport: 1 problem",
        "  token        App+User, alice@contoso.example, it does not say whether with MFA",
        "  valid        until 2026-11-20 13:00:00 UTC",
        "  service      refuses the token",
        "  clock        90 s behind the service's",
        "  problem 1    it rains",
        "  -> cure      take an umbrella",
    ]
    assert repr(replace(REPORT, problems=())).startswith("CredentialReport: no problems\n")
    two = replace(REPORT, problems=REPORT.problems * 2)
    assert repr(two).startswith("CredentialReport: 2 problems\n")


def test_an_odd_claim_keeps_to_its_line() -> None:
    odd = replace(REPORT, user="alice\nproblem 9", tenant_id="\x1b[31m")
    assert len(repr(odd).splitlines()) == len(repr(REPORT).splitlines()) + 1
    assert "\x1b" not in repr(odd)


def test_of_an_opaque_token_nothing_is_said_offline() -> None:
    assert "nothing can be said" in repr(CredentialReport())
    assert "no problems" in repr(CredentialReport(accepted=True))
