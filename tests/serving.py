"""Starts `python -m partnercenter_qual emulator`, and asks what it serves."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, cast
from urllib.request import Request, urlopen

import pytest

from partnercenter_qual import Client, ClientSecretCredential

COMMAND = [sys.executable, "-m", "partnercenter_qual", "emulator"]


class Served:
    """A process that serves."""

    def __init__(self, *options: str, folder: Path, port: int = 0) -> None:
        command = [*COMMAND, "--port", str(port), *options]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=os.environ | {"TMPDIR": str(folder)},
        )

    def line(self) -> str:
        """Wait for the next line that it prints."""
        assert self.process.stdout
        return self.process.stdout.readline()

    def known(self) -> dict[str, str]:
        """Wait for its line of JSON."""
        return cast("dict[str, str]", json.loads(self.line()))

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Send it a signal; give its exit code, and what it printed after its first line."""
        assert self.process.stdout
        assert self.process.stderr
        self.process.send_signal(number)
        printed, complaints = self.process.stdout.read(), self.process.stderr.read()
        return self.process.wait(timeout=20), printed, complaints


def refused(*options: str) -> str:
    """Run the command with options that it refuses, and give the last line of what it says."""
    done = subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def client(known: dict[str, str]) -> Client:
    """Make a client from what the command tells with --show-secret."""
    credential = ClientSecretCredential(
        tenant_id=known["tenant_id"],
        client_id=known["client_id"],
        client_secret=known["client_secret"],
    )
    return Client(
        credential,
        base_url=known["url"],
        authority=known["authority"],
        ca_bundle=known.get("ca_file"),
    )


def get(url: str, trust: ssl.SSLContext | None = None) -> dict[str, Any]:
    with urlopen(url, timeout=10, context=trust) as answer:  # noqa: S310 - loopback
        return cast("dict[str, Any]", json.load(answer))


def customers(known: dict[str, str]) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", get(known["page"] + "customers")["customers"])


def held(customer: dict[str, Any]) -> list[str]:
    return [each["qualification"] for each in customer["qualifications"]]


def approve(known: dict[str, str], customer_id: str) -> None:
    """Give a customer Education."""
    url = f"{known['page']}customers/{customer_id}/decide"
    body = json.dumps({"qualification": "Education", "status": "Approved"}).encode()
    request = Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 - loopback
    urlopen(request, timeout=10).close()  # noqa: S310 - as above


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            threading.Event().wait(0.05)
        else:
            return
    pytest.fail("nobody listens")
