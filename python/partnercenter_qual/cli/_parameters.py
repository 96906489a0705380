"""What arguments and options may be, beside what click has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from uuid import UUID

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from click.shell_completion import CompletionItem

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}


class _Customer(click.ParamType[UUID]):
    name = "ID"

    def convert(
        self, value: str | UUID, param: click.Parameter | None, ctx: click.Context | None
    ) -> UUID:
        try:
            return value if isinstance(value, UUID) else UUID(value.strip())
        except ValueError:
            cure = "pass the customer's tenant id, such as 11111111-2222-3333-4444-555555555555"
            self.fail(f"{value!r} is no id: {cure}", param, ctx)


class _Duration(click.ParamType[float]):
    name = "TIME"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if not isinstance(value, str):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", value.strip())
        if not found:
            self.fail(f"{value!r} is no time: pass 90s, 30m, 12h or 7d", param, ctx)
        return float(found[1]) * _UNITS[found[2] or "s"]


class _Word(click.ParamType[str]):
    """A word that the service knows: the library judges it, and completion offers the usual."""

    def __init__(self, name: str, words: tuple[str, ...]) -> None:
        self.name = name
        self._words = words

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - for shells alone

        del ctx, param
        begun = incomplete.lower()
        return [CompletionItem(word) for word in self._words if word.lower().startswith(begun)]


CUSTOMER: Final = _Customer()
DURATION: Final = _Duration()
QUALIFICATION: Final = _Word("NAME", ("Education", "GovernmentCommunityCloud", "StateOwnedEntity"))
SEGMENT: Final = _Word("NAME", ("K12", "HigherEducation"))


def ledger_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--ledger`."""
    return click.option(
        "--ledger",
        metavar="URL",
        help="A file, or postgresql://user@host/database; the profile can name it.",
    )(command)
