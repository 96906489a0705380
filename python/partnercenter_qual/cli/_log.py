"""The library's log on stderr, for `--verbose`."""

from __future__ import annotations

import logging

from ._messages import printable


class _Printable(logging.Formatter):
    """Keeps what a service said from steering the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def show_log() -> None:
    """Have all that the library logs said on stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("%(asctime)s %(message)s"))
    logger = logging.getLogger("partnercenter_qual")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
