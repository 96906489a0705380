"""`check_credentials`: what it tells of a token, of the service's answer, and of what is wrong."""

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from partnercenter_qual import (
    ApiError,
    CredentialReport,
    DecodeError,
    Emulator,
    InvalidArgumentError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
    UnauthorizedError,
)

from .either import TOKEN, Either
from .jwts import AUDIENCE, claims, jwt
from .planted import TOKEN as PLANTED
from .planted import check
from .scripted import Answer, Request, Scripted, Step

NOBODY = "http://127.0.0.1:9"
CUSTOMERS = {"totalCount": 0, "items": []}


def ask(
    either: Either,
    step: Step | Callable[[Request], Step],
    token: str | Callable[[], str] = TOKEN,
) -> CredentialReport:
    """Look at a token, and ask a service that answers so."""
    with Scripted(step if callable(step) else [step]) as server:
        client = either.client(server, credential=token, max_retries=0)
        return either.call(client.check_credentials)


def problems(report: CredentialReport) -> list[str]:
    assert all(found.cure for found in report.problems)
    assert report.ok is (not report.problems)
    return [found.problem for found in report.problems]


class TestEmulator:
    def check(self, either: Either, emulator: Emulator, **token: Any) -> CredentialReport:  # noqa: ANN401 - of `access_token`
        client = either.client(emulator.url, credential=emulator.access_token(**token))
        return either.call(client.check_credentials)

    def test_a_good_token(self, either: Either, emulator: Emulator) -> None:
        report = self.check(either, emulator)
        assert (report.ok, report.problems, report.error) == (True, (), None)
        assert (report.kind, report.audience, report.mfa) == ("App+User", AUDIENCE, True)
        assert (report.accepted, report.is_mfa_compliant) == (True, None)
        assert report.tenant_id
        assert report.client_id
        assert report.issued_at is not None
        assert report.expires_on == report.issued_at + timedelta(hours=1)
        assert report.expires_on.tzinfo is UTC
        assert report.clock_skew is not None
        assert abs(report.clock_skew) < 10
        (entry,) = emulator.journal
        assert (entry.method, entry.path, entry.status) == ("GET", "/v1/customers?size=1", 200)

    def test_a_token_of_an_application(self, either: Either, emulator: Emulator) -> None:
        report = self.check(either, emulator, app_only=True)
        assert (report.kind, report.user, report.mfa) == ("App-only", None, None)
        assert (report.ok, report.accepted) == (True, True)
        assert "not request qualifications" in repr(report)

    def test_a_token_for_somebody_else(self, either: Either, emulator: Emulator) -> None:
        report = self.check(either, emulator, audience="https://graph.windows.net")
        assert report.accepted is False
        assert isinstance(report.error, UnauthorizedError)
        assert report.error.code == "900420"
        (problem,) = problems(report)
        assert "https://graph.windows.net" in problem
        assert "900420" in problem
        assert AUDIENCE in report.problems[0].cure

    def test_a_token_without_a_second_factor(self, either: Either, emulator: Emulator) -> None:
        report = self.check(either, emulator, mfa=False)
        assert (report.mfa, report.accepted) == (False, False)
        assert isinstance(report.error, UnauthorizedError)
        (problem,) = problems(report)
        assert "900421" in problem
        assert "DeviceCodeCredential" in report.problems[0].cure

    def test_a_token_that_expired(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator.url, credential=emulator.access_token(lifetime=1800.0))
        emulator.advance(3600)
        report = either.call(client.check_credentials)
        expired, clock = problems(report)  # by the service's clock, which is an hour ahead
        assert expired.startswith("the token expired 30 min ago")
        assert "RefreshTokenCredential" in report.problems[0].cure
        assert "behind the service's" in clock
        assert report.accepted is False

    def test_what_nothing_renews(self, either: Either, emulator: Emulator) -> None:
        (problem,) = problems(self.check(either, emulator, lifetime=200.0))
        assert "nothing renews it" in problem
        client = either.client(
            emulator.url, credential=lambda: emulator.access_token(lifetime=200.0)
        )
        assert either.call(client.check_credentials).ok

    def test_a_clock_that_is_wrong(self, either: Either, emulator: Emulator) -> None:
        emulator.advance(3600)
        report = self.check(either, emulator)
        assert report.clock_skew == pytest.approx(3600, abs=10)
        assert report.accepted
        (problem,) = problems(report)
        assert problem.startswith("this machine's clock is ")
        assert problem.endswith(" min behind the service's")

    def test_a_foreign_token(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator.url, credential=TOKEN)
        report = either.call(client.check_credentials)
        assert (report.kind, report.audience, report.expires_on) == (None, None, None)
        assert problems(report) == ["the service answered HTTP 401, code 400: Access denied"]
        assert "opaque" in repr(report)


