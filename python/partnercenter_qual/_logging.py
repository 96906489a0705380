"""What is logged of requests, under `partnercenter_qual`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from logging import Logger

    from ._events import EventTuple

_DEBUG, _INFO = 10, 20  # as in `logging`, which takes as long to import as half of this package


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

    def tell(self, told: EventTuple) -> None:
        """Log what has happened."""
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
        fields = {
            "method": method,
            "path": path,
            "status_code": status,
            "attempt": attempt,
            "request_id": request_id,
            "correlation_id": correlation_id,
            "customer_id": customer_id,
        }
        why = f"{status or 'no answer'}{f' ({error})' if error else ''}"
        ids = f"request_id={request_id} correlation_id={correlation_id}"
        if kind == "response":
            message = "%s %s: %s in %.3f s, attempt %d, %s"
            self._log(
                _DEBUG,
                at,
                fields | {"elapsed": time},
                message,
                method,
                path,
                why,
                time,
                attempt,
                ids,
            )
        elif kind == "retry":
            message = "%s %s: %s, attempt %d; trying again in %.1f s, %s"
            self._log(
                _INFO, at, fields | {"wait": time}, message, method, path, why, attempt, time, ids
            )
        elif kind == "throttle":
            message = "%s %s: %s; all calls wait for %.1f s, as the service asks, %s"
            self._log(_INFO, at, fields | {"pause": time}, message, method, path, why, time, ids)

    def _log(
        self, level: int, at: int, fields: dict[str, object], message: str, *arguments: object
    ) -> None:
        """Log with the time at which it happened: it may be told later."""
        logger = self._logger
        if not logger.isEnabledFor(level):
            return
        place = (__file__, 0)
        record = logger.makeRecord(
            logger.name, level, *place, message, arguments, None, "tell", fields
        )
        record.created = at / 1e6
        record.msecs = at % 1_000_000 // 1000
        logger.handle(record)
