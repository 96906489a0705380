"""`python -m partnercenter_qual demo`."""

import argparse

from ._demo import demo


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m partnercenter_qual", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("demo", help="watch the client at work against the emulator").set_defaults(
        run=demo
    )
    parser.parse_args().run()


if __name__ == "__main__":
    main()
