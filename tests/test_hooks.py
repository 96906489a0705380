"""Hooks are told what happens to requests, where the caller waits."""

import asyncio
import logging
import pickle
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import (
    AsyncClient,
    Client,
    ConfigurationError,
    Emulator,
    RateLimitError,
    RequestEvent,
    ResponseEvent,
    RetryEvent,
    ServerError,
    ThrottleEvent,
    TransportError,
)

from .either import TOKEN, Either
from .scripted import CUSTOMER_ID, Answer, Scripted
from .waiting import until

HOOKS = ("on_request", "on_response", "on_retry", "on_throttle")
PATH = f"/v1/customers/{CUSTOMER_ID}/qualifications"


class Told(list[Any]):
    """What hooks were given, in order."""

    def hooks(self, *names: str) -> dict[str, Callable[[Any], object]]:
        return dict.fromkeys(names or HOOKS, self.append)

    def kinds(self) -> list[str]:
        return [type(event).__name__.removesuffix("Event") for event in self]


class TestOneCall:
    def test_a_request_and_its_answer(self, either: Either) -> None:
        told = Told()
        before = datetime.now(UTC)
        with Scripted([Answer([])]) as server:
            client = either.client(server, **told.hooks())
            either.call(client.get_qualifications, CUSTOMER_ID)
            sent = server.requests[0].headers
        request, response = told
        assert request == RequestEvent(
            method="GET",
            path=PATH,
            attempt=1,
            request_id=sent["ms-requestid"],
            correlation_id=sent["ms-correlationid"],
            customer_id=CUSTOMER_ID,
            at=request.at,
        )
        assert isinstance(response, ResponseEvent)
        assert (response.status_code, response.error) == (200, None)
        assert before <= request.at <= response.at <= datetime.now(UTC)
        assert response.elapsed > 0

    def test_a_retry_is_told_with_why_and_how_long(self, either: Either) -> None:
        told = Told()
        script = [Answer({"code": 3000, "description": "Overloaded"}, status=500), Answer([])]
        with Scripted(script) as server:
            client = either.client(server, **told.hooks())
            either.call(client.get_qualifications, CUSTOMER_ID)
        assert told.kinds() == ["Request", "Response", "Retry", "Request", "Response"]
        assert [event.attempt for event in told] == [1, 1, 1, 2, 2]
        assert len({(event.request_id, event.correlation_id) for event in told}) == 1
        retry = told[2]
        assert (retry.status_code, retry.error) == (500, "Overloaded")
        assert 0 < retry.wait < 1

    def test_a_pause_is_told_once(self, either: Either) -> None:
        told = Told()
        refusal = Answer(b"", status=429, headers={"Retry-After": "1"})
        with Scripted([refusal, Answer([])]) as server:
            client = either.client(server, **told.hooks("on_throttle"))
            either.call(client.get_qualifications, CUSTOMER_ID)
        (throttle,) = told
        assert isinstance(throttle, ThrottleEvent)
        assert (throttle.status_code, throttle.pause) == (429, 1.0)

    def test_a_lost_answer_has_no_status(self, either: Either) -> None:
        told = Told()
        with Scripted(["reset"]) as server:
            client = either.client(server, max_retries=0, **told.hooks("on_response"))
            with pytest.raises(TransportError):
                either.call(client.get_qualifications, CUSTOMER_ID)
        (response,) = told
        assert response.status_code is None
        assert "no answer from" in response.error

    def test_an_answer_that_cannot_be_read_has_its_status(self, either: Either) -> None:
        told = Told()
        with Scripted([Answer(b"<html>")]) as server:
            client = either.client(server, **told.hooks("on_response"))
            with pytest.raises(Exception, match="cannot be read"):
                either.call(client.get_qualifications, CUSTOMER_ID)
        assert told[0].status_code == 200
        assert told[0].error

    def test_a_renewed_token_is_a_retry_at_once(self, either: Either) -> None:
        told, tokens = Told(), iter(["old", "new"])
        with Scripted([Answer(b"", status=401), Answer([])]) as server:
            client = either.client(
                server, credential=lambda: next(tokens), **told.hooks("on_retry")
            )
            either.call(client.get_qualifications, CUSTOMER_ID)
        assert [(event.status_code, event.wait) for event in told] == [(401, 0.0)]

    def test_a_query_is_not_told(self, either: Either) -> None:
        told = Told()
        with Emulator(customers=3) as emulator:
            client = either.client(emulator, **told.hooks("on_request"))
            either.list(client.list_customers(name_prefix="secret name"))
        assert [event.path for event in told] == ["/v1/customers"]

    def test_the_look_for_a_lost_request_has_its_own_id(self, either: Either) -> None:
        told = Told()
        with Emulator(customers=1, vetting="manual") as emulator:
            emulator.inject(reset=True, method="POST", after_effect=True)
            client = either.client(emulator, **told.hooks("on_request", "on_retry"))
            either.call(
                client.update_qualification,
                emulator.customer_ids[0],
                "Education",
                education_segment="K12",
            )
        assert [(type(event), event.method) for event in told] == [
            (RequestEvent, "POST"),
            (RetryEvent, "POST"),
            (RequestEvent, "GET"),
        ]
        posted, _, looked = told
        assert posted.request_id != looked.request_id
        assert posted.correlation_id == looked.correlation_id


