"""The long run: `python -m tests.crash --customers 10000 --kills 100`, with either database."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.postgres import Postgres

from .harness import Report, Settings, run
from .service import LEDGER

HOUR = 3600.0  # seconds


def with_sqlite(customers: int, kills: int, seed: int) -> Report:
    """One worker, with a file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return run(
            Settings(
                url=str(folder / LEDGER),
                folder=folder,
                customers=customers,
                kills=kills,
                seed=seed,
                deadline=HOUR,
            )
        )


def with_postgres(customers: int, kills: int, seed: int) -> Report:
    """Four workers, with a server."""
    with Postgres() as server, tempfile.TemporaryDirectory() as folder:
        return run(
            Settings(
                url=server.create_database(),
                folder=Path(folder),
                customers=customers,
                kills=kills,
                workers=4,
                lease=3.0,
                seed=seed,
                deadline=HOUR,
            )
        )


RUNS: dict[str, Callable[[int, int, int], Report]] = {
    "sqlite": with_sqlite,
    "postgresql": with_postgres,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=RUNS, action="append", help="one of them alone")
    given = parser.parse_args()
    for name in given.database or RUNS:
        report = RUNS[name](given.customers, given.kills, given.seed)
        sys.stdout.write(f"{name}: {report}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
