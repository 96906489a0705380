"""What both clients share: options, pickling, and operations that are the same for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from . import _arguments as arguments
from . import _core
from ._environment import Credential, options_from_environment, resolve
from ._exceptions import ConfigurationError
from ._hooks import HOOKS, checked
from ._observing import Unobserved, observe
from ._pager import Pager
from ._secrecy import REDACTED, unseen

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from os import PathLike
    from uuid import UUID

    from ._calls import Steps
    from ._events import RequestEvent, ResponseEvent, RetryEvent, ThrottleEvent
    from ._models import (
        AuditRecord,
        Customer,
        EducationSegment,
        Qualification,
        QualificationType,
    )
    from ._observing import AnyObservation, Observation

_AnyClient = TypeVar("_AnyClient", bound="BaseClient")


class _Default(str):
    """A default that can be told from the same text passed by the caller."""

    __slots__ = ()


_GLOBAL = _Default("global")


class BaseClient:
    """What both clients share: options, the core, and the operations that give streams."""

    __slots__ = ("_core", "_credential", "_hooks", "_options")

    _awaited: ClassVar[bool] = False
    """Whether calls are awaited."""

    @unseen
    def __init__(
        self,
        credential: Credential | None = None,
        *,
        cloud: str = _GLOBAL,
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
        on_request: Callable[[RequestEvent], object] | None = None,
        on_response: Callable[[ResponseEvent], object] | None = None,
        on_retry: Callable[[RetryEvent], object] | None = None,
        on_throttle: Callable[[ThrottleEvent], object] | None = None,
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
        told = {
            "on_request": on_request,
            "on_response": on_response,
            "on_retry": on_retry,
            "on_throttle": on_throttle,
        }
        hooks = checked(told)
        core = _core.Client(resolve(credential), _with_environment(options))
        self._set(core, credential, options | told, hooks)

    def _set(
        self,
        core: _core.Client,
        credential: Credential | None,
        options: dict[str, Any],
        hooks: dict[str, Callable[[Any], object]],
    ) -> None:
        self._core = core
        self._hooks = hooks
        self._credential = REDACTED if isinstance(credential, str) else credential
        if "@" in (options["proxy"] or ""):
            options["proxy"] = REDACTED
        self._options = options

    def with_options(self, **changes: Any) -> Self:  # noqa: ANN401 - the options of the constructor
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
                value = REDACTED if name == "credential" else str(changes[name])
                raise ConfigurationError(message, field=name, value=value, cure=cure)
        options = self._options | changes
        hooks = checked(options)
        core = self._core.with_options(
            {name: value for name, value in changes.items() if name not in HOOKS}
        )
        derived = object.__new__(type(self))
        derived._set(core, self._credential, options, hooks)
        return derived

    def _observe(self, operation: str) -> Observation | None:
        """Begin to observe an operation, if there is anybody to be told."""
        return observe(self._core, operation, self._hooks)

    def _begin(self, operation: str) -> AnyObservation:
        """Begin an operation of many requests."""
        observation = self._observe(operation)
        if observation is None:
            return Unobserved(self._core)
        observation.begin()
        return observation

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
        observation = self._observe("list_audit_records") or Unobserved(self._core)
        pages = observation.core.list_audit_records(start, end, customer)
        return Pager(pages, observation, awaited=self._awaited)

    def _customers(
        self, page_size: int, name_prefix: str | None
    ) -> tuple[_core.Pages[Customer], AnyObservation]:
        size = arguments.whole("page_size", page_size)
        prefix = arguments.optional_text("name_prefix", name_prefix)
        observation = self._observe("list_customers") or Unobserved(self._core)
        return observation.core.list_customers(size, prefix), observation

    def _vetting(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        timeout: float | None,
        poll_interval: float | None,
        on_poll: Callable[[Qualification | None], object] | None,
    ) -> Steps[Qualification]:
        wanted = arguments.qualification(qualification)
        arguments.callback("on_poll", on_poll)
        observation = self._begin("wait_for_vetting")
        try:
            vetting = observation.core.vetting(
                arguments.guid("customer_id", customer_id),
                wanted,
                arguments.number("timeout", timeout),
                arguments.number("poll_interval", poll_interval),
            )
            vetted = yield from self._looks(vetting, observation, on_poll)
        except BaseException as error:
            observation.end(error)
            raise
        observation.end()
        return vetted

    def _looks(
        self,
        vetting: _core.Vetting,
        observation: AnyObservation,
        on_poll: Callable[[Qualification | None], object] | None,
    ) -> Steps[Qualification]:
        while True:
            seen, done = yield from observation.follow(vetting.look())
            told = None if on_poll is None else on_poll(seen)
            if self._awaited and hasattr(told, "__await__"):
                yield told
            if done and seen is not None:
                return seen

    @staticmethod
    def _update(
        core: _core.Client,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        *,
        education_segment: EducationSegment | str | None,
        website: str | None,
        validation_code: str | None,
        request_id: str | UUID | None,
    ) -> _core.Call[Qualification]:
        return core.update_qualification(
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
        if REDACTED in (self._credential, self._options["proxy"]):
            raise TypeError(
                f"cannot pickle a {type(self).__name__} that holds a secret: let it take its "
                "credential from the environment, or pass a callable that fetches the token"
            )
        return _rebuilt, (type(self), self._credential, self._options)


def _with_environment(options: dict[str, Any]) -> dict[str, Any]:
    found = {
        name: value
        for name, value in options_from_environment().items()
        if options[name] is None or isinstance(options[name], _Default)
    }
    return options | found


def _rebuilt(
    kind: type[_AnyClient], credential: Credential | None, options: dict[str, Any]
) -> _AnyClient:
    return kind(credential, **options)
