"""The client's hooks: functions that are told of requests, for metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from ._exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._told import Told

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

    def tell(self, told: Told) -> None:
        """Call the hook that wants to know of this, if there is one."""
        name = f"on_{told.kind}"
        hook = self._hooks.get(name)
        if hook is None:
            return
        try:
            hook(_event(told))
        except Exception:
            from logging import getLogger  # noqa: PLC0415 - for who needs it

            getLogger("partnercenter_qual").exception("the hook %s failed", name)


def _event(told: Told) -> object:
    from . import _events as events  # noqa: PLC0415 - dataclasses cost more than all the rest

    happened: dict[str, Any] = {
        "method": told.method,
        "path": told.path,
        "attempt": told.attempt,
        "request_id": told.request_id,
        "correlation_id": told.correlation_id,
        "customer_id": told.customer_id,
        "at": _EPOCH + timedelta(microseconds=told.at),
    }
    if told.kind == "request":
        return events.RequestEvent(**happened)
    happened |= {"status_code": told.status, "error": told.error}
    if told.kind == "response":
        return events.ResponseEvent(**happened, elapsed=told.seconds)
    if told.kind == "retry":
        return events.RetryEvent(**happened, wait=told.seconds)
    return events.ThrottleEvent(**happened, pause=told.seconds)


def _is_asynchronous(hook: Callable[..., object]) -> bool:
    from inspect import iscoroutinefunction  # noqa: PLC0415 - for who needs it

    return iscoroutinefunction(hook) or iscoroutinefunction(getattr(hook, "__call__", None))  # noqa: B004


def _refused(name: str, hook: object, cure: str) -> ConfigurationError:
    value = repr(hook)
    return ConfigurationError(
        f"{name}: {value} is refused: {cure}", field=name, value=value, cure=cure
    )
