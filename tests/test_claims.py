"""What `check_credentials` tells of a token without asking the service."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnercenter_qual import Client, CredentialReport

from .either import Either
from .jwts import AUDIENCE, claims, jwt
from .scripted import Answer, Scripted

NOBODY = "http://127.0.0.1:9"
CUSTOMERS = {"totalCount": 0, "items": []}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def look(either: Either, token: str, **options: Any) -> CredentialReport:  # noqa: ANN401 - of a client
    """Look at a token alone."""
    client = either.client(NOBODY, credential=token, **options)
    return either.call(client.check_credentials, probe=False)


def problems(report: CredentialReport) -> list[str]:
    return [found.problem for found in report.problems]


def test_nothing_is_sent(either: Either) -> None:
    with Scripted([Answer(CUSTOMERS)]) as server:
        client = either.client(server, credential=jwt(claims()))
        report = either.call(client.check_credentials, probe=False)
    assert server.requests == []
    assert report.ok
    assert (report.accepted, report.clock_skew, report.error) == (None, None, None)
    assert (report.tenant_id, report.client_id) == ("t", "a")
    assert report.user == "alice@contoso.example"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"idtyp": "app"}, "App-only"),
        ({"idtyp": "user"}, "App+User"),
        ({"scp": None, "upn": None, "roles": ["r"]}, "App-only"),
        ({"scp": None, "upn": None, "oid": "1", "sub": "1"}, "App-only"),
        ({"scp": None, "upn": None}, None),
    ],
)
def test_whose_it_is(either: Either, changes: dict[str, object], kind: str | None) -> None:
    assert look(either, jwt(claims(**changes))).kind == kind


def test_what_it_does_not_say_is_no_problem(either: Either) -> None:
    report = look(either, jwt({}))
    assert (report.ok, report.mfa, report.kind) == (True, None, None)
    report = look(either, jwt(claims(amr=None)))
    assert (report.ok, report.mfa) == (True, None)
    assert "does not say whether with MFA" in repr(report)


def test_dates_in_other_forms(either: Either) -> None:
    expiry = int(time.time()) + 7200
    for form in (expiry, str(expiry), expiry + 0.25):
        report = look(either, jwt(claims(exp=form)))
        assert report.expires_on == datetime.fromtimestamp(expiry, UTC)
    assert look(either, jwt(claims(exp=10**18))).expires_on is None


def test_that_it_expired(either: Either) -> None:
    report = look(either, jwt(claims(exp=int(time.time()) - 7200)))
    assert problems(report)[0].startswith("the token expired 2 h ago, at ")


def test_that_it_is_not_valid_yet(either: Either) -> None:
    (problem,) = problems(look(either, jwt(claims(nbf=int(time.time()) + 600))))
    assert problem.startswith("the token is not valid before ")


def test_that_it_comes_from_the_future(either: Either) -> None:
    later = int(time.time()) + 600
    report = look(either, jwt(claims(iat=later, nbf=later, exp=later + 3600)))
    assert len(report.problems) == 1
    assert "clock is" in problems(report)[0]
    assert "clock" in report.problems[0].cure


def test_all_that_is_wrong_is_told(either: Either) -> None:
    report = look(either, jwt(claims(aud="x", exp=5, amr=["pwd"])))
    audience, expired, factor = problems(report)
    assert audience == f"the token is for x, not for {AUDIENCE}"
    assert "1970-01-01" in expired
    assert "multi-factor" in factor


def test_the_audience_is_the_clouds(either: Either) -> None:
    china = "https://partner.partnercenterapi.microsoftonline.cn"
    assert look(either, jwt(claims(aud=china)), cloud="china").ok
    assert china in problems(look(either, jwt(claims()), cloud="china"))[0]
    for right in (f"{AUDIENCE}/", "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"):
        assert look(either, jwt(claims(aud=right))).ok


def test_when_an_opaque_one_expires_its_credential_knows(either: Either) -> None:
    expiry = int(time.time()) + 3600
    client = either.client(NOBODY, credential=lambda: ("opaque-token", float(expiry)))
    report = either.call(client.check_credentials, probe=False)
    assert report.expires_on is not None
    assert report.expires_on.timestamp() == pytest.approx(expiry, abs=1)


@given(st.dictionaries(st.sampled_from(sorted(claims())) | st.text(max_size=5), json_values))
def test_any_claims_are_told(drawn: dict[str, Any]) -> None:
    with Client(jwt(drawn), base_url=NOBODY) as client:
        assert repr(client.check_credentials(probe=False)).startswith("CredentialReport: ")
