"""Commands that need no service: `emulator`, `demo` and `completion`."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from ._command import Command
from ._settings import Settings


class _PassedOn(click.Command):
    """A command whose options another parser reads."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        del ctx
        from partnercenter_qual.__main__ import emulator_options  # noqa: PLC0415 - as it is needed

        found = emulator_options() if self.name == "emulator" else ["--help"]
        return [CompletionItem(each) for each in found if each.startswith(incomplete)]


_passed_on = {"ignore_unknown_options": True, "help_option_names": []}


@click.command(cls=_PassedOn, context_settings=_passed_on)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def emulator(arguments: tuple[str, ...]) -> None:
    """Serve an emulator of the service, until Ctrl-C."""
    _built_in("emulator", arguments)


@click.command(cls=_PassedOn, context_settings=_passed_on)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def demo(arguments: tuple[str, ...]) -> None:
    """Watch the client at work against an emulator."""
    _built_in("demo", arguments)


def _built_in(name: str, arguments: tuple[str, ...]) -> None:
    from partnercenter_qual.__main__ import built_in  # noqa: PLC0415 - as above

    built_in([name, *arguments])


_COMPLETION = """
pcq completion bash > ~/.local/share/bash-completion/completions/pcq
pcq completion zsh > "${fpath[1]}/_pcq"
pcq completion fish > ~/.config/fish/completions/pcq.fish
pcq completion powershell >> $PROFILE
"""


@click.command(cls=Command, examples=_COMPLETION)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish", "powershell")))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes in a shell."""
    from ._main import COMPLETION  # noqa: PLC0415 - that module imports this one
    from ._output import write_text  # noqa: PLC0415 - the others need it not

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"This click has no completion for {shell}.")
    script = found(context.find_root().command, {}, "pcq", COMPLETION).source()
    write_text(context.find_root().ensure_object(Settings), f"{script}\n")
