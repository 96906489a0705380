"""What `check_credentials` finds out: plain values, with a repr that is made to be read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ._exceptions import AuthenticationError, ConfigurationError, PartnerCenterError

__all__ = ["CredentialProblem", "CredentialReport"]

_IN_STEP = 2.0  # seconds: the service tells its time in whole ones


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialProblem:
    """Something that is wrong with the credentials, and what to do about it.

    Attributes:
        problem: what is wrong.
        cure: what to do, in one sentence.
    """

    problem: str
    cure: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CredentialReport:
    """What there is to know about the credentials of a client; never the token itself.

    What the token says was not verified: only the service can do that. Where a token is opaque, or
    does not say, the attribute is None.

    Attributes:
        kind: `"App-only"` or `"App+User"`. An App-only token cannot request qualifications.
        audience: for whom the token is meant.
        tenant_id: the tenant that issued it.
        client_id: the application.
        user: the user's principal name, or another name of theirs.
        mfa: whether the user passed multi-factor authentication.
        issued_at: when it was issued, UTC.
        expires_on: when it expires, UTC; where the token does not say, as its credential said.
        clock_skew: seconds by which the service's clock is ahead of this machine's, known to about
            a second; None where the service was not asked.
        accepted: whether the service takes the token: False when it answered 401 or 403; None when
            it was not asked, or its answer does not tell.
        is_mfa_compliant: whether the service counts the sign-in as multi-factor, if it says.
        error: why there is no token, or what came instead of a good answer.
        problems: all that is wrong, and what to do; empty when all is well.
    """

    kind: Literal["App-only", "App+User"] | None = None
    audience: str | None = None
    tenant_id: str | None = None
    client_id: str | None = None
    user: str | None = None
    mfa: bool | None = None
    issued_at: datetime | None = None
    expires_on: datetime | None = None
    clock_skew: float | None = None
    accepted: bool | None = None
    is_mfa_compliant: bool | None = None
    error: PartnerCenterError | None = None
    problems: tuple[CredentialProblem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def __repr__(self) -> str:
        rows = [
            ("token", _token(self)),
            ("audience", self.audience),
            ("tenant", self.tenant_id),
            ("application", self.client_id),
            ("valid", _validity(self)),
            ("service", _service(self)),
            ("clock", _clock(self)),
        ]
        for number, found in enumerate(self.problems, start=1):
            rows += [(f"problem {number}", found.problem), ("-> cure", found.cure)]
        lines = [f"  {label:<12} {_printable(text)}" for label, text in rows if text]
        return "\n".join([f"CredentialReport: {_verdict(self)}", *lines])


def _verdict(report: CredentialReport) -> str:
    match len(report.problems):
        case 0 if report.accepted is None and _is_opaque(report):
            return "nothing can be said without asking the service"
        case 0:
            return "no problems"
        case 1:
            return "1 problem"
        case count:
            return f"{count} problems"


def _token(report: CredentialReport) -> str:
    if _is_opaque(report):
        is_missing = isinstance(report.error, AuthenticationError | ConfigurationError)
        return "none" if is_missing else "opaque: it cannot be looked into"
    if report.kind == "App-only":
        return "App-only: it can read, but not request qualifications"
    factors = {True: "with MFA", False: "without MFA", None: "it does not say whether with MFA"}
    return ", ".join(filter(None, [report.kind, report.user, factors[report.mfa]]))


def _is_opaque(report: CredentialReport) -> bool:
    told = (report.kind, report.audience, report.tenant_id, report.client_id, report.issued_at)
    return not any(told)


def _validity(report: CredentialReport) -> str | None:
    ends = [("from", report.issued_at), ("until", report.expires_on)]
    return " ".join(f"{word} {end:%Y-%m-%d %H:%M:%S} UTC" for word, end in ends if end) or None


def _service(report: CredentialReport) -> str | None:
    if report.accepted is None:
        return None
    factors = {
        True: ", and counts the sign-in as MFA",
        False: ", but does not count the sign-in as MFA",
        None: "",
    }
    verb = "accepts" if report.accepted else "refuses"
    return f"{verb} the token{factors[report.is_mfa_compliant]}"


def _clock(report: CredentialReport) -> str | None:
    if report.clock_skew is None:
        return None
    if abs(report.clock_skew) < _IN_STEP:
        return "in step with the service's"
    way = "behind" if report.clock_skew > 0 else "ahead of"
    return f"{abs(report.clock_skew):.0f} s {way} the service's"


def _printable(text: str) -> str:
    """Keep a token's odd claims to their line."""
    return text if text.isprintable() else repr(text)


# Reprs and pickles name the public place, whoever loads this module first.
for _name in __all__:
    globals()[_name].__module__ = "partnercenter_qual"
