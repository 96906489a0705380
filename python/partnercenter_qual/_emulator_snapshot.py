"""What an emulator was at some moment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from . import _arguments as arguments

if TYPE_CHECKING:
    from os import PathLike


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that an emulator was; `restore` takes it.

    Attributes:
        json: the state as JSON text in UTF-8, as `save` writes it.
    """

    json: bytes = field(repr=False)


def snapshot_of(snapshot: Snapshot | str | PathLike[str]) -> bytes:
    """Take the JSON of a snapshot, or of the file at a path."""
    if isinstance(snapshot, Snapshot) and isinstance(snapshot.json, bytes):
        return snapshot.json
    try:
        return Path(snapshot).read_bytes()
    except (OSError, TypeError, ValueError) as error:
        cure = f"pass what snapshot() returned, or the path of a file that save() wrote ({error})"
        raise arguments.refused("snapshot", snapshot, cure) from None


def write_whole(path: str, content: bytes) -> None:
    """Replace a file in one step."""
    target = Path(path).resolve()  # a link stays one
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.close()  # Windows renames no open file
            Path(file.name).replace(target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
