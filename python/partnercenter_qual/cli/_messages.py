"""Messages for the person at the terminal: all of them go to stderr."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from ._settings import Settings

_RED, _YELLOW = "31", "33"


def is_terminal(stream: TextIO | None) -> bool:
    """Say whether a stream leads to a terminal; a program without a console has none."""
    return stream is not None and not stream.closed and stream.isatty()


def may_colour() -> bool:
    """Say whether a terminal may be given colours: https://no-color.org."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def printable(text: str) -> str:
    """Keep what a service said from steering the terminal; lines stay lines."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in text
    )


def error(text: str) -> None:
    """Say why it does not go on, or what is wrong with the result."""
    _print(f"{_coloured('pcq: error:', _RED)} {printable(text)}")


def warn(text: str) -> None:
    """Say what is to be known although it goes on."""
    _print(f"{_coloured('pcq:', _YELLOW)} {printable(text)}")


def say(text: str) -> None:
    """Say what has to be known before a question is answered."""
    _print(printable(text))


def note(settings: Settings, text: str) -> None:
    """Say what is good to know, unless nobody wants to."""
    if not settings.quiet:
        _print(printable(text))


def detail(settings: Settings, text: str) -> None:
    """Say what few want to know."""
    if settings.verbose and not settings.quiet:
        _print(f"pcq: {text}")


def _coloured(text: str, colour: str) -> str:
    coloured = may_colour() and is_terminal(sys.stderr)
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured else text


def _print(text: str) -> None:
    with suppress(OSError):  # whoever closed stderr does not want to know
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - a command talks to the terminal