class TestService:
    """What is told of the one call."""

    def test_how_it_is_asked(self, either: Either) -> None:
        with Scripted([Answer(CUSTOMERS)]) as server:
            either.call(either.client(server).check_credentials)
        (request,) = server.requests
        assert (request.method, request.path) == ("GET", "/v1/customers?size=1")
        assert request.headers["validatemfa"] == "true"
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert request.headers["ms-requestid"]

    @pytest.mark.parametrize(
        ("answer", "compliant"),
        [
            (Answer(CUSTOMERS), None),
            (Answer(CUSTOMERS | {"isMfaCompliant": True}), True),
            (Answer(CUSTOMERS | {"IsMFACompliant": "False"}), False),
            (Answer(CUSTOMERS | {"isMfaCompliant": 1}), None),
            (Answer(CUSTOMERS, headers={"isMfaCompliant": "true"}), True),
            (Answer(CUSTOMERS, headers={"ISMFACOMPLIANT": "False"}), False),
            (Answer(CUSTOMERS, headers={"isMfaCompliant": "perhaps"}), None),
            (Answer([]), None),
            (Answer(status=204), None),
        ],
    )
    def test_whether_it_counts_the_sign_in_as_multi_factor(
        self, either: Either, answer: Answer, *, compliant: bool | None
    ) -> None:
        report = ask(either, answer)
        assert (report.accepted, report.is_mfa_compliant) == (True, compliant)
        assert any("isMfaCompliant" in each for each in problems(report)) is (compliant is False)

    @pytest.mark.parametrize("changes", [{"idtyp": "app"}, {"amr": ["pwd"]}])
    def test_what_is_no_further_problem(self, either: Either, changes: dict[str, object]) -> None:
        report = ask(either, Answer(CUSTOMERS | {"isMfaCompliant": False}), jwt(claims(**changes)))
        assert report.is_mfa_compliant is False
        assert not any("isMfaCompliant" in each for each in problems(report))

    @pytest.mark.parametrize(
        ("step", "error", "words"),
        [
            (
                Answer({"code": 900150, "description": "No"}, status=403),
                PermissionDeniedError,
                "No",
            ),
            (
                Answer({"code": 900421, "description": "No"}, status=401),
                UnauthorizedError,
                "900421",
            ),
            (Answer(status=404), ApiError, "HTTP 404"),
            (Answer(status=429), RateLimitError, "HTTP 429"),
            (Answer(status=502), ServerError, "HTTP 502"),
            (Answer(status=418), ApiError, "HTTP 418"),
            (Answer("<html>Welcome to the hotel"), DecodeError, "cannot be read"),
            (Answer({"welcome": "hotel"}), DecodeError, "cannot be read"),
            ("reset", TransportError, "no answer from"),
        ],
        ids=str,
    )
    def test_no_good_answer_is_a_problem_with_a_cure(
        self, either: Either, step: Step, error: type[Exception], words: str
    ) -> None:
        report = ask(either, step, jwt(claims()))
        assert isinstance(report.error, error)
        refused = error in {PermissionDeniedError, UnauthorizedError}
        assert report.accepted is (False if refused else None)
        (problem,) = problems(report)
        assert words in problem
        assert " -> " not in problem
        assert report.kind == "App+User"

    def test_nobody_is_there(self, either: Either) -> None:
        client = either.client(NOBODY, max_retries=0)
        report = either.call(client.check_credentials)
        assert isinstance(report.error, TransportError)
        assert report.accepted is None
        assert "base_url" in report.problems[0].cure

    def test_a_refusal_that_the_token_explains_is_told_once(self, either: Either) -> None:
        report = ask(either, Answer(status=401), jwt(claims(exp=5)))
        assert isinstance(report.error, UnauthorizedError)
        assert len(report.problems) == 1
        assert "expired" in problems(report)[0]
        report = ask(either, Answer(status=403), jwt(claims(exp=5)))
        assert len(report.problems) == 2

    @pytest.mark.parametrize(
        ("ahead", "how"),
        [(600, "min behind the service's"), (-600, "min ahead of the service's"), (30, "")],
    )
    @pytest.mark.parametrize("status", [200, 403])
    def test_whose_clock_is_ahead(self, either: Either, ahead: int, how: str, status: int) -> None:
        def answer(_: Request) -> Step:
            now = datetime.now(UTC) + timedelta(seconds=ahead + 0.5)
            headers = {"Date": format_datetime(now, usegmt=True)}
            return Answer(CUSTOMERS, status=status, headers=headers)

        report = ask(either, answer)
        assert report.clock_skew == pytest.approx(ahead, abs=5)
        clock = [each for each in problems(report) if "clock" in each]
        assert [how in each for each in clock] == [True] * (abs(ahead) > 60)

    def test_without_a_date_the_clock_is_unknown(self, either: Either) -> None:
        assert ask(either, Answer(CUSTOMERS)).clock_skew is None

    def test_the_token_is_the_one_that_is_in_force_afterwards(self, either: Either) -> None:
        tokens = iter([jwt(claims(tid="first")), jwt(claims(tid="second"))])
        answers = iter([Answer(status=401), Answer(CUSTOMERS)])
        report = ask(either, lambda _: next(answers), lambda: next(tokens))
        assert (report.tenant_id, report.accepted, report.ok) == ("second", True, True)


class TestCall:
    def test_probe_is_a_bool(self, either: Either) -> None:
        client = either.client(NOBODY)
        with pytest.raises(InvalidArgumentError) as raised:
            either.call(client.check_credentials, probe="no")  # type: ignore[arg-type]
        assert raised.value.field == "probe"

    def test_a_closed_client_is_no_diagnosis(self, either: Either) -> None:
        client = either.client(NOBODY)
        either.close(client)
        with pytest.raises(RuntimeError, match="closed"):
            either.call(client.check_credentials)

    def test_the_token_is_nowhere(self, either: Either) -> None:
        said = {"code": PLANTED, "description": f"{PLANTED}\n{PLANTED}", "data": [PLANTED]}
        for step in (Answer(said, status=403), Answer(CUSTOMERS | {"isMfaCompliant": PLANTED})):
            report = ask(either, step, PLANTED)
            check(report, vars(report.error or object), *report.problems)
            check(pickle.loads(pickle.dumps(report)))  # noqa: S301 - our own
        token = jwt(claims())
        report = ask(either, Answer(CUSTOMERS), token)
        assert not any(part in repr(report) for part in token.split("."))