class TestWhere:
    def test_a_blocking_client_tells_in_the_thread_of_the_call(self) -> None:
        threads: list[threading.Thread] = []
        with Scripted([Answer(b"", status=500), Answer([])]) as server:
            options: dict[str, Any] = dict.fromkeys(
                HOOKS, lambda _: threads.append(threading.current_thread())
            )
            with Client(TOKEN, base_url=server.url, **options) as client:
                client.get_qualifications(CUSTOMER_ID)
        assert len(threads) == 5
        assert set(threads) == {threading.current_thread()}

    async def test_an_asynchronous_client_tells_in_its_loop(self) -> None:
        loops: list[object] = []
        with Scripted([Answer(b"", status=500), Answer([])]) as server:
            options: dict[str, Any] = dict.fromkeys(
                HOOKS, lambda _: loops.append(asyncio.get_running_loop())
            )
            async with AsyncClient(TOKEN, base_url=server.url, **options) as client:
                await client.get_qualifications(CUSTOMER_ID)
        assert len(loops) == 5
        assert set(loops) == {asyncio.get_running_loop()}

    def test_a_retry_is_told_while_it_is_waited_for(self, either: Either) -> None:
        """The service is well once the hook was called."""
        told = threading.Event()

        def script(_: object) -> Answer:
            return Answer([]) if told.is_set() else Answer(b"", status=500)

        with Scripted(script) as server:
            client = either.client(server, on_retry=lambda _: told.set(), max_retries=1)
            assert either.call(client.get_qualifications, CUSTOMER_ID) == []

    def test_a_request_is_told_before_its_answer(self, either: Either) -> None:
        """The answer waits for the hook."""
        told = threading.Event()

        def script(_: object) -> Answer:
            assert told.wait(10)
            return Answer([])

        with Scripted(script) as server:
            client = either.client(server, on_request=lambda _: told.set())
            assert either.call(client.get_qualifications, CUSTOMER_ID) == []


