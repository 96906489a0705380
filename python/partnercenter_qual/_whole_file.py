"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from shutil import copymode
from stat import S_ISREG
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """Open a file that takes the place of what is at a path once it is written.

    What is no file, such as a pipe, is written to as it stands.

    Args:
        path: where to.

    Yields:
        The file. It is dropped, and what was there before kept, if the block raises.

    Raises:
        OSError: when it cannot be written, with the path.
    """
    try:
        if _is_special(path):
            with Path(path).open("wb") as file:
                yield file
            return
        with _replacing(Path(path).resolve()) as file:  # a link stays one
            yield file
    except OSError as error:
        if error.errno is not None:
            error.filename = path
            del error.filename2  # None would be shown
        raise


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    beside = target.with_name(f".{os.urandom(8).hex()}.tmp")
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            copymode(target, beside)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _is_special(path: str) -> bool:
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        return False
    return not S_ISREG(mode)  # a directory too, which says so when it is opened
