"""`pcq`, or `python -m partnercenter_qual`: the command line.

The emulator and the demo work without the extra `cli`; the other commands need it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from ._extras import install

if TYPE_CHECKING:
    import argparse

_BUILT_IN: Final = ("demo", "emulator")
_FAILED: Final = 1
_USAGE: Final = 2
_INTERRUPTED: Final = 130


def main() -> None:
    """Run what the command line asks for.

    Raises:
        SystemExit: with the exit code.
    """
    try:
        _run()
    except KeyboardInterrupt:  # also while it still loads
        sys.exit(_INTERRUPTED)


def _run() -> None:
    if sys.argv[1:2] and sys.argv[1] in _BUILT_IN and "_PCQ_COMPLETE" not in os.environ:
        built_in(sys.argv[1:])
        return
    try:
        from .cli import run  # noqa: PLC0415 - the built-in commands need none
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        _without_the_extra()
        return
    sys.exit(run(program()))


def program() -> str:
    """Give the words by which this was started."""
    is_module = sys.argv[0].endswith("__main__.py")
    return "python -m partnercenter_qual" if is_module else "pcq"


def built_in(arguments: list[str]) -> None:
    """Run the emulator or the demo."""
    parser, commands = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:  # told with the usage of the command that they were meant for
        commands.choices[options.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        options.run(options)
    except BrokenPipeError:  # a reader such as `head` has had enough
        _leave_stdout()
    except OSError as error:
        _leave_stdout()
        print(f"{program()}: error: {error.strerror or error}", file=sys.stderr)  # noqa: T201 - a command talks to the terminal
        sys.exit(_FAILED)


def _leave_stdout() -> None:
    """Keep Python from complaining once more when it ends, and flushes what is left."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def emulator_options() -> list[str]:
    """Give the options of the emulator."""
    _, commands = _parser()
    return list(commands.choices["emulator"]._option_string_actions)  # noqa: SLF001 - there is no other way


def _parser() -> tuple[
    argparse.ArgumentParser, argparse._SubParsersAction[argparse.ArgumentParser]
]:
    import argparse  # noqa: PLC0415 - the other commands need none

    from ._emulator_command import add_emulator  # noqa: PLC0415 - as above

    parser = argparse.ArgumentParser(
        prog=program(),
        description="Partner Center, emulated.",
        epilog=f"The other commands need an extra: {install('cli')}",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="watch the client at work against the emulator")
    demo.set_defaults(run=_demo)
    add_emulator(commands)
    return parser, commands


def _demo(_: argparse.Namespace) -> None:
    from ._demo import demo  # noqa: PLC0415 - the other command has no use for it

    demo()


def _without_the_extra() -> None:
    """Say how to get the commands that are not here."""
    if sys.argv[1:2] and sys.argv[1] in ("-h", "--help"):
        built_in(sys.argv[1:])
    message = f"pcq: error: this needs the command line's libraries: {install('cli')}"
    print(message, file=sys.stderr)  # noqa: T201 - a command talks to the terminal
    print(f"Without them there are: {', '.join(_BUILT_IN)}", file=sys.stderr)  # noqa: T201 - as above
    sys.exit(_USAGE)


if __name__ == "__main__":
    main()
