"""The certificate of an emulator's authority, as a file that clients can be pointed to."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import finalize


class CaBundle:
    """A PEM file that only this user can read.

    It goes with `close`, with the last reference, or at the latest with the interpreter. On Linux
    it lives in memory, so that not even a process that is killed leaves it behind.
    """

    def __init__(self, pem: str) -> None:
        if sys.platform == "linux":
            file = os.memfd_create("partnercenter-qual-ca.pem")
            self.close = finalize(self, _close, file, os.getpid())
            self.path = f"/proc/{os.getpid()}/fd/{file}"
        else:
            folder = mkdtemp(prefix="partnercenter-qual-")
            self.close = finalize(self, _remove, folder, os.getpid())
            self.path = str(Path(folder, "ca.pem"))
        Path(self.path).write_text(pem, encoding="ascii")


def _close(file: int, owner: int) -> None:
    if os.getpid() == owner:
        os.close(file)


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # a forked child's copy is not the one to tidy up
        rmtree(folder, ignore_errors=True)
