"""What is logged of requests, under `partnercenter_qual`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from logging import Logger

    from ._told import Told

_DEBUG, _INFO = 10, 20  # as in `logging`, which takes as long to import as half of this package

_CALL = "%(method)s %(path)s: %(why)s"
_IDS = ", request_id=%(request_id)s correlation_id=%(correlation_id)s"

# Of what is logged: the level, the field that has the seconds, and what is said of them.
_LINES: Final = {
    "response": (_DEBUG, "elapsed", " in %(elapsed).3f s, attempt %(attempt)d"),
    "retry": (_INFO, "wait", ", attempt %(attempt)d; trying again in %(wait).1f s"),
    "throttle": (_INFO, "pause", "; all calls wait for %(pause).1f s, as the service asks"),
}


class Log:
    """A line for each answer at DEBUG, for each retry and pause at INFO."""

    departures = False

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self.answers = logger.isEnabledFor(_DEBUG)

    @classmethod
    def if_wanted(cls) -> Self | None:
        """Make one if anybody has set logging up, which takes its being imported, to hear of it."""
        logging = sys.modules.get("logging")
        if logging is None:
            return None
        logger: Logger = logging.getLogger("partnercenter_qual")
        return cls(logger) if logger.isEnabledFor(_INFO) else None

    def tell(self, told: Told) -> None:
        """Log what has happened."""
        if told.kind in _LINES:
            self._log(told, *_LINES[told.kind])

    def _log(self, told: Told, level: int, seconds: str, line: str) -> None:
        """Log with the time at which it happened: it may be told later."""
        logger = self._logger
        if not logger.isEnabledFor(level):
            return
        fields = {
            "method": told.method,
            "path": told.path,
            "status_code": told.status,
            "attempt": told.attempt,
            "request_id": told.request_id,
            "correlation_id": told.correlation_id,
            "customer_id": told.customer_id,
            seconds: told.seconds,
        }
        why = f"{told.status or 'no answer'}{f' ({told.error})' if told.error else ''}"
        arguments = ({**fields, "why": why},)
        place = (__file__, 0)
        record = logger.makeRecord(
            logger.name, level, *place, _CALL + line + _IDS, arguments, None, "tell", fields
        )
        record.created = told.at / 1e6
        record.msecs = told.at % 1_000_000 // 1000
        logger.handle(record)
