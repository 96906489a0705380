"""An emulator in a process of its own, as clients are told of it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

from harness import HERE, placed

# Each customer has one qualification; a few of them have all four members. Without a byte order
# mark, which JSON parsers other than ours would have to be relieved of first.
CUSTOMERS = {
    "mix": {"Education": 0.8, "Education:Denied": 0.2},
    "wire": {"bom": False},
    "token_lifetime": 86_400,
}


@dataclass(frozen=True, slots=True)
class Service:
    """Where an emulator is.

    Attributes:
        url: where its API is, without a path.
        token: what it takes for an access token.
        reader: a token without a user, who may read and not request.
        ids: the file with its customers' ids, one a line.
    """

    url: str
    token: str
    reader: str
    ids: Path

    def plan(self, **more: object) -> dict[str, object]:
        """Give what a client must be told, and more."""
        return {"url": self.url, "token": self.token, "ids": str(self.ids)} | more

    def journal(self) -> list[dict[str, Any]]:
        """Give all requests as they arrived."""
        with urlopen(f"{self.url}/_emulator/journal") as answer:  # noqa: S310 - the loopback's
            entries: list[dict[str, Any]] = json.load(answer)["entries"]
        return entries


@contextmanager
def service(customers: int, **options: object) -> Iterator[Service]:
    """Have an emulator on the core of the service."""
    with TemporaryDirectory() as folder:
        ids = Path(folder, "ids")
        given = json.dumps({"customers": customers, "ids": str(ids)} | CUSTOMERS | options)
        with placed(0):
            process = subprocess.Popen(  # noqa: S603 - nothing here comes from elsewhere
                [sys.executable, str(HERE / "serve.py"), given],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        with process:  # leaving closes its input, which ends it
            line = process.stdout.readline() if process.stdout else ""
            yield Service(ids=ids, **json.loads(line))
