"""The clients. Each operation is one line over the Rust core; `AsyncClient` has the same ones, awaited."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self, TypeVar

from . import _arguments as arguments
from . import _core
from ._calls import Steps, wait, wait_async
from ._credentials import Credential, resolve
from ._exceptions import ConfigurationError
from ._pager import Pager
from ._progress import Reporter
from ._sweep import Customers, Sweep

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from os import PathLike
    from types import TracebackType
    from uuid import UUID

    from ._models import (
        AuditRecord,
        Customer,
        EducationSegment,
        Progress,
        Qualification,
        QualificationType,
        ValidationCode,
    )

T = TypeVar("T", bound="_Client")

_FROM_ENVIRONMENT = {
    "cloud": "PARTNERCENTER_CLOUD",
    "base_url": "PARTNERCENTER_BASE_URL",
    "authority": "PARTNERCENTER_AUTHORITY",
}


class _Client:
    """What both clients share: options, the core, and the operations that give streams."""

    __slots__ = ("_core", "_credential", "_options")

    def __init__(
        self,
        credential: Credential | None = None,
        *,
        cloud: str = "global",
        base_url: str | None = None,
        authority: str | None = None,
        timeout: float = 60.0,
        connect_timeout: float = 10.0,
        max_retries: int = 4,
        max_concurrency: int = 16,
        requests_per_minute: int | None = None,
        proxy: str | None = None,
        ca_bundle: str | PathLike[str] | None = None,
        application_name: str | None = None,
        locale: str | None = None,
    ) -> None:
        options: dict[str, Any] = {
            "cloud": cloud,
            "base_url": base_url,
            "authority": authority,
            "timeout": timeout,
            "connect_timeout": connect_timeout,
            "max_retries": max_retries,
            "max_concurrency": max_concurrency,
            "requests_per_minute": requests_per_minute,
            "proxy": proxy,
            "ca_bundle": ca_bundle,
            "application_name": application_name,
            "locale": locale,
        }
        core = _core.Client(resolve(credential), _with_environment(options))
        self._set(core, credential, options)

    def _set(
        self, core: _core.Client, credential: Credential | None, options: dict[str, Any]
    ) -> None:
        self._core = core
        self._credential = credential
        self._options = options

    def with_options(self: T, **changes: Any) -> T:  # noqa: ANN401 - the options of the constructor
        """Make a cheap client with other options that shares this one's token and throttle.

        It shares connections too, unless `connect_timeout`, `proxy` or `ca_bundle` change.

        Args:
            changes: options of the constructor. `max_concurrency` can be lowered, not raised.
                `cloud`, `base_url` and `authority` cannot change: they make another service.

        Returns:
            A client of the same class. Closing one does not close the other.

        Raises:
            ConfigurationError: for an option that is refused, or that cannot change.
            TypeError: for an unknown option.
            RuntimeError: when this client is closed, or comes from before a fork.
        """
        for name in ("cloud", "base_url", "authority", "credential"):
            if name in changes:
                cure = "make a new client: a derived one keeps its service and token"
                message = f"{name} cannot be changed: {cure}"
                raise ConfigurationError(message, field=name, value="", cure=cure)
        core = self._core.with_options(changes)
        derived = object.__new__(type(self))
        derived._set(core, self._credential, self._options | changes)  # noqa: SLF001 - of the same class
        return derived

    def list_customers(self, *, page_size: int = 500, name_prefix: str | None = None) -> Pager[Customer]:
        """List the partner's customers, following every page.

        Wire: `GET /v1/customers`, the documents' "Get a list of customers".

        Args:
            page_size: customers in a page, 1 to 500.
            name_prefix: only customers whose company name starts with this.

        Returns:
            An iterator of `Customer`, or of whole pages with `.by_page()`. Pages are fetched as
            they are needed.

        Raises:
            InvalidArgumentError: at once, for a bad argument.
            PartnerCenterError: while iterating, like any call; `DecodeError` for a link to the next
                page that leads to another host, or back to the same page.
        """
        size = arguments.whole("page_size", page_size)
        prefix = arguments.optional_text("name_prefix", name_prefix)
        return Pager(self._core.list_customers(size, prefix))

    def list_audit_records(
        self,
        start_date: date | str,
        end_date: date | str | None = None,
        *,
        customer_id: str | UUID | None = None,
    ) -> Pager[AuditRecord]:
        """List what was done in the partner's name; of use here, `update_customer_qualification`.

        Wire: `GET /v1/auditrecords`, the documents' "Get a record of Partner Center activity". The
        service keeps 90 days and refuses an earlier `start_date`.

        Args:
            start_date: first day, as date, datetime (its day in UTC) or ISO 8601 text.
            end_date: last day; today when left out.
            customer_id: only records of this customer.

        Returns:
            An iterator of `AuditRecord`, or of whole pages with `.by_page()`.

        Raises:
            InvalidArgumentError: at once, for a bad argument.
            PartnerCenterError: while iterating, like any call.
        """
        start = arguments.day("start_date", start_date)
        end = None if end_date is None else arguments.day("end_date", end_date)
        customer = None if customer_id is None else arguments.guid("customer_id", customer_id)
        return Pager(self._core.list_audit_records(start, end, customer))

    def sweep(
        self,
        customers: Customers | None = None,
        *,
        max_concurrency: int | None = None,
        progress: bool | Callable[[Progress], object] = False,
    ) -> Sweep:
        """Read the qualifications of many customers; one that fails is a row, not the end.

        Wire: `GET /v1/customers/{id}/qualifications` for each, and `GET /v1/customers` when
        `customers` is None.

        Args:
            customers: tenant ids (str or UUID) or `Customer` objects, from any iterable, which is
                read a bounded number ahead; with `AsyncClient` an asynchronous one too. None
                stands for all customers of the partner.
            max_concurrency: requests in flight; can only lower the client's own.
            progress: True for a bar (in a terminal or notebook; needs the extra `progress`), or a
                callable that is given a `Progress` after each result, in the thread that takes it.

        Returns:
            A `Sweep`: an iterator of `CustomerResult` in the order in which answers come. An id
            that is no GUID, or a call that fails for good, is a result with its `error`.

        Raises:
            InvalidArgumentError: at once, for a bad argument.
            ConfigurationError: for a `max_concurrency` below 1, or a missing extra.
            PartnerCenterError: while iterating, when the list of customers cannot be read.
        """
        own = None if max_concurrency is None else arguments.whole("max_concurrency", max_concurrency)
        reporter = Reporter(progress)
        return Sweep(self._core, customers, own, reporter)

    def _vetting(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        timeout: float | None,
        poll_interval: float | None,
        on_poll: Callable[[Qualification | None], object] | None,
    ) -> Steps[Qualification]:
        wanted = arguments.qualification(qualification)
        vetting = self._core.vetting(
            arguments.guid("customer_id", customer_id),
            wanted,
            arguments.number("timeout", timeout),
            arguments.number("poll_interval", poll_interval),
        )
        while True:
            seen, done = yield vetting.look()
            if on_poll is not None:
                on_poll(seen)
            if done:
                return seen

    def _update(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        education_segment: EducationSegment | str | None,
        website: str | None,
        validation_code: str | None,
        request_id: str | UUID | None,
    ) -> _core.Call[Qualification]:
        return self._core.update_qualification(
            arguments.guid("customer_id", customer_id),
            arguments.qualification(qualification),
            arguments.optional_text("education_segment", education_segment),
            arguments.optional_text("website", website),
            arguments.optional_text("validation_code", validation_code),
            None if request_id is None else arguments.guid("request_id", request_id),
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._core.base_url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        if isinstance(self._credential, str) or "@" in (self._options["proxy"] or ""):
            raise TypeError(
                f"cannot pickle a {type(self).__name__} that holds a secret: let it take its "
                "credential from the environment, or pass a callable that fetches the token"
            )
        return _rebuilt, (type(self), self._credential, self._options)


class Client(_Client):
    """A client of the Partner Center API for customer qualifications, blocking.

    Safe to share between threads. Works where an event loop runs too, as in a notebook. Ctrl-C ends
    a call within a tenth of a second. Use it as a context manager, or `close()` it.

    Args:
        credential: an access token; a callable that returns one, alone or with its expiry in
            seconds since 1970 UTC; an object with azure-identity's `get_token_info` or `get_token`;
            or None for the environment's `PARTNERCENTER_ACCESS_TOKEN`.
        cloud: `"global"`, `"usgov"` or `"china"`; where left at the default, `PARTNERCENTER_CLOUD`.
        base_url: address of the API instead of the cloud's, or `PARTNERCENTER_BASE_URL`. Plain
            `http` is for loopback only.
        authority: address of the authority instead of the cloud's, or `PARTNERCENTER_AUTHORITY`.
        timeout: seconds for one attempt.
        connect_timeout: seconds for its connection.
        max_retries: attempts after the first.
        max_concurrency: requests in flight, of this client and all that derive from it.
        requests_per_minute: never more than this many requests sent in any 60 s.
        proxy: URL of a proxy; without it the environment's, which loopback never takes.
        ca_bundle: path of a PEM file with certificates to trust beside the system's.
        application_name: sent as `MS-PartnerCenter-Application` and in `User-Agent`.
        locale: sent as `X-Locale`.

    Raises:
        ConfigurationError: for an option that is refused, naming it and the cure.
        InvalidArgumentError: for a token that is no valid header value, without showing it.
    """

    __slots__ = ()

    def close(self) -> None:
        """Close the client: later calls raise `RuntimeError`."""
        self._core.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get_qualifications(self, customer_id: str | UUID) -> list[Qualification]:
        """Read what a customer is qualified as, and how far vetting has come.

        Wire: `GET /v1/customers/{id}/qualifications`, the documents' "Get a customer's
        qualification asynchronously".

        Args:
            customer_id: the customer's tenant id.

        Returns:
            The qualifications, Nonprofit ones too; empty when there is none.

        Raises:
            InvalidArgumentError: before anything is sent, when the id is no GUID.
            PartnerCenterError: one of `AuthenticationError`, `TransportError`, `DecodeError` and
                `ApiError`, once retries are used up.
        """
        return self._core.get_qualifications(arguments.guid("customer_id", customer_id)).wait()

    def update_qualification(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        *,
        education_segment: EducationSegment | str | None = None,
        website: str | None = None,
        validation_code: str | None = None,
        request_id: str | UUID | None = None,
    ) -> Qualification:
        """Ask for a qualification of a customer. Takes App+User credentials.

        Wire: `POST /v1/customers/{id}/qualifications`, the documents' "Update a customer's
        qualification asynchronously". It is never sent twice blindly: when an answer gets lost, the
        customer's qualifications are read first, and only if the request does not show there is it
        sent again, under the same `MS-RequestId`.

        Args:
            customer_id: the customer's tenant id.
            qualification: Education, GovernmentCommunityCloud or StateOwnedEntity, in any
                documented spelling, or its documented integer.
            education_segment: `"K12"` or `"HigherEducation"`; Education needs it.
            website: the school's website; for Education only.
            validation_code: a code of `list_validation_codes()`; GovernmentCommunityCloud needs it.
            request_id: the `MS-RequestId` to use, a GUID; drawn when left out.

        Returns:
            The qualification as the service took it: `InReview` for Education, without a status for
            StateOwnedEntity.

        Raises:
            InvalidArgumentError: before anything is sent, naming the field, the value and the cure.
            PartnerCenterError: one of `AuthenticationError`, `TransportError`, `DecodeError` and
                `ApiError`. The message says so when it is unknown whether the request took effect.
        """
        return self._update(
            customer_id, qualification, education_segment, website, validation_code, request_id
        ).wait()

    def wait_for_vetting(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        *,
        timeout: float | None = None,
        poll_interval: float | None = None,
        on_poll: Callable[[Qualification | None], object] | None = None,
    ) -> Qualification:
        """Wait until Microsoft has decided, by reading again and again.

        Wire: `GET /v1/customers/{id}/qualifications`, repeated. Vetting takes days, and the service
        has no other way to tell.

        Args:
            customer_id: the customer's tenant id.
            qualification: what to wait for, in any documented spelling.
            timeout: seconds to wait at most; 0 looks once, None waits without end.
            poll_interval: seconds between two reads; without it they grow from 5 s to an hour.
            on_poll: called after each read with the `Qualification`, or None while there is none.

        Returns:
            The qualification, once its status is no longer `InReview`.

        Raises:
            InvalidArgumentError: before anything is sent, for a bad argument.
            VettingTimeoutError: at the timeout, with `.last`; also when the customer shows no such
                qualification for five minutes, with `.last` None if it never did.
            PartnerCenterError: those of `get_qualifications`.
        """
        return wait(self._vetting(customer_id, qualification, timeout, poll_interval, on_poll))

    def list_validation_codes(self) -> list[ValidationCode]:
        """List the partner's validation codes for the Government Community Cloud.

        Wire: `GET /v1/customers/all/validations`, the documents' "Get a partner's validation
        codes".

        Returns:
            The codes, with how often each may still be used.

        Raises:
            PartnerCenterError: those of `get_qualifications`.
        """
        return self._core.list_validation_codes().wait()

    def get_customer(self, customer_id: str | UUID) -> Customer:
        """Read one customer.

        Wire: `GET /v1/customers/{id}`, the documents' "Get a customer by ID".

        Args:
            customer_id: the customer's tenant id.

        Returns:
            The customer; members without a field of their own are in `extra`.

        Raises:
            InvalidArgumentError: before anything is sent, when the id is no GUID.
            PartnerCenterError: those of `get_qualifications`.
        """
        return self._core.get_customer(arguments.guid("customer_id", customer_id)).wait()


class AsyncClient(_Client):
    """A client of the Partner Center API for customer qualifications, for asyncio.

    It has the methods, arguments and errors of `Client`: its calls are coroutines, its lists and
    sweeps are for `async for`. Cancelling a task drops the request. It can be made outside a loop and used
    in one loop after another. Use it as an asynchronous context manager, or `aclose()` it. For the
    arguments see `Client`.
    """

    __slots__ = ()

    async def aclose(self) -> None:
        self._core.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def get_qualifications(self, customer_id: str | UUID) -> list[Qualification]:
        return await self._core.get_qualifications(arguments.guid("customer_id", customer_id))

    async def update_qualification(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        *,
        education_segment: EducationSegment | str | None = None,
        website: str | None = None,
        validation_code: str | None = None,
        request_id: str | UUID | None = None,
    ) -> Qualification:
        return await self._update(
            customer_id, qualification, education_segment, website, validation_code, request_id
        )

    async def wait_for_vetting(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the same arguments as the blocking client's
        poll_interval: float | None = None,
        on_poll: Callable[[Qualification | None], object] | None = None,
    ) -> Qualification:
        steps = self._vetting(customer_id, qualification, timeout, poll_interval, on_poll)
        return await wait_async(steps)

    async def list_validation_codes(self) -> list[ValidationCode]:
        return await self._core.list_validation_codes()

    async def get_customer(self, customer_id: str | UUID) -> Customer:
        return await self._core.get_customer(arguments.guid("customer_id", customer_id))


# One text for both: what a call does does not depend on how it is waited for.
AsyncClient.aclose.__doc__ = Client.close.__doc__
for _name, _method in vars(Client).items():
    if not _name.startswith("_") and hasattr(AsyncClient, _name):
        getattr(AsyncClient, _name).__doc__ = _method.__doc__


def _with_environment(options: dict[str, Any]) -> dict[str, Any]:
    """Fill options that were left at their default from the environment."""
    defaults = {"cloud": "global", "base_url": None, "authority": None}
    found = {
        name: os.environ[variable]
        for name, variable in _FROM_ENVIRONMENT.items()
        if options[name] == defaults[name] and os.environ.get(variable)
    }
    return options | found


def _rebuilt(kind: type[T], credential: Credential | None, options: dict[str, Any]) -> T:
    return kind(credential, **options)
