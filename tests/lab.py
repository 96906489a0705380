"""A real JupyterLab on a port of this machine, with what it keeps in a folder of its own."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .notebooks import own_jupyter

PATIENCE = 90  # seconds; it imports much, and on a busy machine that takes its time
OPTIONS = [
    "--no-browser",
    "--ip=127.0.0.1",
    "--port=0",
    "--ServerApp.terminals_enabled=False",
    # Nothing beyond this machine is asked.
    "--LabApp.extension_manager=readonly",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]
NOTIFICATIONS = "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"


class Lab(NamedTuple):
    """Where a JupyterLab is, and the word that lets one in."""

    host: str
    token: str

    def page(self, notebook: str) -> str:
        """Give the address of a notebook's page."""
        return f"{self.host}/lab/tree/{notebook}?token={self.token}"


@contextmanager
def jupyterlab(notebooks: Path, folder: Path) -> Iterator[Lab]:
    """Start one that shows a folder of notebooks, and end it."""
    settings = folder / NOTIFICATIONS
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"checkForUpdates": False, "fetchNews": "false"}))
    token = secrets.token_hex()
    options = [*OPTIONS, f"--ServerApp.root_dir={notebooks}", f"--IdentityProvider.token={token}"]
    if os.geteuid() == 0:
        options.append("--allow-root")
    with own_jupyter(folder), (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], stdout=log, stderr=log
        )
        try:
            yield Lab(_host(process, folder), token)
        finally:
            process.terminate()  # it ends its kernels, too
            process.wait(PATIENCE)


def _host(process: subprocess.Popen[bytes], folder: Path) -> str:
    """Wait until it says where it is, in the file that is named after its process."""
    told = folder / "runtime" / f"jpserver-{process.pid}.json"
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if told.exists():
            with_port: str = json.loads(told.read_text())["url"]
            return with_port.removesuffix("/")
        time.sleep(0.1)
    raise RuntimeError((folder / "lab.log").read_text("utf-8"))
