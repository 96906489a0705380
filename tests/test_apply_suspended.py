"""A worker that gives no sign of life for longer than its lease, as on a laptop that sleeps."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from partnercenter_qual import Emulator

from .asking import held, owned, posts, states
from .waiting import until

ROWS, LEASE = 24, 1.0

WORKER = """
import json, sys
from partnercenter_qual import Client, Ledger
place, lease, token, base_url, rows = json.loads(sys.argv[1])
with Ledger(place, lease=lease) as ledger, Client(token, base_url=base_url) as client:
    run = client.apply(rows, ledger=ledger, max_concurrency=4)
    print(json.dumps([(result.outcome, str(result.error)) for result in run]))
"""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(ROWS, seed=7, vetting="manual", dedupe=False) as emulator:
        yield emulator


def test_it_goes_on_with_all_that_nobody_took_over(emulator: Emulator, postgres_url: str) -> None:
    # By the time it goes on, some have been sent once and wait to be sent again; others never were.
    emulator.inject(status=503, method="POST", path="/qualifications", times=8)
    rows = [owned(customer_id) for customer_id in emulator.customer_ids]
    given = json.dumps([postgres_url, LEASE, emulator.access_token(), emulator.url, rows])
    worker = subprocess.Popen([sys.executable, "-c", WORKER, given], stdout=subprocess.PIPE)
    try:
        until(lambda: posts(emulator) >= 4)
        worker.send_signal(signal.SIGSTOP)
        time.sleep(2 * LEASE)
        worker.send_signal(signal.SIGCONT)
        printed, _ = worker.communicate(timeout=40)
    finally:
        worker.kill()
    assert worker.returncode == 0
    assert json.loads(printed) == [["answered", "None"]] * ROWS
    assert set(held(emulator).values()) == {1}
    assert len(held(emulator)) == ROWS
    assert states(postgres_url) == {"answered": ROWS}
