"""`python -m partnercenter_qual emulator`: an emulator as a process of its own, until a signal.

add_emulator(commands)  # gives the command its options, and says what runs it
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, NoReturn

from ._emulator_options import SETTINGS, add_options

if TYPE_CHECKING:
    import argparse

    from .emulator import Emulator

_NAME = "python -m partnercenter_qual emulator"
_CA_NAME = b"Partner Center emulator"


def add_emulator(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `emulator`."""
    parser = commands.add_parser(
        "emulator",
        help="serve the emulator until Ctrl-C",
        description="Serve Partner Center and its Entra on 127.0.0.1, for programs in any "
        "language, until Ctrl-C or SIGTERM.",
        allow_abbrev=False,
    )
    parser.usage = f"{_NAME} [OPTION ...]"
    add_options(parser)
    parser.set_defaults(run=serve)


def serve(options: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM, then save the state and leave nothing behind.

    Raises:
        SystemExit: 2 for an option that is refused, 1 for a state that cannot be saved at the end.
    """
    stop = _stop_signals()
    state: Path | None = getattr(options, "state", None)
    with ExitStack() as stack:
        emulator = _start(options, state, stack)
        _tell(options, emulator)
        _wait(stop)
        _ignore_signals()
        if state:
            try:
                _save(emulator, state)
            except ValueError as error:
                _exit(1, str(error))


def _start(options: argparse.Namespace, state: Path | None, stack: ExitStack) -> Emulator:
    """Make the emulator that the options describe; what cannot work at the end is refused now."""
    from .emulator import Emulator  # noqa: PLC0415 - `--help` needs none

    settings = {name: value for name, value in vars(options).items() if name in SETTINGS}
    ca_file: Path | None = getattr(options, "ca_file", None)
    try:
        emulator = stack.enter_context(Emulator(**settings))
        if state:
            _hold(state, stack)
            if state.stat().st_size:
                _restore(emulator, state)
            _save(emulator, state)
            _hold(state, stack)  # saving made a new file of it
        if "frozen" in options:
            emulator.freeze()
        if ca_file:
            _write_ca_file(ca_file, emulator.ca_bundle)
            stack.callback(_remove_ca_file, ca_file, ca_file.read_bytes())
    except (OSError, ValueError) as error:  # a path that cannot even be looked at, too
        _exit(2, str(error))
    return emulator


def _hold(state: Path, stack: ExitStack) -> None:
    """Keep other emulators from the file until the end: each would undo what the other saved."""
    try:
        state.touch()  # so that there is something to hold
    except OSError as error:
        cure = f"pass a path that can be written ({error.strerror})"
        raise ValueError(f"state: '{state}' was refused: {cure}") from None
    if sys.platform == "win32":
        return
    from fcntl import LOCK_EX, LOCK_NB, flock  # noqa: PLC0415 - not on Windows

    try:
        flock(stack.enter_context(state.open("rb")), LOCK_EX | LOCK_NB)
    except BlockingIOError:
        cure = "pass another file: an emulator that still runs has this one"
        raise ValueError(f"state: '{state}' was refused: {cure}") from None


def _restore(emulator: Emulator, state: Path) -> None:
    try:
        emulator.restore(state)
    except (OSError, ValueError) as error:
        cure = "pass a file that an emulator saved, or a new one"
        raise ValueError(f"state: '{state}' was refused: {cure} ({error})") from None


def _save(emulator: Emulator, state: Path) -> None:
    try:
        emulator.save(state)
    except OSError as error:
        cure = f"pass a path that can be written ({error.strerror})"
        raise ValueError(f"state: '{state}' was refused: {cure}") from None


def _write_ca_file(path: Path, ca_bundle: str | None) -> None:
    """Write the certificate where there is none yet but one that a killed emulator left."""
    if ca_bundle is None:
        raise ValueError(f"ca_file: '{path}' was refused: pass --tls too, or leave it out")
    if path.exists() and not _is_emulators(path):
        raise ValueError(
            f"ca_file: '{path}' was refused: pass a path where no file is; this one would be "
            "written over, and removed at the end"
        )
    try:
        path.write_bytes(Path(ca_bundle).read_bytes())
    except OSError as error:
        cure = f"pass a path that can be written ({error.strerror})"
        raise ValueError(f"ca_file: '{path}' was refused: {cure}") from None


def _remove_ca_file(path: Path, written: bytes) -> None:
    """Remove what was written, but not what another emulator wrote over it."""
    with suppress(OSError):
        if path.read_bytes() == written:
            path.unlink()


def _is_emulators(path: Path) -> bool:
    from ssl import PEM_cert_to_DER_cert  # noqa: PLC0415 - heavy, and seldom needed

    try:
        return _CA_NAME in PEM_cert_to_DER_cert(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return False


_STOP_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # those that there are


def _stop_signals() -> SimpleQueue[int]:
    """Take note of signals to stop from now on, those that come while it still starts too."""
    stop: SimpleQueue[int] = SimpleQueue()  # whose `put`, alone of all, may be called by a handler
    for name in _STOP_SIGNALS:
        number = getattr(signal, name, None)
        if number is None or (name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN):
            continue  # not on this system, or started by nohup
        signal.signal(number, lambda number, _: stop.put(number))
    return stop


def _ignore_signals() -> None:
    """Have no further signal disturb the end: an interpreter that ends lets go of its handlers.

    One that arrives while its handler goes is reported as an unraisable error; it is ignored, too.
    """
    report, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        for name in _STOP_SIGNALS:
            if (number := getattr(signal, name, None)) is not None:
                signal.signal(number, signal.SIG_IGN)
    finally:
        sys.unraisablehook = report


def _wait(stop: SimpleQueue[int]) -> None:
    while True:
        with suppress(Empty):
            stop.get(timeout=1)  # Windows looks for signals between waits alone
            return


def _tell(options: argparse.Namespace, emulator: Emulator) -> None:
    """Print where it is; a reader who has gone away does not need to know."""
    known = {
        "url": emulator.url,
        "page": f"{emulator.url}/_emulator/",
        "authority": emulator.authority,
        "tenant_id": emulator.tenant_id,
        "client_id": emulator.client_id,
    }
    if "show_secret" in options:
        known["client_secret"] = emulator.client_secret
    if emulator.ca_bundle:
        known["ca_file"] = str(getattr(options, "ca_file", emulator.ca_bundle))
    if "state" in options:
        known["state"] = str(options.state)
    try:
        print(json.dumps(known) if "json" in options else _text(known), flush=True)  # noqa: T201 - a command talks to the terminal
    except BrokenPipeError:
        # Otherwise Python complains when it ends and flushes once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _text(known: dict[str, str]) -> str:
    secret = f"GET {known['page']}credentials, or start with --show-secret"
    rows = {"client_secret": secret, **known}
    order = ("page", "authority", "tenant_id", "client_id", "client_secret", "ca_file", "state")
    return "\n".join(
        [
            f"The Partner Center emulator listens on {known['url']}",
            *(f"  {name:<14} {rows[name]}" for name in order if name in rows),
            "Stop it with Ctrl-C or SIGTERM.",
        ]
    )


def _exit(code: int, message: str) -> NoReturn:
    print(f"{_NAME}: error: {message}", file=sys.stderr)  # noqa: T201 - as above
    raise SystemExit(code)
