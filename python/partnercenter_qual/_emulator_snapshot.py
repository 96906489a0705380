"""What an emulator was at some moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
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
