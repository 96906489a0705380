"""How watches end, and what they do not lose by it."""

import asyncio
import random
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from partnercenter_qual import (
    AuthenticationError,
    Client,
    Emulator,
    InvalidArgumentError,
    Ledger,
    LedgerError,
    UnauthorizedError,
)

from .either import Either
from .ledgers import TENANT_ID, Place, Told
from .waiting import until
from .watching import QUICK, in_a_thread, in_review, once_it_is_free, start, told, watched


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with in_review() as emulator:
        yield emulator


@pytest.fixture
def ledger(place: Place, emulator: Emulator) -> Iterator[Ledger]:
    with watched(place, emulator) as ledger:
        yield ledger


def busy_for(seconds: float) -> None:
    """Keep the thread, and the event loop in it, from all else."""
    time.sleep(seconds)


class TestClose:
    def test_it_ends_the_iteration(
        self, either: Either, emulator: Emulator, ledger: Ledger
    ) -> None:
        watch = either.client(emulator).watch(ledger=ledger, interval=QUICK)
        emulator.decide(emulator.customer_ids[0], "Education", "Approved")
        assert len(either.list(watch, limit=1)) == 1
        watch.close()
        watch.close()
        assert either.list(watch) == []

    def test_it_ends_a_wait_in_another_thread(self, emulator: Emulator, ledger: Ledger) -> None:
        found: list[object] = ["not ended"]

        def follow() -> None:
            found[:] = watch

        with emulator.client() as client:
            before = len(emulator.journal)
            watch = client.watch(ledger=ledger, interval=QUICK)
            waiting = in_a_thread(follow)
            until(lambda: len(emulator.journal) > before)
            watch.close()
            waiting.join(20)
        assert found == []

    def test_it_ends_a_wait_of_another_task(self, emulator: Emulator, ledger: Ledger) -> None:
        async def follow() -> list[object]:
            async with emulator.async_client() as client:
                before = len(emulator.journal)
                watch = client.watch(ledger=ledger, interval=QUICK)
                waiting = asyncio.ensure_future(collect(watch))
                await asyncio.to_thread(until, lambda: len(emulator.journal) > before)
                await watch.aclose()
                return await waiting

        async def collect(watch: Any) -> list[object]:  # noqa: ANN401 - what is iterated
            return [change async for change in watch]

        assert asyncio.run(follow()) == []

    def test_closing_the_client_is_an_error(self, emulator: Emulator, ledger: Ledger) -> None:
        caught: list[BaseException] = []

        def follow() -> None:
            try:
                list(watch)
            except RuntimeError as error:
                caught.append(error)

        with emulator.client() as client:
            before = len(emulator.journal)
            watch = client.watch(ledger=ledger, interval=QUICK)
            waiting = in_a_thread(follow)
            until(lambda: len(emulator.journal) > before)
        waiting.join(20)
        assert "closed" in str(caught[0])
        with pytest.raises(RuntimeError, match="closed"):
            next(watch)

    def test_closing_the_ledger_is_an_error(
        self, either: Either, emulator: Emulator, ledger: Ledger
    ) -> None:
        watch = either.client(emulator).watch(ledger=ledger, interval=QUICK)
        emulator.decide(emulator.customer_ids[0], "Education", "Approved")
        either.list(watch, limit=1)
        ledger.close()
        emulator.decide(emulator.customer_ids[1], "Education", "Approved")
        with pytest.raises(LedgerError):
            either.list(watch, limit=1)


