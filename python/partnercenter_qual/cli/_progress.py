"""Whether a bar is shown: on a terminal, where somebody wants one."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ._messages import is_terminal

if TYPE_CHECKING:
    from ._settings import Settings


def progress(settings: Settings) -> bool:
    """Say whether a run is to show a bar on stderr."""
    wanted = not (settings.no_progress or settings.quiet)
    return wanted and is_terminal(sys.stderr) and find_spec("tqdm") is not None
