"""The command `pcq`: all of its commands, in the order of its help."""

from __future__ import annotations

from typing import Final

import click

from ._command import Group
from ._settings import Settings

_COMMANDS: Final = {
    "get": ("_reading", "Read the qualifications of a few customers."),
    "update": ("_changing", "Ask for a qualification of a customer."),
    "wait": ("_reading", "Wait until a qualification is decided."),
    "customers": ("_reading", "List the customers of the partner."),
    "validation-codes": ("_reading", "List the codes for the Government Community Cloud."),
    "sweep": ("_sweeping", "Read the qualifications of many customers."),
    "apply": ("_changing", "Ask for the qualifications in a CSV file."),
    "watch": ("_watching", "Follow what is in review, until Ctrl-C."),
    "ledger": ("_ledger", "Ask a ledger what was asked for and what was seen."),
    "auth": ("_auth", "Look at the credentials, or sign in."),
    "emulator": ("_built_in", "Serve an emulator of the service, until Ctrl-C."),
    "demo": ("_built_in", "Watch the client at work against an emulator."),
    "completion": ("_built_in", "Print the script that completes in a shell."),
}
"""The commands in the order of the help: where each is, and the first line of its own help."""

_EXAMPLES = """
pcq emulator                                  # in one terminal, and in another:
pcq --profile emulator sweep                  # all customers of the emulator
pcq --profile emulator sweep --out quals.csv

pcq auth login --tenant-id TENANT --client-id APPLICATION
pcq sweep --output jsonl | jq -r 'select(.vetting_status == "Denied") | .vetting_reason'
"""


class _Lazy(Group):
    """Loads a command when it is asked for: help and completion are waited for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _COMMANDS and cmd_name not in self.commands:
            from importlib import import_module  # noqa: PLC0415 - help needs none

            module = import_module(f".{_COMMANDS[cmd_name][0]}", __package__)
            self.add_command(getattr(module, cmd_name.replace("-", "_")))
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in _COMMANDS.items()])


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's own
    if wanted:
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - as above

        try:
            click.echo(f"pcq {version('partnercenter_qual')}")
        except PackageNotFoundError:
            click.echo("pcq, of a package that is not installed")
        context.exit()


@click.group(
    cls=_Lazy,
    examples=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version.",
)
@click.pass_context
def app(context: click.Context) -> None:
    """Customer qualifications of Microsoft Partner Center.

    Results go to stdout, everything else to stderr. Exit codes: 0 ok, 1 some rows failed, 2 wrong
    usage, 3 authentication, 4 throttled or unavailable, 130 interrupted.
    """
    context.ensure_object(Settings)
