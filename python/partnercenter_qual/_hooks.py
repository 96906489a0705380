"""The client's hooks: functions that are told of requests, for metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from ._exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._events import EventTuple

HOOKS: Final = ("on_request", "on_response", "on_retry", "on_throttle")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def checked(options: Mapping[str, Any]) -> dict[str, Callable[[Any], object]]:
    """Take the hooks out of a client's options, those that there are."""
    hooks = {name: options[name] for name in HOOKS if options.get(name) is not None}
    for name, hook in hooks.items():
        if not callable(hook):
            raise _refused(name, hook, "pass a function that takes one event, or None")
        if _is_asynchronous(hook):
            raise _refused(name, hook, "pass a plain function: nobody would await this one")
    return hooks


class Hooks:
    """Calls hooks. What one raises is logged, and no business of the call's."""

    def __init__(self, hooks: Mapping[str, Callable[[Any], object]]) -> None:
        self._hooks = hooks
        self.answers = "on_response" in hooks
        self.departures = "on_request" in hooks

    def tell(self, told: EventTuple) -> None:
        """Call the hook that wants to know of this, if there is one."""
        name = f"on_{told[0]}"
        hook = self._hooks.get(name)
        if hook is None:
            return
        try:
            hook(_event(told))
        except Exception:
            from logging import getLogger  # noqa: PLC0415 - for who needs it

            getLogger("partnercenter_qual").exception("the hook %s failed", name)


def _event(told: EventTuple) -> object:
    from . import _events as events  # noqa: PLC0415 - dataclasses cost more than all the rest

    (
        kind,
        method,
        path,
        request_id,
        correlation_id,
        customer_id,
        attempt,
        at,
        time,
        status,
        error,
    ) = told
    happened: dict[str, Any] = {
        "method": method,
        "path": path,
        "attempt": attempt,
        "request_id": request_id,
        "correlation_id": correlation_id,
        "customer_id": customer_id,
        "at": _EPOCH + timedelta(microseconds=at),
    }
    if kind == "request":
        return events.RequestEvent(**happened)
    happened |= {"status_code": status, "error": error}
    if kind == "response":
        return events.ResponseEvent(**happened, elapsed=time)
    if kind == "retry":
        return events.RetryEvent(**happened, wait=time)
    return events.ThrottleEvent(**happened, pause=time)


def _is_asynchronous(hook: Callable[..., object]) -> bool:
    from inspect import iscoroutinefunction  # noqa: PLC0415 - for who needs it

    return iscoroutinefunction(hook) or iscoroutinefunction(getattr(hook, "__call__", None))  # noqa: B004


def _refused(name: str, hook: object, cure: str) -> ConfigurationError:
    value = repr(hook)
    return ConfigurationError(
        f"{name}: {value} is refused: {cure}", field=name, value=value, cure=cure
    )
