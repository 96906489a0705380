"""The processes that are started, watched, and killed."""

import signal
import subprocess
import sys
from pathlib import Path

from .worker import ALL_FINAL, SOMETHING_LEFT

WORKER = Path(__file__).parent / "worker.py"
SHOWN = 4000  # characters of a log


class Worker:
    """One place for a process, which is filled again whenever its process has ended."""

    def __init__(self, account: Path, log: Path) -> None:
        self._command = [sys.executable, str(WORKER), str(account)]
        self._log = log
        self.started = 0
        self.start()

    def start(self) -> None:
        self.started += 1
        with self._log.open("ab") as log:
            self._begins_at = log.tell()
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def has_begun(self) -> bool:
        """Whether it runs, and has said that it begins."""
        return self.is_running() and self._log.stat().st_size > self._begins_at

    def is_running(self) -> bool:
        return self._process.poll() is None

    def is_done(self) -> bool:
        """Whether it ended because nothing was left to do."""
        code = self._process.poll()
        assert code in {None, ALL_FINAL, SOMETHING_LEFT}, f"a worker ended with {code}\n{self}"
        return code == ALL_FINAL

    def kill(self) -> bool:
        """Kill it; False says that it ended by itself before."""
        self._process.kill()
        return self._process.wait() == -signal.SIGKILL

    def __str__(self) -> str:
        return f"{self._log.name}:\n{self._log.read_text(errors='replace')[-SHOWN:]}"
