"""Processes that share a refresh token in a file, and some that are killed meanwhile."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import PIPE

import pytest

from partnercenter_qual import Emulator

from .holding import Holding
from .rotating import kept, rotate, signed_in, token_requests, works

KILLS = 50
LONGEST_LIFE = 0.1  # seconds from a child's first turn to its end
TURNS = 150
PATIENCE = 30  # seconds

ROTATE = """
import sys
from partnercenter_qual import RefreshTokenCredential
tenant_id, client_id, authority, store, turns = sys.argv[1:]
credential = RefreshTokenCredential(tenant_id, client_id, None, store=store, authority=authority)
for _ in range(int(turns)):
    credential.close()
    credential.get_token()
    print("rotated", flush=True)
"""

TELL = """
import sys, time
from partnercenter_qual import RefreshTokenCredential
tenant_id, client_id, authority, store, _ = sys.argv[1:]
def told(refresh_token):
    print("rotated", flush=True)
    time.sleep(60)
RefreshTokenCredential(
    tenant_id, client_id, None, store=store, on_rotate=told, authority=authority
).get_token()
"""


@pytest.fixture
def path(emulator: Emulator, tmp_path: Path) -> Path:
    """A store that has a token already."""
    path = tmp_path / "refresh-token"
    rotate(signed_in(emulator, emulator.refresh_token, store=path))
    return path


@contextmanager
def running(
    emulator: Emulator,
    path: Path,
    program: str = ROTATE,
    *,
    authority: str | None = None,
    turns: int = 1_000_000,
) -> Iterator[subprocess.Popen[str]]:
    """Run a process that rotates the token in a file, and says so after each turn."""
    application = emulator.tenant_id, emulator.client_id, authority or emulator.authority
    command = [sys.executable, "-c", program, *application, str(path), str(turns)]
    with subprocess.Popen(command, stdout=PIPE, stderr=PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


def wait_for_a_turn(child: subprocess.Popen[str]) -> None:
    assert child.stdout
    assert child.stdout.readline() == "rotated\n"


def refusals(emulator: Emulator) -> list[int]:
    """Give what else was answered than a token; a request that was cut off has no answer."""
    statuses = [entry.status for entry in token_requests(emulator)]
    return [status for status in statuses if status not in {200, None}]


class TestKills:
    def test_fifty_of_them_at_any_moment_lose_no_token(
        self, emulator: Emulator, path: Path
    ) -> None:
        chance = random.Random(7)  # noqa: S311 - chance that is the same every time
        for _ in range(KILLS):
            with running(emulator, path) as child:
                wait_for_a_turn(child)
                time.sleep(chance.uniform(0, LONGEST_LIFE))
                child.kill()
            assert child.returncode == -signal.SIGKILL
            assert rotate(signed_in(emulator, None, store=path))
        assert refusals(emulator) == []
        assert len(token_requests(emulator)) > 4 * KILLS, "there was something to lose"

    def test_one_between_the_store_and_whoever_is_told(
        self, emulator: Emulator, path: Path
    ) -> None:
        before = kept(path)
        with running(emulator, path, TELL) as child:
            wait_for_a_turn(child)
            child.kill()
        assert kept(path) != before
        assert works(emulator, kept(path))

    def test_who_is_killed_lets_others_go_on(self, emulator: Emulator, path: Path) -> None:
        before = kept(path)
        with (
            Holding() as held,
            ThreadPoolExecutor(1) as pool,
            running(emulator, path, authority=held.url) as child,
        ):
            held.wait_for_held(1)
            waiting: Future[str] = pool.submit(rotate, signed_in(emulator, None, store=path))
            time.sleep(0.1)
            assert not waiting.done()
            assert kept(path) == before
            child.kill()
            assert waiting.result(PATIENCE)
        assert kept(path) != before


class TestSharing:
    @pytest.mark.parametrize("count", [2, 4])
    def test_processes_take_turns(self, emulator: Emulator, path: Path, count: int) -> None:
        with ExitStack() as stack:
            processes = [running(emulator, path, turns=TURNS) for _ in range(count)]
            for child in [stack.enter_context(process) for process in processes]:
                printed, complaint = child.communicate(timeout=PATIENCE)
                assert complaint == ""
                assert printed == "rotated\n" * TURNS
        assert [entry.status for entry in token_requests(emulator)] == [200] * (1 + count * TURNS)
        assert emulator.most_token_requests_at_once == 1
        assert works(emulator, kept(path))

    @pytest.mark.parametrize("count", [1, 2], ids=["one credential", "two credentials"])
    def test_threads_take_turns(self, emulator: Emulator, path: Path, count: int) -> None:
        credentials = [signed_in(emulator, None, store=path) for _ in range(count)]
        with ThreadPoolExecutor(4) as pool:
            tokens = [*pool.map(rotate, credentials * (4 * TURNS // count))]
        assert len(tokens) == 4 * TURNS
        assert refusals(emulator) == []
        assert len(token_requests(emulator)) > TURNS
        assert emulator.most_token_requests_at_once == 1
        assert works(emulator, kept(path))

    def test_one_that_waited_uses_what_the_other_stored(
        self, emulator: Emulator, path: Path
    ) -> None:
        first, second = (signed_in(emulator, None, store=path) for _ in range(2))
        rotate(second)
        for _ in range(3):
            rotate(first)
        rotate(second)
        rotate(first)
        assert refusals(emulator) == []
