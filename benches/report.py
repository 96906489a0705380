"""What was measured, as Markdown: tables, goals, and the machine they were measured on."""

import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness import HERE, Settings, pinning

PACKAGES = (
    "requests",
    "httpx",
    "tenacity",
    "aiohttp",
    "uvloop",
    "pyreqwest",
    "wreq",
    "msgspec",
    "orjson",
    "pydantic",
    "pyarrow",
)
CRATES = ("reqwest", "hyper", "hyper-util", "tokio", "serde_json")


@dataclass(frozen=True, slots=True)
class Goal:
    """What was to be reached, and what was.

    Attributes:
        number: which of the goals.
        text: what was to be reached.
        measured: what was, as it is shown.
        met: whether it was; None where it could not be measured.
    """

    number: str
    text: str
    measured: str = "not measured"
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that are measured.

    Attributes:
        title: its heading.
        text: how it was measured, then its tables.
        goals: what was to be reached.
    """

    title: str
    text: list[str]
    goals: list[Goal] = field(default_factory=list)

    def markdown(self) -> str:
        """Give its section of the page."""
        return "\n\n".join([f"## {self.title}", *self.text])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table: the first column has names, all others numbers."""
    line = "|---" + "|--:" * (len(head) - 1) + "|"
    return "\n".join(
        ["| " + " | ".join(head) + " |", line, *("| " + " | ".join(row) + " |" for row in rows)]
    )


def number(value: float | None, digits: int = 0) -> str:
    """Write a number, or a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def at_most(number: str, text: str, ours: float | None, other: float | None, limit: float) -> Goal:
    """Hold one figure to a multiple of another."""
    if ours is None or other is None:
        return Goal(number, text)
    return Goal(number, text, f"{ours / other:.2f} ×", met=ours <= limit * other)


def at_least(number: str, text: str, ours: float | None, other: float | None, limit: float) -> Goal:
    """Hold one figure to at least a multiple of another."""
    if ours is None or other is None:
        return Goal(number, text)
    return Goal(number, text, f"{ours / other:.2f} ×", met=ours >= limit * other)


def goals(parts: Iterable[Part]) -> str:
    """Give the table of all goals."""
    words = {True: "met", False: "**not met**", None: "–"}
    found = sorted((goal for part in parts for goal in part.goals), key=lambda goal: goal.number)
    rows = [(goal.number, goal.text, goal.measured, words[goal.met]) for goal in found]
    return "\n".join(
        ["## Goals", "", "| | goal | measured | |", "|---|---|--:|---|"]
        + ["| " + " | ".join(row) + " |" for row in rows]
    )


def page(parts: list[Part], settings: Settings, command: str) -> str:
    """Give the whole page."""
    intro = (
        "Written by `make bench`; what it does is in `benches/`. Absolute figures "
        "differ from machine to machine and from hour to hour, so the goals are ratios of figures "
        "from one run, in which the programs took turns."
    )
    sections = ["# Benchmarks", intro, goals(parts), *(part.markdown() for part in parts)]
    return "\n\n".join([*sections, machine(settings, command)]) + "\n"


def machine(settings: Settings, command: str) -> str:
    """Tell where, when and with what all was measured."""
    facts = {
        "command": f"`{command}`",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "placement": pinning(),
        "load before": _load(),
        "system": f"{platform.system()}, {platform.machine()}",
        "medians of": f"{settings.rounds} rounds" + _scale(settings),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Rust": _first_line(["rustc", "--version"]).removeprefix("rustc "),
        "partnercenter_qual": _own_version(),
        "others": ", ".join(_versions()),
        "crates beside": ", ".join(_crates()),
        "wrk": _first_line(["wrk", "--version"]).partition(" [")[0].removeprefix("wrk "),
    }
    rows = [f"| {name} | {fact} |" for name, fact in facts.items() if fact]
    return "\n".join(["## Machine and versions", "", "| | |", "|---|---|", *rows])


def _scale(settings: Settings) -> str:
    return (
        "" if settings.scale == 1 else f", {settings.scale:.2%} of all counts: figures mean little"
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found[1] if found else platform.machine()


_LOAD = os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def _load() -> str:
    return "" if _LOAD is None else f"{_LOAD:.2f} (average of the last minute)"


def _first_line(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - tools by name
    except OSError:
        return "not there"
    return (done.stdout or done.stderr).partition("\n")[0].strip()


def _own_version() -> str:
    manifest = tomllib.loads((HERE.parent / "Cargo.toml").read_text("utf-8"))
    return str(manifest["package"]["version"])


def _versions() -> list[str]:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            print(f"{name} is not installed: what it is for is left out", file=sys.stderr)
    return found


def _crates() -> list[str]:
    lock = tomllib.loads((HERE / "peers" / "Cargo.lock").read_text("utf-8"))
    return [f"{p['name']} {p['version']}" for p in lock["package"] if p["name"] in CRATES]
