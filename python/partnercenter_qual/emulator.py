"""The Partner Center API on a port of this machine, for tests and for trying things out.

    with Emulator(customers=500, seed=42) as emulator:
        client = emulator.client()

The same seed gives the same customers, ids and vetting. Time is virtual: `advance` moves it, and
vetting, tokens and waits follow. Levers change the course of things, witnesses tell what happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _arguments as arguments
from . import _core
from . import _emulator_settings as settings
from ._closing import Closing
from ._emulator_entra import TOKEN_LIFETIME, EntraLevers
from ._emulator_levers import Fault, Levers
from ._emulator_settings import Throttle, Vetting, VettingRule, Wire
from ._emulator_snapshot import Snapshot
from ._emulator_witnesses import Effect, JournalEntry, Witnesses
from ._exceptions import ConfigurationError, InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from ._ca_bundle import CaBundle
    from ._client import AsyncClient, Client

__all__ = [
    "Effect",
    "Emulator",
    "Fault",
    "JournalEntry",
    "Snapshot",
    "Throttle",
    "Vetting",
    "VettingRule",
    "Wire",
]


class Emulator(Levers, Witnesses, EntraLevers, Closing):
    """A Partner Center API of your own, and its Entra, on 127.0.0.1 until it is closed.

    `url` + "/_emulator/" is a page to watch and steer it, and the same for programs: its levers and
    witnesses over HTTP, described at "/_emulator/openapi.json".

    Args:
        customers: how many customers the partner has, made from the seed; or a list of dicts; or
            the path of a CSV or JSON file with such rows. Their keys, of which the seed makes those
            left out: `company_name`, `customer_id`, `domain`, `qualification`, `vetting_status`,
            `vetting_reason`, `vetting_created_date`, or `qualifications` with a list of such.
        seed: where ids, names, vetting and chance come from.
        vetting: how requests for Education are decided: `"seeded"`, `"manual"`, `"immediate"`, or a
            `partnercenter_qual.emulator.VettingRule`; None is `"seeded"`.
        port: the port to listen on; 0 picks a free one.
        tls: serve https, which azure-identity and MSAL insist on; `ca_bundle` is what to trust.
        requests_per_window: how many requests pass in a window before the rest is answered 429;
            None is no limit.
        window: the length of a window in seconds of virtual time.
        dedupe: whether a request repeated under the same `MS-RequestId` gets the first answer
            again; otherwise it is judged like any other, and refused, because the customer has
            the qualification or waits for it.
        wire: in which forms the service answers, where several were seen; see `Wire`.
        mix: which share of the customers starts with which qualification, such as
            `{"Education": 0.2, "Education:Denied": 0.1}`; a name alone is an approved one. Only
            for a count of customers.
        throttle: how limits are kept: `"window"`, or a `"bucket"` that fills up evenly.
        customer_requests_per_window: how many of the requests may be about one and the same
            customer; None is no limit.
        token_lifetime: how long the tokens of the token endpoints live, in seconds of virtual time.
        continuation_token_lifetime: how long the link to a next page is good, in seconds of virtual
            time; None is for ever.
        journal_size: how many requests the journal keeps; the oldest go first.

    Raises:
        ConfigurationError: an option is out of range, a file cannot be read, or the port is taken.
    """

    def __init__(
        self,
        customers: int | Sequence[Mapping[str, Any]] | str | PathLike[str] = 100,
        *,
        seed: int = 0,
        vetting: Vetting | None = None,
        port: int = 0,
        tls: bool = False,
        requests_per_window: int | None = None,
        window: float = 60.0,
        dedupe: bool = True,
        wire: Wire | None = None,
        mix: Mapping[str, float] | None = None,
        throttle: Throttle = "window",
        customer_requests_per_window: int | None = None,
        token_lifetime: float = TOKEN_LIFETIME,
        continuation_token_lifetime: float | None = TOKEN_LIFETIME,
        journal_size: int = 100_000,
    ) -> None:
        options = {
            "seed": seed,
            "vetting": vetting,
            "requests_per_window": requests_per_window,
            "window": window,
            "dedupe": dedupe,
            "wire": wire,
            "mix": mix,
            "throttle": throttle,
            "customer_requests_per_window": customer_requests_per_window,
            "token_lifetime": token_lifetime,
            "continuation_token_lifetime": continuation_token_lifetime,
            "journal_size": journal_size,
        }
        try:
            place = arguments.whole("port", port), arguments.flag("tls", tls)
            self._core = _core.Emulator(*settings.read(customers, options), *place)
        except InvalidArgumentError as error:
            raise ConfigurationError(
                error.args[0], field=error.field, value=error.value, cure=error.cure
            ) from None
        self._url = f"{'https' if tls else 'http'}://127.0.0.1:{self._core.port}"
        self._ca_bundle = _bundle(self._core.certificate_authority)

    def __repr__(self) -> str:
        return f"Emulator(url={self._url!r}, customers={len(self.customer_ids)})"

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
        """The path of a PEM file to trust, good until `close`; None after it, and without TLS."""
        return self._ca_bundle.path if self._ca_bundle and self._ca_bundle.close.alive else None

    @property
    def customer_ids(self) -> list[str]:
        """The ids of all customers, in the order of their list."""
        return self._core.customer_ids()

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


def _bundle(pem: str | None) -> CaBundle | None:
    if pem is None:
        return None
    from ._ca_bundle import CaBundle  # noqa: PLC0415 - TLS alone needs files

    return CaBundle(pem)
