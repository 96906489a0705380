"""Runs the command line: what is raised becomes a message and an exit code here, and only here."""

from __future__ import annotations

import os
import sys

import click

from partnercenter_qual import PartnerCenterError

from ._app import app
from ._failures import Exit, exit_code, message
from ._messages import error

COMPLETION = "_PCQ_COMPLETE"
"""The variable by which shells ask for completions."""


def run(program: str) -> int:
    """Run what the command line asks for.

    Args:
        program: what it was started as.

    Returns:
        The exit code.
    """
    _prepare_streams()
    try:
        try:
            code = _invoke(program)
        finally:
            _flush()
    except BrokenPipeError:
        code = _reader_has_gone()
    except (KeyboardInterrupt, click.Abort, click.exceptions.Exit, click.ClickException) as ended:
        code = _ended(ended)
    except (PartnerCenterError, OSError) as failure:
        code = _failed(failure)
    return int(code or Exit.OK)


def _invoke(program: str) -> int | None:
    """Run the command, without what click's `main` makes of closed pipes."""
    if COMPLETION in os.environ:
        app.main(prog_name=program, complete_var=COMPLETION)  # which ends here
    with app.make_context(program, sys.argv[1:]) as context:
        code: int | None = app.invoke(context)
        return code


def _ended(ended: BaseException) -> int:
    match ended:
        case click.exceptions.Exit():  # of --help
            return ended.exit_code
        case click.ClickException():
            ended.show()
            return ended.exit_code
        case _:
            error("interrupted")
            return Exit.INTERRUPTED


def _failed(failure: PartnerCenterError | OSError) -> int:
    if isinstance(failure, PartnerCenterError):
        error(message(failure))
        return exit_code(failure)
    error(_told(failure))
    return Exit.FAILED


def _prepare_streams() -> None:
    """Let no character that the terminal cannot show end a command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace" if stream is sys.stdout else "backslashreplace")


def _flush() -> None:
    """Find out now whether the reader has gone, not when the interpreter ends."""
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()


def _reader_has_gone() -> int:
    """End quietly, as for `pcq sweep | head`; Python would complain when it flushes once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.OK


def _told(failure: OSError) -> str:
    reason = failure.strerror or str(failure)
    return f"{failure.filename}: {reason}" if failure.filename else reason
