"""How a sweep tells how far it has come: to a callable, or by a bar."""

import os
import pty
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType

import pytest

from partnercenter_qual import (
    Client,
    ConfigurationError,
    Emulator,
    InvalidArgumentError,
    Progress,
)

from .either import Either

BAR = """
from partnercenter_qual import Emulator
with Emulator(customers=30, seed=7) as emulator, emulator.client(max_retries=0) as client:
    emulator.inject(500, path="qualifications", nth=30)
    emulator.inject(path="qualifications", delay=0.2, nth=20)  # for the bar to draw itself again
    TAKE
"""
PAUSED = """
from partnercenter_qual import Emulator
with Emulator(customers=1) as emulator, emulator.client() as client:
    emulator.inject(429, path="qualifications", retry_after=1)
    TAKE
"""
TAKE = ["list(client.sweep(progress=True))", "client.sweep(progress=True).collect()"]


def drawn_by(program: str) -> bytes:
    """Run a program in a terminal, and give what it draws there."""
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 120))
    subprocess.run([sys.executable, "-c", program], stderr=end, timeout=30, check=True)
    os.close(end)
    drawn = b""
    with suppress(OSError):  # what a terminal gives in place of an end
        while more := os.read(terminal, 1 << 16):
            drawn += more
    os.close(terminal)
    return drawn


class TestCallable:
    def test_it_is_told_of_each_result(self, either: Either, emulator: Emulator) -> None:
        told: list[Progress] = []
        emulator.inject(404, customer_id=emulator.customer_ids[0])
        client = either.client(emulator)
        results = either.list(client.sweep(emulator.customer_ids, progress=told.append))
        errors = [result.error is not None for result in results]
        assert [progress.done for progress in told] == [1, 2, 3, 4, 5]
        assert [progress.errors for progress in told] == [sum(errors[: n + 1]) for n in range(5)]
        assert {progress.total for progress in told} == {5}
        assert all(progress.rate > 0 for progress in told)
        assert {progress.paused_until for progress in told} == {None}

    def test_the_total_of_a_generator_is_not_known(
        self, either: Either, emulator: Emulator
    ) -> None:
        def ids() -> Iterator[str]:
            yield from emulator.customer_ids

        told: list[Progress] = []
        either.list(either.client(emulator).sweep(ids(), progress=told.append))
        assert {progress.total for progress in told} == {None}

    def test_the_total_of_all_customers_is_as_long_as_their_list(
        self, either: Either, emulator: Emulator
    ) -> None:
        told: list[Progress] = []
        either.list(either.client(emulator).sweep(progress=told.append))
        assert told[-1].total == 5

    def test_it_is_called_by_whoever_takes_the_results(
        self, either: Either, emulator: Emulator
    ) -> None:
        threads = set()
        client = either.client(emulator)
        either.list(client.sweep(progress=lambda _: threads.add(threading.current_thread())))
        assert threads == {threading.current_thread()}

    def test_it_learns_of_a_pause(self, either: Either, emulator: Emulator) -> None:
        throttled, slow, *_ = emulator.customer_ids
        emulator.inject(429, customer_id=throttled, retry_after=1)
        emulator.inject(customer_id=slow, delay=0.3)
        told: list[Progress] = []
        either.list(either.client(emulator).sweep([throttled, slow], progress=told.append))
        during, after = (progress.paused_until for progress in told)
        assert during is not None
        assert during - datetime.now(UTC) < timedelta(seconds=1)
        assert during.tzinfo is UTC
        assert after is None

    def test_what_it_raises_is_raised(self, either: Either, emulator: Emulator) -> None:
        def refuse(_: Progress) -> None:
            raise OSError("the display is gone")

        sweep = either.client(emulator).sweep(progress=refuse)
        with pytest.raises(OSError, match="the display is gone"):
            either.list(sweep)


class Awaited:
    async def __call__(self, progress: Progress) -> None: ...


async def awaited(progress: Progress) -> None: ...


@pytest.mark.parametrize("progress", [awaited, Awaited(), partial(awaited)])
def test_what_would_have_to_be_awaited_is_refused_at_once(
    either: Either, emulator: Emulator, progress: Callable[[Progress], object]
) -> None:
    with pytest.raises(InvalidArgumentError, match="pass a plain function") as caught:
        either.client(emulator).sweep(progress=progress)
    assert caught.value.field == "progress"


