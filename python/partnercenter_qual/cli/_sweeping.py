"""The command `sweep`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from partnercenter_qual import PartnerCenterError

from . import _columns as columns
from ._command import Command
from ._connection import Connection
from ._failures import Exit, rows_failed
from ._messages import error, note
from ._output import Output
from ._parameters import ledger_option
from ._progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partnercenter_qual import Sweep

    from ._settings import Settings

_EXAMPLES = """
pcq sweep                                     # all customers, as a table
pcq sweep --out quals.csv                     # or .json, .jsonl, .parquet, .arrow
pcq customers --name-prefix Contoso --fields customer_id | pcq sweep --ids -
pcq sweep --ledger quals.db --resume          # goes on where the last one was interrupted
pcq sweep --output jsonl | jq -r 'select(.error_code) | .customer_id'
"""


@click.command(cls=Command, examples=_EXAMPLES, columns=columns.SWEEP)
@click.option(
    "--ids",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True),
    help="Only these customers: an id a line, or CSV with a column customer_id; - is stdin.",
)
@ledger_option
@click.option("--resume", is_flag=True, help="Go on with the ledger's last interrupted sweep.")
@click.option("--ordered", is_flag=True, help="Rows in the order of the customers.")
@click.option("--max-concurrency", type=click.IntRange(1, 1024), help="Requests in flight (16).")
@click.option("--requests-per-minute", type=click.IntRange(1), help="Never more than this.")
@click.pass_obj
def sweep(
    settings: Settings,
    *,
    ids: str | None,
    ledger: str | None,
    resume: bool,
    ordered: bool,
    max_concurrency: int | None,
    requests_per_minute: int | None,
) -> int:
    """Read the qualifications of many customers.

    Of all, or of those in a file. In a pipe, rows of csv and jsonl are written as they come. A
    customer that cannot be read is a row with its error, and exit code 1. Ctrl-C keeps what was
    read: it goes to stdout, or beside FILE as FILE.partial.
    """
    connection = Connection(settings)
    output = Output(connection, columns.SWEEP)
    book = ledger or connection.profile.get("ledger")
    if resume and not book:
        connection.ledger(None)
    limits = {"max_concurrency": max_concurrency, "requests_per_minute": requests_per_minute}
    customers = None
    if ids is not None:
        from ._ids import read_ids  # noqa: PLC0415 - few need it

        customers = read_ids(ids)
    with (
        connection.client(**limits) as client,
        client.sweep(
            customers,
            ordered=ordered,
            progress=progress(settings) and not (output.is_stream and output.is_screen),
            ledger=connection.ledger(book) if book else None,
            resume=resume,
        ) as run,
    ):
        return _taken(settings, run, output, has_ledger=bool(book))


def _taken(settings: Settings, run: Sweep, output: Output, *, has_ledger: bool) -> int:
    """Write the result of a sweep, row by row where it flows on and as a whole elsewhere."""
    taken = _RowByRow(run, output) if output.is_stream else _AsAWhole(run, output)
    try:
        taken.take()
    except KeyboardInterrupt:
        taken.keep_the_rest()
        total = "" if run.total is None else f" of {run.total:,}"
        cure = "; go on with the same ledger and --resume" if has_ledger else ""
        error(f"interrupted: {run.done:,}{total} customers were read{cure}")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        raise
    except (PartnerCenterError, OSError, UnicodeDecodeError):
        taken.keep_the_rest()
        raise
    counts = ", ".join(f"{name} {count:,}" for name, count in run.counts.items())
    pace = f"{run.done:,} customers in {run.elapsed:.1f} s, {run.retries:,} retries"
    note(settings, f"{pace}: {counts or 'none'}")
    code, told = rows_failed(taken.failed, taken.total)
    if told:
        error(told)
    return code


class _AsAWhole:
    """Takes all results, and writes them at the end."""

    def __init__(self, run: Sweep, output: Output) -> None:
        self._run, self._output = run, output
        self.total, self.failed = 0, list[dict[str, Any]]()

    def take(self) -> None:
        table = self._run.collect()
        self._output.write(table)
        self.total, self.failed = len(table), [row for row in table if row["error_code"]]

    def keep_the_rest(self) -> None:
        self._run.close()  # nothing more is waited for
        self._output.write_partial(self._run.collect())


class _RowByRow:
    """Takes results one by one, and writes each at once: whoever reads may wait for them."""

    def __init__(self, run: Sweep, output: Output) -> None:
        self._run, self._rows = run, output.row_writer()
        self._left: Iterable[dict[str, Any]] = ()
        self.total, self.failed = 0, list[dict[str, Any]]()

    def take(self) -> None:
        for batch in self._run.batches(1):
            self._left = iter(batch)
            self._write_what_is_left()
        self._rows.begin()

    def keep_the_rest(self) -> None:
        self._run.close()  # as above
        self._write_what_is_left()
        self._left = iter(self._run.collect())
        self._write_what_is_left()

    def _write_what_is_left(self) -> None:
        for row in self._left:
            self._rows.write(row)
            self.total += 1
            if row["error_code"]:
                self.failed.append(row)
