"""Measure our clients beside others against an emulator in another process.

Usage: python benches/run.py [PART ...] [--output FILE]. All parts are measured when none is named;
then, or with --output, the page can be written. What is not installed is left out, and said.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from harness import Settings
from parts import decode, importing, ledger, memory, single, sweep, throttled
from report import Part, goals, machine, page

PARTS: dict[str, Callable[[Settings], Part]] = {
    "sweep": sweep.measure,
    "single": single.measure,
    "decode": decode.measure,
    "throttled": throttled.measure,
    "import": importing.measure,
    "memory": memory.measure,
    "ledger": ledger.measure,
}


def arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the page here")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each program (%(default)s)")
    parser.add_argument("--scale", type=float, default=1.0, help="share of all counts that is done")
    parser.add_argument("--ours", action="store_true", help="leave out the programs of others")
    given = parser.parse_args()
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    if given.rounds < 1 or not 0 < given.scale <= 1:
        parser.error("--rounds is at least 1, --scale above 0 and at most 1")
    return given


def measured(name: str, settings: Settings) -> Part:
    """Measure a part and show it at once."""
    before = perf_counter()
    part = PARTS[name](settings)
    print(part.markdown(), flush=True)
    print(f"\n({perf_counter() - before:.0f} s)\n", file=sys.stderr, flush=True)
    return part


def main() -> None:
    """Measure what is asked for."""
    given = arguments()
    settings = Settings(given.rounds, given.scale, given.ours)
    parts = [measured(name, settings) for name in given.parts or PARTS]
    command = " ".join(["python benches/run.py", *sys.argv[1:]])
    print(goals(parts), machine(settings, command), sep="\n\n")
    if given.output:
        given.output.write_text(page(parts, settings, command), "utf-8")


if __name__ == "__main__":
    main()
