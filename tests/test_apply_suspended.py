"""A worker that gives no sign of life for longer than its lease, as on a laptop that sleeps."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from partnercenter_qual import Emulator

from .asking import held, owned, posts, states
from .postgres import Postgres
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


# Whether a worker has begun to write, and what only one at a time may.
WRITING = """
SELECT count(*) FROM pg_stat_activity JOIN pg_locks USING (pid)
WHERE application_name = 'partnercenter_qual' AND state = 'idle in transaction'
AND locktype = 'advisory' AND granted
"""


def stop_while_it_writes(worker: subprocess.Popen[bytes], is_writing: Callable[[], bool]) -> None:
    while worker.poll() is None:
        time.sleep(random.uniform(0.0, 0.03))  # noqa: S311 - any moment will do
        worker.send_signal(signal.SIGSTOP)
        time.sleep(0.1)  # what it had sent has arrived by then
        if is_writing():
            return
        worker.send_signal(signal.SIGCONT)
    pytest.fail("it was never stopped in the middle of writing")


@pytest.mark.timeout(120)
def test_who_is_suspended_while_it_writes_holds_nobody_up(
    postgres_url: str, postgres: Postgres
) -> None:
    database = postgres_url.rpartition("/")[2]

    def is_writing() -> bool:
        return int(postgres.query(WRITING, database)) > 0

    with Emulator(1_500, seed=7, vetting="manual", dedupe=False) as emulator:
        rows = [owned(customer_id) for customer_id in emulator.customer_ids]
        given = json.dumps([postgres_url, LEASE, emulator.access_token(), emulator.url, rows])
        command = [sys.executable, "-c", WORKER.replace("sys.argv[1]", "sys.stdin.read()")]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe) as worker:
            try:
                assert worker.stdin is not None
                worker.stdin.write(given.encode())
                worker.stdin.close()
                until(lambda: posts(emulator) > 0)
                stop_while_it_writes(worker, is_writing)
                second = subprocess.run(
                    command, input=given.encode(), stdout=pipe, check=True, timeout=60
                )
            finally:
                worker.kill()
        assert json.loads(second.stdout) == [["answered", "None"]] * len(rows)
        assert Counter(held(emulator).values()) == {1: len(rows)}