class TestCollecting:
    """What is told while results are not taken one by one."""

    def test_it_is_told_now_and_then_and_at_the_end(self, either: Either) -> None:
        told: list[Progress] = []
        with Emulator(customers=300) as emulator:
            emulator.inject(404, customer_id=emulator.customer_ids[0])
            sweep = either.client(emulator).sweep(progress=told.append)
            either.call(sweep.collect)
        counts = [progress.done for progress in told]
        assert counts == sorted(set(counts))
        assert len(counts) < 100, "not once for each result"
        assert (told[-1].done, told[-1].total, told[-1].errors) == (300, 300, 1)
        assert told[-1].rate > 0

    def test_it_is_told_while_nothing_happens(self, either: Either, emulator: Emulator) -> None:
        told: list[Progress] = []
        first = emulator.customer_ids[0]
        emulator.inject(429, customer_id=first, retry_after=1)
        sweep = either.client(emulator).sweep([first], progress=told.append)
        either.call(sweep.collect)
        assert told[0].paused_until is not None
        assert told[0].done == 0
        assert (told[-1].done, told[-1].paused_until) == (1, None)

    def test_it_is_called_by_whoever_collects(self, either: Either, emulator: Emulator) -> None:
        threads = set()
        tell: Callable[[Progress], None] = lambda _: threads.add(threading.current_thread())  # noqa: E731 - as above
        either.call(either.client(emulator).sweep(progress=tell).collect)
        assert threads == {threading.current_thread()}

    def test_batches_are_told_of_too(self, either: Either, emulator: Emulator) -> None:
        told: list[Progress] = []
        assert len(either.list(either.client(emulator).sweep(progress=told.append).batches(2))) == 3
        assert told[-1].done == 5


class TestBar:
    @pytest.mark.parametrize("take", TAKE)
    def test_it_is_drawn_in_a_terminal(self, take: str) -> None:
        drawn = drawn_by(BAR.replace("TAKE", take))
        assert b"30/30" in drawn
        assert b"1 errors" in drawn
        assert b"customers/s" in drawn

    @pytest.mark.parametrize("take", TAKE)
    def test_it_shows_a_pause_while_it_lasts(self, take: str) -> None:
        drawn = drawn_by(PAUSED.replace("TAKE", take))
        assert b"paused until " in drawn
        assert b"paused" not in drawn.rpartition(b"\r")[2]

    @pytest.mark.parametrize("take", TAKE)
    def test_nothing_is_drawn_where_there_is_no_terminal(self, take: str) -> None:
        program = BAR.replace("TAKE", take)
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, timeout=30, check=True
        )
        assert (done.stdout, done.stderr) == (b"", b"")

    @pytest.mark.parametrize("module", ["ipykernel", "none"])  # whoever starts kernels imports it
    def test_nothing_is_drawn_without_a_console(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, module: str
    ) -> None:
        monkeypatch.setitem(sys.modules, module, ModuleType(module))
        monkeypatch.setattr(sys, "stderr", None)
        assert len(list(client.sweep(progress=True))) == 5

    def test_it_is_not_drawn_for_each_result(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
        with Emulator(customers=500) as emulator, emulator.client() as client:
            assert len(list(client.sweep(progress=True))) == 500
        drawn = capsys.readouterr().err
        assert "500/500" in drawn
        assert drawn.count("\r") < 250

    def test_it_is_drawn_in_a_notebook(
        self,
        client: Client,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
        list(client.sweep(progress=True))
        assert "5/5" in capsys.readouterr().err

    def test_it_stays_as_it_is_when_the_sweep_is_closed(
        self,
        client: Client,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
        with client.sweep(progress=True) as sweep:
            next(sweep)
        drawn = capsys.readouterr().err
        assert "1/5" in drawn
        assert drawn.endswith("\n")

    def test_without_its_extra_it_is_refused_before_anything_is_sent(
        self, client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
        with pytest.raises(ConfigurationError, match=r"partnercenter_qual\[progress\]") as caught:
            client.sweep(progress=True)
        assert caught.value.field == "progress"
        assert emulator.journal == []

    def test_its_extra_is_not_touched_without_need(self, run_python: Callable[[str], str]) -> None:
        printed = run_python(
            "import sys; from partnercenter_qual import Emulator\n"
            "with Emulator(customers=2) as emulator, emulator.client() as client:\n"
            "    list(client.sweep())\n"
            "    list(client.sweep(progress=print))\n"
            "print('tqdm' in sys.modules)"
        )
        assert printed.splitlines()[-1] == "False"
