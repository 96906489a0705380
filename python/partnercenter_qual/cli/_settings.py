"""The global options: what they are, and where their values are kept for whoever needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

F = TypeVar("F", bound="Callable[..., Any]")

FORMATS: Final = ("table", "json", "jsonl", "csv", "parquet", "arrow")


class Settings:
    """What the global options say; None for what was not passed."""

    def __init__(self) -> None:
        self.output: str | None = None
        self.fields: tuple[str, ...] | None = None
        self.out: str | None = None
        self.cloud: str | None = None
        self.base_url: str | None = None
        self.authority: str | None = None
        self.profile: str | None = None
        self.verbose = False
        self.quiet = False
        self.no_progress = False


class GlobalOption(click.Option):
    """An option that all commands take, before the command's name or after it."""

    def __init__(self, *names: str, **attributes: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(list(names), expose_value=False, callback=_keep, **attributes)


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    settings = context.find_root().ensure_object(Settings)
    if option.name and (value or (option.name == "out" and value is not None)):
        setattr(settings, option.name, value)


class _Fields(click.ParamType[tuple[str, ...]]):
    name = "NAMES"

    def convert(
        self,
        value: str | tuple[str, ...],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in value.split(",") if name.strip())
        return names or self.fail("pass names of columns, separated by commas", param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - for shells alone

        del param
        before, comma, begun = incomplete.rpartition(",")
        columns: tuple[str, ...] = getattr(ctx.command, "columns", ())
        return [
            CompletionItem(f"{before}{comma}{name}") for name in columns if name.startswith(begun)
        ]


def global_options() -> list[click.Parameter]:
    """Make the global options of a command."""
    return [*_about_results(), *_about_the_service(), *_about_messages()]


def _about_results() -> list[click.Parameter]:
    return [
        GlobalOption(
            "-o",
            "--output",
            type=click.Choice(FORMATS, case_sensitive=False),
            help="Form of the result: a table on a terminal, else csv, or what FILE is called.",
        ),
        GlobalOption("--fields", type=_Fields(), help="Only these columns: a,b,c."),
        GlobalOption(
            "--out",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Write the result to FILE, whole or not at all.",
        ),
    ]


def _about_the_service() -> list[click.Parameter]:
    return [
        GlobalOption("--profile", metavar="NAME", help="Profile of the configuration file to use."),
        GlobalOption(
            "--cloud",
            type=click.Choice(("global", "usgov", "china"), case_sensitive=False),
            help="Microsoft's cloud.",
        ),
        GlobalOption("--base-url", metavar="URL", help="Address of the API, as of an emulator."),
        GlobalOption("--authority", metavar="URL", help="Address of the authority."),
    ]


def _about_messages() -> list[click.Parameter]:
    return [
        GlobalOption("-v", "--verbose", is_flag=True, help="Say more on stderr."),
        GlobalOption("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors."),
        GlobalOption("--no-progress", is_flag=True, help="Show no progress bar."),
    ]