class TestInterruption:
    @pytest.mark.parametrize("is_async", [False, True])
    def test_ctrl_c_ends_it(
        self, emulator: Emulator, place: Place, ledger: Ledger, *, is_async: bool
    ) -> None:
        first = emulator.customer_ids[0]
        with start(place, emulator, is_async=is_async) as process:
            assert process.stdout is not None
            emulator.decide(first, "Education", "Approved")
            assert process.stdout.readline() == f"{first}\n"
            process.send_signal(signal.SIGINT)
            assert process.stdout.read() == "interrupted\n"
        assert process.returncode == 0
        emulator.decide(first, "Education", "Denied")
        with emulator.client() as client:
            client.sweep([first], ledger=ledger).collect()
            watch = client.watch(ledger=ledger, interval=QUICK)
            found = once_it_is_free(lambda: told(next(watch)))
        assert found in {(first, "InReview", "Approved"), (first, "Approved", "Denied")}

    def test_a_cancelled_task_can_ask_again(self, emulator: Emulator, ledger: Ledger) -> None:
        async def follow() -> None:
            async with emulator.async_client() as client:
                with client.watch(ledger=ledger, interval=QUICK) as watch:
                    for customer_id in emulator.customer_ids:
                        with pytest.raises(TimeoutError):
                            await asyncio.wait_for(anext(watch), 0.15)
                        emulator.decide(customer_id, "Education", "Approved")
                        assert (await anext(watch)).customer_id == customer_id

        asyncio.run(follow())

    def test_an_answer_that_nobody_took_is_given_again(
        self, emulator: Emulator, ledger: Ledger
    ) -> None:
        emulator.decide(emulator.customer_ids[0], "Education", "Approved")

        async def follow() -> str:
            async with emulator.async_client() as client:
                with client.watch(ledger=ledger, interval=QUICK) as watch:
                    asking = asyncio.ensure_future(watch.__anext__())
                    await asyncio.sleep(0)
                    while not ledger.changes():  # so that the loop does not hear of the answer
                        pass
                    busy_for(0.5)
                    asking.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await asking
                    emulator.decide(emulator.customer_ids[1], "Education", "Approved")
                    return (await anext(watch)).customer_id

        assert asyncio.run(follow()) == emulator.customer_ids[0]

    def test_no_moment_to_cancel_loses_a_change(self, place: Place) -> None:
        chance = random.Random(7)  # noqa: S311 - chance that is the same every time
        count = 60
        with Emulator(count, seed=7) as emulator, watched(place, emulator, lease=60.0) as ledger:
            for customer_id in emulator.customer_ids:
                emulator.decide(customer_id, "Education", "Approved")
            with emulator.client() as client:
                client.sweep(ledger=ledger).collect()

            async def follow() -> list[str]:
                found = list[str]()
                async with emulator.async_client() as client:
                    watch = client.watch(ledger=ledger, interval=QUICK)
                    while len(found) < count:
                        is_patient = chance.random() < 0.1
                        patience = 5.0 if is_patient else chance.uniform(0, 0.03)
                        try:
                            change = await asyncio.wait_for(anext(watch), patience)
                        except TimeoutError:
                            if is_patient:
                                break  # nothing more comes
                        else:
                            found.append(change.customer_id)
                return found

            found = asyncio.run(follow())
        assert sorted(found) == sorted(emulator.customer_ids)


class TestCredential:
    @pytest.mark.timeout(20)
    def test_a_dead_one_is_raised_and_the_watch_can_be_asked_again(
        self, either: Either, emulator: Emulator, ledger: Ledger
    ) -> None:
        first, second, _ = emulator.customer_ids
        watch = either.client(emulator).watch(ledger=ledger, interval=QUICK)
        emulator.decide(first, "Education", "Approved")
        either.list(watch, limit=1)
        refusal = emulator.inject(401, times=None)
        for _ in range(2):
            with pytest.raises(UnauthorizedError):
                either.list(watch, limit=1)
        emulator.remove_fault(refusal)
        emulator.decide(second, "Education", "Approved")
        assert [told(each) for each in either.list(watch, limit=1)] == [
            (second, "InReview", "Approved")
        ]

    def test_one_that_gives_no_token_is_raised(
        self, either: Either, emulator: Emulator, ledger: Ledger
    ) -> None:
        token = emulator.access_token()
        works = [False]

        def credential() -> str:
            if not works[0]:
                raise OSError("the vault is sealed")
            return token

        watch = either.client(emulator, credential=credential).watch(ledger=ledger, interval=QUICK)
        with pytest.raises(AuthenticationError, match="vault"):
            either.list(watch, limit=1)
        works[0] = True
        emulator.decide(emulator.customer_ids[0], "Education", "Approved")
        assert len(either.list(watch, limit=1)) == 1


def test_bad_arguments_are_refused_at_once(
    either: Either, emulator: Emulator, ledger: Ledger
) -> None:
    client = either.client(emulator)
    wrong: Any = "often"
    refused: list[tuple[str, dict[str, Any]]] = [
        ("interval", {"interval": 0}),
        ("interval", {"interval": -1.0}),
        ("interval", {"interval": float("nan")}),
        ("interval", {"interval": wrong}),
        ("sweep_interval", {"sweep_interval": 0}),
        ("sweep_interval", {"sweep_interval": None}),
        ("sweep_interval", {"sweep_interval": wrong}),
        ("ledger", {"ledger": 5}),
    ]
    for field, arguments in refused:
        with pytest.raises(InvalidArgumentError) as caught:
            client.watch(**{"ledger": ledger} | arguments)
        assert caught.value.field == field
        assert caught.value.cure


@pytest.mark.parametrize("swept_at", ["NULL", "'2026-01-02T03:04:05.000000Z'"])
def test_a_service_in_trouble_is_not_hammered(place: Place, swept_at: str) -> None:
    """It comes back to a list that cannot be read as rarely as to a customer."""
    with (
        Told({}, rest="reset") as service,
        Ledger(place.url, tenant_id=TENANT_ID) as ledger,
        Client("token", base_url=service.server.url, max_retries=0) as client,
    ):
        row = f"(1, 0, {swept_at})"
        place.sql(f"INSERT INTO watch (id, taken, swept_at) VALUES {row}")  # noqa: S608 - of our own
        watch = client.watch(ledger=ledger, interval=QUICK)
        waiting = in_a_thread(lambda: list(watch))
        until(lambda: len(service.server.requests) >= 2)
        time.sleep(1.0)
        watch.close()
        waiting.join(20)
    assert len(service.server.requests) < 10
