"""A request that the service is slow to carry out: nobody waits for it any more, but it comes."""

import json
import subprocess
import sys
import time
from pathlib import Path

from .asking import owned, states
from .either import TOKEN, Either
from .ledgers import TENANT_ID
from .scripted import CUSTOMER_ID, Answer, Request, Scripted, Step
from .waiting import until

HELD = {"qualification": "StateOwnedEntity"}
LATE = 2.5  # seconds

PROGRAM = """
import json, sys
from partnercenter_qual import Client, Ledger
place, token, url, tenant_id, rows = json.loads(sys.argv[1])
with Ledger(place, tenant_id=tenant_id) as ledger, Client(token, base_url=url) as client:
    print(json.dumps([result.outcome for result in client.apply(rows, ledger=ledger)]))
"""


class Slow:
    """Carries a request out long after it came, whoever waits for the answer.

    Those before the `nth` it turns away with a pause that is longer than a request takes.
    """

    def __init__(self, nth: int = 1) -> None:
        self._nth = nth
        self._taken_at: list[float] = []

    def posts(self) -> int:
        return len(self._taken_at)

    def has_effect(self) -> bool:
        """Whether the first of those that are carried out has been."""
        carried_out = self._taken_at[self._nth - 1 :]
        return bool(carried_out) and time.monotonic() > carried_out[0] + LATE

    def __call__(self, request: Request) -> Step:
        if request.method == "GET":
            return Answer([HELD] if self.has_effect() else [])
        self._taken_at.append(request.at)
        if self.posts() < self._nth:
            return Answer(status=503, headers={"Retry-After": "6"})
        return Answer(HELD, status=201, delay=2 * LATE)


def test_it_is_not_sent_again_before_it_can_have_come(either: Either) -> None:
    slow = Slow()
    with Scripted(slow) as server:
        client = either.client(server, timeout=0.3)
        asked = either.call(client.update_qualification, CUSTOMER_ID, "StateOwnedEntity")
    assert asked.qualification == "StateOwnedEntity"
    assert slow.posts() == 1
    assert [request.method for request in server.requests] == ["POST", "GET"]


def run(path: str, server: Scripted) -> "subprocess.Popen[str]":
    """Run in a process of its own, which can be killed."""
    given = json.dumps([path, TOKEN, server.url, str(TENANT_ID), [owned(CUSTOMER_ID)]])
    command = [sys.executable, "-c", PROGRAM, given]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_who_was_killed_over_a_late_attempt_is_not_followed_too_soon(tmp_path: Path) -> None:
    """How long ago the request was begun with says nothing: it was held up, and then sent again."""
    path, slow = str(tmp_path / "quals.db"), Slow(nth=2)
    with Scripted(slow) as server:
        killed = run(path, server)
        try:
            until(lambda: slow.posts() == 2)
        finally:
            killed.kill()
            killed.communicate()
        printed, _ = run(path, server).communicate(timeout=60)
    assert json.loads(printed) == ["answered"]
    assert slow.posts() == 2
    assert states(path) == {"answered": 1}
