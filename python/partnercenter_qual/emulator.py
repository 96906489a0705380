"""The Partner Center API on a port of this machine, for tests and for trying things out.

    with Emulator(customers=500, seed=42) as emulator:
        client = emulator.client()

The same seed gives the same customers, ids and vetting. Time is virtual: `advance` moves it, and
vetting, tokens and waits follow. Levers change the course of things, witnesses tell what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import _arguments as arguments
from . import _core
from . import _emulator_arguments as checks
from ._closing import Closing
from ._emulator_entra import TOKEN_LIFETIME, EntraLevers
from ._enums import QualificationType
from ._exceptions import ConfigurationError, InvalidArgumentError
from ._witnesses import Effect, JournalEntry, early, repeated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from ._ca_bundle import CaBundle
    from ._client import AsyncClient, Client
    from ._enums import VettingStatus

__all__ = ["Effect", "Emulator", "JournalEntry", "Vetting", "VettingRule"]


@dataclass(frozen=True, slots=True)
class VettingRule:
    """Vet each request for Education this long after it was made.

    The outcome comes from the seed, as under `"seeded"`.

    Attributes:
        after: seconds of virtual time.
    """

    after: float


Vetting: TypeAlias = Literal["manual", "immediate", "seeded"] | VettingRule
"""How Education is vetted: by `decide` alone, at the next read, or as the seed has it after half a
day to three days; a `VettingRule` sets the time."""


class Emulator(EntraLevers, Closing):
    """A Partner Center API of your own, and its Entra, on 127.0.0.1 until it is closed.

    Args:
        customers: how many customers the partner has; they start without a qualification.
        seed: where ids, names, vetting and chance come from.
        vetting: how requests for Education are decided; None is `"seeded"`.
        port: the port to listen on; 0 picks a free one.
        tls: serve https, which azure-identity and MSAL insist on; `ca_bundle` is what to trust.
        requests_per_window: how many requests pass in a window before the rest is answered 429;
            None is no limit.
        window: the length of a window in seconds of virtual time.
        dedupe: whether a request repeated under the same `MS-RequestId` gets the first answer
            again, without a second effect.
        token_lifetime: how long the tokens of the token endpoints live, in seconds of virtual time.

    Raises:
        ConfigurationError: an option is out of range, or the port is taken.
    """

    def __init__(
        self,
        customers: int = 100,
        *,
        seed: int = 0,
        vetting: Vetting | None = None,
        port: int = 0,
        tls: bool = False,
        requests_per_window: int | None = None,
        window: float = 60.0,
        dedupe: bool = True,
        token_lifetime: float = TOKEN_LIFETIME,
    ) -> None:
        try:
            settings = {
                "customers": arguments.whole("customers", customers),
                "seed": arguments.whole("seed", seed),
                "vetting": _vetting("seeded" if vetting is None else vetting),
                "port": arguments.whole("port", port),
                "requests_per_window": checks.optional_whole(
                    "requests_per_window", requests_per_window
                ),
                "window": checks.number("window", window),
                "dedupe": arguments.flag("dedupe", dedupe),
                "tls": arguments.flag("tls", tls),
                "token_lifetime": checks.number("token_lifetime", token_lifetime),
            }
            self._core = _core.Emulator(settings)
        except InvalidArgumentError as error:
            raise ConfigurationError(
                str(error), field=error.field, value=error.value, cure=error.cure
            ) from None
        self._customers = customers
        self._seed = seed
        self._url = f"{'https' if tls else 'http'}://127.0.0.1:{self._core.port}"
        self._ca_bundle = _bundle(self._core.certificate_authority)

    def __repr__(self) -> str:
        return f"Emulator(url={self._url!r}, customers={self._customers}, seed={self._seed})"

    def close(self) -> None:
        """Stop serving and close every connection. Witnesses can still be asked. Again is fine."""
        self._core.close()
        if self._ca_bundle:
            self._ca_bundle.close()

    @property
    def url(self) -> str:
        """Where the API is, without a path: `base_url` of a client."""
        return self._url

    @property
    def authority(self) -> str:
        """Where Entra is, without a tenant: `authority` of a client. The same as `url`."""
        return self._url

    @property
    def ca_bundle(self) -> str | None:
        """The path of a PEM file to trust, which lasts until `close`; None without TLS."""
        return self._ca_bundle.path if self._ca_bundle else None

    @property
    def customer_ids(self) -> list[str]:
        """The ids of all customers, in the order of their list."""
        return self._core.customer_ids()

    @property
    def now(self) -> datetime:
        """The virtual time in UTC: the real one plus what it was advanced by."""
        return self._core.now

    def client(self, *, app_only: bool = False, **options: Any) -> Client:  # noqa: ANN401 - whatever `Client` takes
        """Make a client of this emulator, with a token that renews itself.

        Args:
            app_only: without a user: it can read, but request no qualification.
            **options: as `Client` takes them, its credential too.
        """
        from . import Client  # noqa: PLC0415 - that module imports this one

        return Client(**self._defaults(app_only=app_only) | options)

    def async_client(self, *, app_only: bool = False, **options: Any) -> AsyncClient:  # noqa: ANN401 - whatever `AsyncClient` takes
        """Make an asynchronous client of this emulator, with a token that renews itself.

        Args:
            app_only: without a user: it can read, but request no qualification.
            **options: as `AsyncClient` takes them, its credential too.
        """
        from . import AsyncClient  # noqa: PLC0415 - that module imports this one

        return AsyncClient(**self._defaults(app_only=app_only) | options)

    def _defaults(self, *, app_only: bool) -> dict[str, Any]:
        return {
            "credential": self._credential(app_only=app_only),
            "base_url": self.url,
            "authority": self.authority,
            "ca_bundle": self.ca_bundle,
        }

    def advance(self, seconds: float) -> None:
        """Move the virtual clock forward. Tokens, vetting, windows and waits follow.

        Args:
            seconds: by how much.

        Raises:
            InvalidArgumentError: `seconds` is negative, or leads past the year 9998.
        """
        self._core.advance(checks.number("seconds", seconds))

    def decide(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str,
        status: VettingStatus | str,
        reason: str | None = None,
    ) -> None:
        """Decide a qualification at once; where the customer has none of the kind, create it.

        Args:
            customer_id: one of `customer_ids`.
            qualification: any but `None`.
            status: `InReview`, `Approved` or `Denied`.
            reason: the vetting reason, such as "No longer an Education Customer".

        Raises:
            InvalidArgumentError: there is no such customer, qualification or status.
        """
        self._core.decide(
            arguments.guid("customer_id", customer_id),
            arguments.qualification(qualification),
            arguments.text("status", status),
            arguments.optional_text("reason", reason),
        )

    def reset(self) -> None:
        """Go back to the start: qualifications, counters, faults, records, clock and windows.

        Refresh tokens and device codes are forgotten too; registered certificates stay.
        """
        self._core.reset()

    def inject(
        self,
        status: int | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        customer_id: str | UUID | None = None,
        nth: int | None = None,
        times: int | None = 1,
        probability: float = 1.0,
        after_effect: bool = False,
        retry_after: float | str | None = None,
        delay: float | None = None,
        reset: bool = False,
        cut: int | None = None,
        body: str | bytes | Mapping[str, Any] | Sequence[Any] | None = None,
    ) -> None:
        """Make requests fail. Rules are tried in their order; the first that fires is the only one.

        With a `status` or a `reset`, the request is not carried out unless `after_effect`; with the
        other faults it is.

        Args:
            status: answer this, 200 to 599; without a `body`, with its documented body, and for 429
                with a Retry-After.
            method: only requests with this method.
            path: only requests whose path, query included, contains this, in any case. Requests to
                Entra are picked by a path alone, such as "/oauth2/".
            customer_id: only requests whose path names this customer.
            nth: fire on this matching request alone, the first being 1.
            times: fire this often; None is for ever.
            probability: fire on this share of the matching requests, 0 to 1, drawn from the seed.
            after_effect: carry the request out first.
            retry_after: the Retry-After to answer: seconds, or the header's value, such as a date.
            delay: hold the answer back for so many seconds of real time.
            reset: reset the connection instead of answering.
            cut: send only so many bytes of the body, then close.
            body: answer this; text and bytes are sent as they are, anything else as JSON.

        Raises:
            InvalidArgumentError: an argument is of the wrong type or out of range.
        """
        self._core.inject(
            {
                "status": checks.optional_whole("status", status),
                "method": arguments.optional_text("method", method),
                "path": arguments.optional_text("path", path),
                "customer_id": None
                if customer_id is None
                else arguments.guid("customer_id", customer_id),
                "nth": checks.optional_whole("nth", nth),
                "times": checks.optional_whole("times", times),
                "probability": checks.number("probability", probability),
                "after_effect": arguments.flag("after_effect", after_effect),
                "retry_after": checks.retry_after(retry_after),
                "delay": arguments.number("delay", delay),
                "reset": arguments.flag("reset", reset),
                "cut": checks.optional_whole("cut", cut),
                "body": checks.body(body),
            }
        )

    @property
    def journal(self) -> list[JournalEntry]:
        """The last 100,000 requests, oldest first."""
        return [JournalEntry(**row) for row in self._core.journal()]

    @property
    def effects(self) -> list[Effect]:
        """Every request for a qualification that took effect, oldest first."""
        return [
            Effect(**row | {"qualification": QualificationType(row["qualification"])})
            for row in self._core.effects()
        ]

    def assert_each_posted_once(self) -> None:
        """Check that no customer was given the same qualification twice.

        Raises:
            AssertionError: one was; the message lists each such customer and the request ids.
        """
        _fail("requested more than once", repeated(self.effects))

    def assert_retry_after_respected(self) -> None:
        """Check that nobody was back before the end of a Retry-After.

        Raises:
            AssertionError: somebody was; the message lists each such request.
        """
        _fail("back before the Retry-After ended", early(self.journal))


def _bundle(pem: str | None) -> CaBundle | None:
    if pem is None:
        return None
    from ._ca_bundle import CaBundle  # noqa: PLC0415 - TLS alone needs files

    return CaBundle(pem)


def _fail(what: str, offenders: list[str]) -> None:
    if offenders:
        raise AssertionError("\n".join([f"{what}:", *offenders]))


def _vetting(vetting: Vetting) -> str | float:
    if isinstance(vetting, VettingRule):
        return checks.number("after", vetting.after)
    if not isinstance(vetting, str):
        raise arguments.refused(
            "vetting", vetting, "pass 'seeded', 'manual', 'immediate' or a VettingRule"
        )
    return vetting
