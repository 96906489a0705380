"""Commands whose help has the global options in a section of their own, and examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from ._settings import GlobalOption, global_options

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


class _Shown(click.Command):
    """What commands and groups have in common."""

    examples: str = ""
    columns: tuple[str, ...] = ()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                (shared if isinstance(param, GlobalOption) else own).append(record)
        for title, records in (("Options", own), ("Global options", shared)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        if self.columns:
            with formatter.section("Columns"):
                formatter.write_text(", ".join(self.columns))
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples.strip().splitlines():
                    formatter.write(f"  {line}\n" if line else "\n")


class Command(_Shown):
    """A command that takes the global options.

    Args:
        args: as `click.Command` takes them.
        examples: for its help, line by line.
        columns: those of its result.
        kwargs: as `click.Command` takes them.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - click's own
        examples: str = "",
        columns: tuple[str, ...] = (),
        **kwargs: Any,  # noqa: ANN401 - as above
    ) -> None:
        super().__init__(*args, **kwargs)
        self.params += global_options()
        self.examples = examples
        self.columns = columns


class Group(_Shown, click.Group):
    """A command that has commands, in the order in which they were added."""

    command_class = Command

    def __init__(self, *args: Any, examples: str = "", **kwargs: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **kwargs)
        self.params += global_options()
        self.examples = examples

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)
