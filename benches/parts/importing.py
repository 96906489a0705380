"""(e) What an import costs a process that has just begun."""

import re
import subprocess
import sys
from functools import partial
from importlib.util import find_spec

from harness import Figures, Settings, interleaved, placed
from report import Goal, Part, number, table

LIMIT = 15.0
TEXT = (
    "By `python -X importtime`, a process for each; files are in the system's cache, byte code is "
    "compiled."
)
OURS = "partnercenter_qual"
STATEMENTS = {
    OURS: "import partnercenter_qual",
    "its client and values": "from partnercenter_qual import Client, Qualification",
    "pyreqwest": "import pyreqwest.client",
    "wreq": "import wreq",
    "requests": "import requests",
    "httpx": "import httpx",
    "aiohttp": "import aiohttp",
}
TIMES = re.compile(r"import time:\s+\d+ \|\s+(\d+) \| \S")


def measure(settings: Settings) -> Part:
    """Measure all imports."""
    ours = {OURS, "its client and values"}
    names = [
        name for name in STATEMENTS if name in ours or (not settings.ours_only and find_spec(name))
    ]
    found = interleaved(
        {name: partial(_import, STATEMENTS[name]) for name in names}, settings.rounds
    )
    text = [
        TEXT,
        table(
            ("statement", "ms"),
            ((f"`{STATEMENTS[name]}`", number(each["ms"], 1)) for name, each in found.items()),
        ),
    ]
    took = found[OURS]["ms"]
    goal = Goal("6", f"import ≤ {LIMIT:.0f} ms", f"{took:.1f} ms", met=took <= LIMIT)
    return Part("(e) Import", text, [goal])


def _import(statement: str) -> Figures:
    """Add up what the statement imports, and what that does in turn, but not Python's own start."""
    marked = f"import sys; sys.stderr.write('--\\n'); {statement}"
    with placed(1):
        done = subprocess.run(  # noqa: S603 - a statement of ours
            [sys.executable, "-X", "importtime", "-c", marked],
            check=True,
            capture_output=True,
            text=True,
        )
    outermost = TIMES.findall(done.stderr.partition("--\n")[2])
    return {"ms": sum(map(int, outermost)) / 1e3}
