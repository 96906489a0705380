"""The certificate of an emulator's authority, as a file that clients can be pointed to."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import finalize


class CaBundle:
    """A PEM file in a folder of its own, which only this user can enter.

    It goes with `close`, with the last reference, or at the latest with the interpreter.
    """

    def __init__(self, pem: str) -> None:
        folder = mkdtemp(prefix="partnercenter-qual-")
        self.close = finalize(self, _remove, folder, os.getpid())
        self.path = str(Path(folder, "ca.pem"))
        Path(self.path).write_text(pem, encoding="ascii")


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # a forked child's copy is not the one to tidy up
        rmtree(folder, ignore_errors=True)
