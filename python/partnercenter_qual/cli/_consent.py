"""Asks before anything is changed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ._messages import is_terminal, note, say

if TYPE_CHECKING:
    from ._settings import Settings


class Consent:
    """Whether the user agrees to a change.

    Args:
        given: whether they have said so on the command line.
        reads_stdin: whether stdin has the data, so that nobody can answer there.

    Raises:
        click.UsageError: when they did not, and nobody can be asked.
    """

    def __init__(self, *, given: bool, reads_stdin: bool = False) -> None:
        self._given = given
        can_ask = not reads_stdin and is_terminal(sys.stdin) and is_terminal(sys.stderr)
        if not given and not can_ask:
            raise click.UsageError("Nobody can be asked here: pass --yes. Nothing was sent.")

    def show(self, settings: Settings, plan: list[str]) -> None:
        """Show what would be done; whoever is to be asked about it sees it in any case."""
        for line in plan:
            if self._given:
                note(settings, line)
            else:
                say(line)

    def asked(self, question: str) -> bool:
        """Ask, unless they have agreed already; whatever is not yes is no."""
        return self._given or click.confirm(question, default=False, err=True)