class TestWhatHooksDo:
    def test_what_a_hook_raises_is_logged_and_ends_no_call(
        self, either: Either, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fails(_: object) -> None:
            raise ZeroDivisionError("in the hook")

        with Scripted([Answer(b"", status=500), Answer([])]) as server:
            client = either.client(server, on_retry=fails)
            assert either.call(client.get_qualifications, CUSTOMER_ID) == []
        (record,) = (record for record in caplog.records if record.levelno == logging.ERROR)
        assert record.getMessage() == "the hook on_retry failed"
        assert record.exc_info
        assert record.exc_info[0] is ZeroDivisionError

    def test_ctrl_c_in_a_hook_ends_the_call(self, either: Either) -> None:
        def interrupted(_: object) -> None:
            raise KeyboardInterrupt

        with Scripted([Answer(b"", status=500), Answer([])]) as server:
            client = either.client(server, on_retry=interrupted)
            with pytest.raises(KeyboardInterrupt):
                either.call(client.get_qualifications, CUSTOMER_ID)
            assert len(server.requests) == 1

    def test_a_hook_may_call(self) -> None:
        found: list[object] = []
        with Scripted([Answer(b"", status=500), Answer([])]) as server:

            def asks(_: object) -> None:
                found.append(other.get_qualifications(CUSTOMER_ID))

            with (
                Client(TOKEN, base_url=server.url, on_retry=asks) as client,
                client.with_options(on_retry=None) as other,
            ):
                client.get_qualifications(CUSTOMER_ID)
        assert found == [[]]

    @pytest.mark.parametrize("name", ["on_request", "on_response", "on_retry", "on_throttle"])
    def test_it_may_call_though_one_request_at_a_time_is_allowed(self, name: str) -> None:
        found: list[object] = []
        refusal = Answer(b"", status=429, headers={"Retry-After": "1"})
        with Scripted([refusal, Answer([])]) as server:

            def asks(_: object) -> None:
                if not found:
                    found.append(None)
                    found.append(client.get_qualifications(CUSTOMER_ID))

            options: dict[str, Any] = {name: asks}
            with Client(TOKEN, base_url=server.url, max_concurrency=1, **options) as client:
                assert client.get_qualifications(CUSTOMER_ID) == []
        assert found == [None, []]

    def test_the_call_goes_on_while_it_is_told(self, either: Either) -> None:
        """The hook waits for what the service does after the request."""
        arrived = threading.Event()

        def script(_: object) -> Answer:
            arrived.set()
            return Answer([])

        with Scripted(script) as server:
            client = either.client(server, timeout=5, on_request=lambda _: arrived.wait(20))
            assert either.call(client.get_qualifications, CUSTOMER_ID) == []
        assert arrived.is_set()

    def test_the_error_of_the_call_is_its_own(self, either: Either) -> None:
        told = Told()
        with Scripted([Answer(b"", status=500)]) as server:
            client = either.client(server, max_retries=0, **told.hooks())
            with pytest.raises(ServerError) as caught:
                either.call(client.get_qualifications, CUSTOMER_ID)
        assert told.kinds() == ["Request", "Response"]
        assert caught.value.request_id == told[0].request_id


class TestInterruption:
    async def test_a_call_that_was_cancelled_between_two_steps_holds_nothing(
        self, emulator: Emulator, tmp_path: Path
    ) -> None:
        """Nothing holds the watch, though the traceback holds what waited for it."""
        told = Told()
        options: dict[str, Any] = told.hooks("on_request")
        async with emulator.async_client(**options) as client:
            watch = client.watch(ledger=tmp_path / "a.db", interval=0.05)
            asking = asyncio.ensure_future(anext(watch))
            await asyncio.sleep(0)
            until(lambda: len(emulator.journal) > 0)  # and the loop does not hear of it
            asking.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await asking
            watch.close()
        assert caught.tb

    async def test_a_cancelled_call_is_dropped(self) -> None:
        told, sent = Told(), asyncio.Event()

        def tell(event: RequestEvent) -> None:
            told.append(event)
            sent.set()

        with Scripted([Answer([], delay=30)]) as server:
            async with AsyncClient(TOKEN, base_url=server.url, on_request=tell) as client:
                call = asyncio.ensure_future(client.get_qualifications(CUSTOMER_ID))
                await sent.wait()
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
        assert told.kinds() == ["Request"]

    async def test_what_is_given_up_in_flight_is_told(self) -> None:
        told, sent = Told(), asyncio.Event()
        with Scripted([Answer([], delay=30)]) as server:
            options: dict[str, Any] = told.hooks("on_response")
            client = AsyncClient(
                TOKEN, base_url=server.url, on_request=lambda _: sent.set(), **options
            )
            async with client:
                call = asyncio.ensure_future(client.get_qualifications(CUSTOMER_ID))
                await sent.wait()
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
        (response,) = told
        assert (response.status_code, response.error) == (
            None,
            "given up before there was an answer",
        )

    @pytest.mark.parametrize("ends", ["dropped", "closed"])
    def test_each_request_of_a_sweep_that_ends_early_has_its_response(
        self, either: Either, ends: str
    ) -> None:
        told = Told()
        with Emulator(customers=300) as emulator:
            client = either.client(emulator, **told.hooks("on_request", "on_response"))
            sweep = client.sweep(emulator.customer_ids)
            either.list(sweep, 1)
            if ends == "closed":
                sweep.close()
            del sweep
            kinds = told.kinds()
            assert kinds.count("Request") == kinds.count("Response")
            assert len(emulator.journal) <= kinds.count("Request") < 300

    def test_each_request_of_a_run_that_ends_early_has_its_response(
        self, either: Either, tmp_path: Path
    ) -> None:
        told = Told()
        with Emulator(customers=300, mix={}, vetting="manual") as emulator:
            rows = [
                {"customer_id": each, "qualification": "Education", "education_segment": "K12"}
                for each in emulator.customer_ids
            ]
            client = either.client(emulator, **told.hooks("on_request", "on_response"))
            run = client.apply(rows, ledger=tmp_path / "a.db")
            either.list(run, 1)
            del run
            posts = [type(event) for event in told if event.method == "POST"]
            assert posts.count(RequestEvent) == posts.count(ResponseEvent)
            assert len(emulator.effects) <= posts.count(RequestEvent)


class TestOperationsOfManyRequests:
    def test_pages(self, either: Either) -> None:
        told = Told()
        with Emulator(customers=7) as emulator:
            client = either.client(emulator, **told.hooks("on_response"))
            assert len(either.list(client.list_customers(page_size=3))) == 7
        assert [event.status_code for event in told] == [200, 200, 200]

    def test_a_sweep(self, either: Either) -> None:
        told = Told()
        with Emulator(customers=40) as emulator:
            client = either.client(emulator, **told.hooks("on_response"))
            either.list(client.sweep(emulator.customer_ids))
        assert {event.customer_id for event in told} == set(emulator.customer_ids)
        assert len(told) == 40

    def test_a_table_of_a_sweep(self, either: Either) -> None:
        told = Told()
        with Emulator(customers=40) as emulator:
            client = either.client(emulator, **told.hooks("on_response"))
            table = either.call(client.sweep().collect)
        assert len({row["customer_id"] for row in table}) == 40
        paths = [event.path for event in told if event.customer_id is None]
        assert (len(told), paths) == (41, ["/v1/customers"])

    def test_a_pause_during_a_sweep_is_told_once(self, either: Either) -> None:
        told = Told()
        with Emulator(customers=30) as emulator:
            emulator.inject(429, times=8, retry_after=1)
            client = either.client(emulator, **told.hooks("on_throttle", "on_retry"))
            either.call(client.sweep(emulator.customer_ids).collect)
        assert told.kinds().count("Retry") == 8
        assert told.kinds().count("Throttle") in {
            1,
            2,
        }  # two: some were sent once the first was over

    def test_apply_and_a_plan(self, either: Either, tmp_path: Path) -> None:
        told = Told()
        with Emulator(customers=5, mix={}, vetting="manual") as emulator:
            client = either.client(emulator, **told.hooks("on_request"))
            rows = [
                {"customer_id": each, "qualification": "Education", "education_segment": "K12"}
                for each in emulator.customer_ids
            ]
            either.call(client.apply, rows, ledger=tmp_path / "a.db", dry_run=True)
            planned = [event.method for event in told]
            either.list(client.apply(rows, ledger=tmp_path / "a.db"))
        assert planned == ["GET"] * 5
        assert sorted(event.method for event in told[5:]) == ["GET"] * 5 + ["POST"] * 5

    def test_a_wait_for_vetting(self, either: Either) -> None:
        told, looks = Told(), 0
        with Emulator(customers=1, mix={}, vetting="manual") as emulator:
            (customer_id,) = emulator.customer_ids
            client = either.client(emulator, **told.hooks("on_response"))
            either.call(
                client.update_qualification, customer_id, "Education", education_segment="K12"
            )

            def decide(_: object) -> None:
                nonlocal looks
                looks += 1
                if looks == 2:
                    emulator.decide(customer_id, "Education", "Approved")

            either.call(
                client.wait_for_vetting,
                customer_id,
                "Education",
                poll_interval=0.01,
                on_poll=decide,
            )
        assert [event.method for event in told] == ["POST", "GET", "GET", "GET"]

    def test_a_watch(self, either: Either, tmp_path: Path) -> None:
        told = Told()
        with Emulator(customers=1, mix={}, vetting="manual") as emulator:
            (customer_id,) = emulator.customer_ids
            ledger = tmp_path / "a.db"
            row = {
                "customer_id": customer_id,
                "qualification": "Education",
                "education_segment": "K12",
            }
            either.list(either.client(emulator).apply([row], ledger=ledger))

            def decide(event: ResponseEvent) -> None:
                told.append(event)
                emulator.decide(customer_id, "Education", "Approved")

            client = either.client(emulator, on_response=decide)
            watch = client.watch(ledger=ledger, interval=0.05)
            (change,) = either.list(watch, 1)
            watch.close()
        assert change.new_status == "Approved"
        assert {event.status_code for event in told} == {200}


class TestOptions:
    @pytest.mark.parametrize("name", HOOKS)
    def test_a_bad_hook_is_refused(self, either: Either, name: str) -> None:
        with pytest.raises(ConfigurationError, match=f"{name}: 7 is refused: pass a function"):
            either.client("http://127.0.0.1:9", **{name: 7})

    @pytest.mark.parametrize("kind", ["function", "method"])
    def test_an_asynchronous_hook_is_refused(self, either: Either, kind: str) -> None:
        class Hook:
            async def __call__(self, event: object) -> None: ...

        async def hook(event: object) -> None: ...

        asynchronous = hook if kind == "function" else Hook()
        with pytest.raises(ConfigurationError, match="pass a plain function"):
            either.client("http://127.0.0.1:9", on_retry=asynchronous)

    def test_a_derived_client_has_the_hooks_and_can_have_others(self, either: Either) -> None:
        first, second = Told(), Told()
        with Scripted([Answer([])]) as server:
            client = either.client(server, **first.hooks("on_response"))
            derived = client.with_options(locale="de-DE")
            other = client.with_options(on_response=second.append)
            for each in (client, derived, other):
                either.call(each.get_qualifications, CUSTOMER_ID)
        assert (len(first), len(second)) == (2, 1)

    def test_a_derived_client_refuses_a_bad_hook(self, either: Either) -> None:
        client = either.client("http://127.0.0.1:9")
        with pytest.raises(ConfigurationError, match="on_throttle"):
            client.with_options(on_throttle="metrics")

    def test_hooks_are_pickled_by_name(self, either: Either) -> None:
        client = either.client("http://127.0.0.1:9", credential=_token, on_retry=_hook)
        copy = pickle.loads(pickle.dumps(client))  # noqa: S301 - our own
        either.close(copy)
        assert copy._hooks == {"on_retry": _hook}  # noqa: SLF001 - nothing else shows it

    def test_a_turned_away_call_has_no_events(self, either: Either) -> None:
        told = Told()
        refusal = Answer(b"", status=429, headers={"Retry-After": "600"})
        with Scripted([refusal]) as server:
            client = either.client(server, **told.hooks("on_request"))
            for _ in range(2):
                with pytest.raises(RateLimitError):
                    either.call(client.get_qualifications, CUSTOMER_ID)
        assert len(told) == len(server.requests) == 1


def _token() -> str:
    return TOKEN


def _hook(event: object) -> None:
    del event
