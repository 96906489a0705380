"""`python -m partnercenter_qual`: a demo, and the emulator as a process of its own."""

import argparse

from ._emulator_command import add_emulator


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m partnercenter_qual", description="Partner Center, emulated."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="watch the client at work against the emulator")
    demo.set_defaults(run=_demo)
    add_emulator(commands)
    options, unknown = parser.parse_known_args()
    if unknown:  # told with the usage of the command that they were meant for
        commands.choices[options.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    options.run(options)


def _demo(_: argparse.Namespace) -> None:
    from ._demo import demo  # noqa: PLC0415 - the other command has no use for it

    demo()


if __name__ == "__main__":
    main()
