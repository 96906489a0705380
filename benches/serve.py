"""Serves an emulator to clients in other processes, until standard input ends.

Usage: python benches/serve.py OPTIONS, which are JSON: those of `Emulator`, and `ids`, a file to
write the customers' ids to, and `delay`, seconds before each answer.
"""

import json
import sys
from pathlib import Path

from partnercenter_qual import Emulator


def main() -> None:
    """Serve, having said where."""
    options = json.loads(sys.argv[1])
    ids, delay = Path(options.pop("ids")), options.pop("delay", None)
    with Emulator(**options) as emulator:
        if delay:
            emulator.inject(delay=delay, path="/qualifications", times=None)
        ids.write_text("\n".join(emulator.customer_ids), "ascii")
        tokens = {
            "token": emulator.access_token(),
            "reader": emulator.access_token(app_only=True),
        }
        print(json.dumps({"url": emulator.url} | tokens), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
