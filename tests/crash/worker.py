"""What is killed: a program that makes a bulk of requests, and goes on where it stopped.

It says when it begins, and exits with 0 once every request has come to its end, else with 3.
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from partnercenter_qual import AuthenticationError, Client, Ledger, RefreshTokenCredential

ALL_FINAL, SOMETHING_LEFT = 0, 3
FINAL = {"answered", "refused"}


def client(account: dict[str, Any]) -> Client:
    credential = RefreshTokenCredential(
        account["tenant_id"],
        account["client_id"],
        account["refresh_token"],
        account["client_secret"],
        store=account["store"],
    )
    return Client(
        credential,
        base_url=account["url"],
        authority=account["authority"],
        timeout=account["timeout"],
        max_retries=2,
        # Refusals come by chance here, and are not to be taken for a limit.
        requests_per_minute=1_000_000,
    )


def apply(account: dict[str, Any]) -> None:
    """Make all requests that are left."""
    with ExitStack() as stack:
        ledger = account["ledger"]
        if account["lease"] is not None:
            ledger = stack.enter_context(Ledger(ledger, lease=account["lease"]))
        results = stack.enter_context(client(account)).apply(account["requests"], ledger=ledger)
        try:
            for _ in results:
                pass
        except AuthenticationError as error:  # each attempt to renew a token failed, by chance
            say(error)
        say(results.counts)


def is_final(account: dict[str, Any]) -> bool:
    with Ledger(account["ledger"]) as ledger:
        states = [row["state"] for row in ledger.submissions()]
    return len(states) == account["count"] and FINAL.issuperset(states)


def say(what: object) -> None:
    print(what, flush=True)  # noqa: T201 - to whoever started it


if __name__ == "__main__":
    say("begins")
    own = json.loads(Path(sys.argv[1]).read_text())
    apply(own)
    sys.exit(ALL_FINAL if is_final(own) else SOMETHING_LEFT)
