"""Runs the command line as a user does: as a process, with and without a terminal."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
from pathlib import Path
from typing import NamedTuple

from partnercenter_qual import Emulator

COMMAND = [sys.executable, "-m", "partnercenter_qual"]
PATIENCE = 40.0

NO_TOKEN = {"PARTNERCENTER_ACCESS_TOKEN": ""}
COUNT = ["customers", "--fields", "customer_id"]


class Done(NamedTuple):
    """What a command left; on a terminal, `out` has all that was seen there."""

    code: int
    out: str
    err: str = ""


class Pcq:
    """The command line, with an emulator for the service and a folder for its files.

    Args:
        emulator: the service.
        folder: where it runs; its configuration is there, too.
    """

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder
        self.configuration = folder / "config.toml"
        self.configuration.touch()  # a file that PCQ_CONFIG names has to be there
        foreign = re.compile("PARTNERCENTER_|AZURE_|PCQ_|NO_COLOR|COLUMNS|FORCE_COLOR|TERM")
        kept = {name: value for name, value in os.environ.items() if not foreign.match(name)}
        self.env = kept | {
            "PARTNERCENTER_BASE_URL": emulator.url,
            "PARTNERCENTER_AUTHORITY": emulator.authority,
            "PARTNERCENTER_ACCESS_TOKEN": emulator.access_token(),
            "PCQ_CONFIG": str(self.configuration),
            "XDG_CONFIG_HOME": str(folder / "xdg"),
            "TERM": "xterm-256color",
        }

    def configure(self, name: str, values: dict[str, str]) -> None:
        """Add a profile to the configuration."""
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        with self.configuration.open("a") as file:
            file.write(f"[profiles.{name}]\n{lines}")

    def install(self) -> str:
        """Make a command called `pcq`, as an installation does; give a PATH that leads to it."""
        folder = self.folder / "bin"
        folder.mkdir()
        script = folder / "pcq"
        main = "from partnercenter_qual.__main__ import main\nmain()\n"
        script.write_text(f"#!{sys.executable}\n{main}")
        script.chmod(0o755)
        return f"{folder}{os.pathsep}{os.environ['PATH']}"

    def start(self, *arguments: object, **env: str) -> subprocess.Popen[bytes]:
        """Start a command, with pipes."""
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.env | env,
        )

    def run(self, *arguments: object, stdin: str | bytes = b"", **env: str) -> Done:
        """Run a command without a terminal. No failure of it may show a traceback."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        return ended(self.start(*arguments, **env), given)

    def result(self, *arguments: object, stdin: str = "") -> str:
        """Give what a command that goes well writes to stdout."""
        done = self.run(*arguments, stdin=stdin)
        assert done.code == 0, done.err
        return done.out

    def on_terminal(
        self,
        *arguments: object,
        answer: str = "",
        number: signal.Signals | None = None,
        columns: int = 120,
        **env: str,
    ) -> Done:
        """Run a command on a terminal of its own.

        Args:
            arguments: of the command.
            answer: what the user types once there is a question.
            number: the signal that the user sends once there is a question.
            columns: how wide the terminal is.
            env: variables.
        """
        master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (40, columns))
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=self.folder,
            env=self.env | env,
            start_new_session=True,
        )
        os.close(slave)
        try:
            shown = _seen(master, process, answer, number).decode().replace("\r\n", "\n")
            code = process.wait(PATIENCE)
        finally:
            process.kill()
            os.close(master)
        assert "Traceback" not in shown
        return Done(code, shown)


def _seen(
    master: int, process: subprocess.Popen[bytes], answer: str, number: signal.Signals | None
) -> bytes:
    """Look at a terminal until its program has ended, and answer a question."""
    seen = b""
    while True:
        # A signal just before Python waits for input is noticed with the next one alone.
        if select.select([master], [], [], 0.5)[0]:
            text = _read(master)
            if not text:
                return seen
            seen += text
        if seen.rstrip().endswith(b"[y/N]:"):
            if number is not None:
                process.send_signal(number)
            elif answer:
                os.write(master, answer.encode())
                answer = ""


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65_536)
    except OSError:  # Linux's end of a terminal
        return b""


def ended(process: subprocess.Popen[bytes], stdin: bytes | None = b"") -> Done:
    """Wait for the end of a command."""
    out, err = process.communicate(stdin, timeout=PATIENCE)
    done = Done(process.returncode, out.decode(), err.decode())
    assert "Traceback" not in done.err, done.err
    return done


def interrupt(process: subprocess.Popen[bytes]) -> Done:
    """Press Ctrl-C."""
    process.send_signal(signal.SIGINT)
    return ended(process, None)
