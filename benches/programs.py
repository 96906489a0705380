"""The programs that sweep, and what each of them needs."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from harness import HERE, Figures, Settings, cpu_of_children, run, run_client
from service import Service

SECONDS = 1
"""How long wrk asks: it goes by time, not by count."""

TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or HERE / "peers" / "target")
PEERS = TARGET / "release" / "peers"


@dataclass(frozen=True, slots=True)
class Program:
    """A program that asks for many customers' qualifications.

    Attributes:
        name: its function, in the module for Python programs.
        label: its name in tables.
        module: the module of a Python program.
        needs: the packages that are not the standard library's.
        loop: the event loop of a Python program.
        ours: whether it uses our own package.
        slow: it does one of so many calls, so that all does not wait for it.
    """

    name: str
    label: str
    module: str = ""
    needs: tuple[str, ...] = ()
    loop: str = "asyncio"
    ours: bool = False
    slow: int = 1

    @property
    def missing(self) -> str | None:
        """What is needed and not there, with the cure."""
        if self.name == "wrk":
            return None if shutil.which("wrk") else "no wrk on the PATH (Debian: wrk)"
        if not self.module:
            cure = "cargo build --release --locked --manifest-path benches/peers/Cargo.toml"
            return None if PEERS.exists() else f"not built: {cure}"
        gone = [package for package in self.needs if find_spec(package) is None]
        return f"not installed: {', '.join(gone)} (requirements-bench.txt)" if gone else None

    @property
    def function(self) -> str:
        """The function of a Python program, as `client.py` takes it."""
        return f"clients.{self.module}:{self.name}"

    def run(self, service: Service, requests: int, concurrency: int) -> Figures:
        """Run it: calls a second, and CPU milliseconds for each 1,000 calls."""
        if self.name == "wrk":
            return _wrk(service, concurrency)
        calls = max(1, requests // self.slow)
        plan = service.plan(requests=calls, concurrency=concurrency, loop=self.loop)
        if self.module:
            return run_client(self.function, plan)
        figures: Figures = json.loads(run([str(PEERS), self.name], plan))
        return figures


def _wrk(service: Service, concurrency: int) -> Figures:
    customer_id = service.ids.read_text("ascii").partition("\n")[0]
    before = cpu_of_children()
    output = run(
        [
            *("wrk", "--threads", "1", "--connections", str(concurrency)),
            *("--duration", f"{SECONDS}s", "--header", f"Authorization: Bearer {service.token}"),
            f"{service.url}/v1/customers/{customer_id}/qualifications",
        ]
    )
    cpu = cpu_of_children() - before
    found = re.search(r"(\d+) requests in ([\d.]+)s", output)
    if found is None or "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(output)
    return {"rate": int(found[1]) / float(found[2]), "cpu": cpu / int(found[1]) * 1e6}


TABLE = Program("table", "**ours: sweep into a table**", "ours", ours=True)
OBJECTS = Program("objects", "**ours: sweep into objects**", "ours", ours=True)
AWAITED = Program("awaited", "**ours: single calls, awaited**", "ours", ours=True)
AWAITED_UVLOOP = Program(
    "awaited", "**ours: single calls, awaited**, uvloop", "ours", ("uvloop",), "uvloop", ours=True
)
SINGLE = Program("single", "**ours: single calls**, in threads", "ours", ours=True)
WRK = Program("wrk", "wrk: one customer, nothing decoded")
HYPER = Program("hyper", "raw hyper, serde")
REQWEST = Program("reqwest", "plain reqwest, serde")
_FAST = ("uvloop", "msgspec")
PYREQWEST = Program(
    "pyreqwest", "pyreqwest, uvloop, msgspec", "asynchronous", ("pyreqwest", *_FAST), "uvloop"
)
WREQ = Program("wreq", "wreq, uvloop, msgspec", "asynchronous", ("wreq", *_FAST), "uvloop")
AIOHTTP_UVLOOP = Program(
    "aiohttp_msgspec", "aiohttp, uvloop, msgspec", "asynchronous", ("aiohttp", *_FAST), "uvloop"
)
AIOHTTP_MSGSPEC = Program(
    "aiohttp_msgspec", "aiohttp, msgspec", "asynchronous", ("aiohttp", "msgspec")
)
AIOHTTP = Program("aiohttp", "aiohttp", "asynchronous", ("aiohttp",))
HTTP_CLIENT = Program("http_client", "http.client in threads", "threads")
REQUESTS = Program("requests_sessions", "requests in threads", "threads", ("requests",), slow=5)
HTTPX = Program("httpx", "httpx, awaited", "asynchronous", ("httpx",), slow=5)

ALL = (
    *(TABLE, OBJECTS, AWAITED, AWAITED_UVLOOP, SINGLE),
    *(WRK, HYPER, REQWEST, PYREQWEST, WREQ, AIOHTTP_UVLOOP, AIOHTTP_MSGSPEC, AIOHTTP),
    *(HTTP_CLIENT, REQUESTS, HTTPX),
)


def available(programs: tuple[Program, ...], settings: Settings) -> tuple[list[Program], list[str]]:
    """Give those of the programs that can run, and a line for each that cannot."""
    wanted = [program for program in programs if program.ours or not settings.ours_only]
    lacking = [f"{each.label}: {each.missing}" for each in wanted if each.missing]
    return [program for program in wanted if not program.missing], lacking


def skipped(lines: list[str]) -> Iterator[str]:
    """Give what is said of programs that could not run."""
    if lines:
        yield "Skipped: " + "; ".join(lines) + "."
