"""Who is told of the requests of an operation: hooks, the log, a trace.

They are told where the caller waits: in its thread or, with `AsyncClient`, its event loop.
"""

from __future__ import annotations

import sys
from os import getpid
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from . import _core
from ._hooks import Hooks
from ._logging import Log
from ._told import Told
from ._tracing import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._calls import Steps

T = TypeVar("T")


class _Listener(Protocol):
    answers: bool
    """Whether it wants to be told of answers and of the ends of calls."""

    departures: bool
    """Whether it wants to be told of requests when they leave."""

    def tell(self, told: Told, /) -> None: ...


class Unobserved:
    """An operation that nobody is told of."""

    is_told = False
    """Whether anybody is told of requests."""

    def __init__(self, core: _core.Client) -> None:
        self.core: _core.Client = core

    def call(self, call: _core.Call[T]) -> Steps[T]:
        """Wait for a call."""
        answer: T = yield call
        return answer

    def follow(self, call: _core.Call[T]) -> Steps[T]:
        """Wait for a call."""
        return self.call(call)

    def tell(self) -> None:
        """Tell nobody."""

    def end(self, error: BaseException | None = None) -> None:
        """Do nothing."""


class Observation:
    """An operation, and who is told of its requests; in a forked child, nobody is."""

    def __init__(self, core: _core.Client, listeners: list[_Listener], trace: Trace | None) -> None:
        self._process = getpid()
        self._listeners = listeners
        self._trace = trace
        answers = any(listener.answers for listener in listeners)
        departures = any(listener.departures for listener in listeners)
        self._observer = _core.Observer(answers, departures)
        self.core: _core.Client = core.observed(self._observer)

    @property
    def is_told(self) -> bool:
        """Whether anybody is told of requests."""
        return getpid() == self._process

    def begin(self) -> None:
        """Begin an operation of many requests, which `end` ends."""
        if self._trace:
            self._observer.set_headers(self._trace.begin_operation())

    def call(self, call: _core.Call[T]) -> Steps[T]:
        """Wait for a call that is one request, as often as it is sent."""
        if self._trace:
            self._observer.set_headers(self._trace.begin_call())
        try:
            answer = yield from self.follow(call)
        except BaseException as error:
            self.end(error)
            raise
        self.end()
        return answer

    def follow(self, call: _core.Call[T]) -> Steps[T]:
        """Wait for a call, and tell meanwhile what happens to its requests."""
        followed = self._observer.follow(call)
        done = False
        try:
            while not done:
                done = yield followed.step()
                self.tell()
            return followed.result()
        except GeneratorExit:
            raise  # nobody runs this any more
        except BaseException:
            yield followed.give_up()  # and then tell of what was in flight
            raise
        finally:
            followed.close()  # at once: a traceback may hold it for long, with what it locked
            self.tell()

    def tell(self) -> None:
        """Tell what has happened."""
        events, lost = self._observer.take()
        for told in map(Told._make, events):
            for listener in self._listeners:
                listener.tell(told)
        if lost:
            from logging import getLogger  # noqa: PLC0415 - for who needs it

            message = "%d events of requests were dropped: nobody has waited for results for long"
            getLogger("partnercenter_qual").warning(message, lost)

    def end(self, error: BaseException | None = None) -> None:
        """Tell what is left, and end what was begun."""
        if not self.is_told:
            return
        self.tell()
        if self._trace:
            self._trace.end(error)

    def __del__(self) -> None:
        if self._trace and self.is_told and not sys.is_finalizing():
            self._trace.end(None)  # of lists and the like, which nobody closes


AnyObservation: TypeAlias = Observation | Unobserved


def observe(
    core: _core.Client, operation: str, hooks: Mapping[str, Callable[[Any], object]]
) -> Observation | None:
    """Begin to observe an operation, if there is anybody to be told."""
    log, trace = Log.if_wanted(), Trace.if_wanted(operation, core.base_url)
    if not hooks and log is None and trace is None:
        return None
    found: list[_Listener | None] = [Hooks(hooks) if hooks else None, log, trace]
    return Observation(core, [listener for listener in found if listener is not None], trace)
