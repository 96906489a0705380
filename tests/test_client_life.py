"""A client besides its operations: derived, closed, pickled, shown."""

import pickle
from collections.abc import Callable, Iterable

import pytest

from partnercenter_qual import AsyncClient, Client, ConfigurationError, Emulator, RateLimitError

from .either import TOKEN, Either
from .scripted import CUSTOMER_ID, Answer, Scripted


def operations(client: Client) -> list[Callable[[], object]]:
    """Give every operation, ready to be called."""
    return [
        lambda: client.get_qualifications(CUSTOMER_ID),
        lambda: client.update_qualification(CUSTOMER_ID, "StateOwnedEntity"),
        lambda: client.wait_for_vetting(CUSTOMER_ID, "Education"),
        client.list_validation_codes,
        lambda: client.get_customer(CUSTOMER_ID),
    ]


def streams(client: Client) -> list[Callable[[], object]]:
    """Give every operation that gives a stream."""
    return [
        client.list_customers,
        lambda: client.list_audit_records("2026-11-20"),
        lambda: client.sweep([CUSTOMER_ID]),
    ]


class TestDerived:
    def test_the_parents_options_stay_but_for_the_changed(self, either: Either) -> None:
        with Scripted([Answer([])]) as server:
            client = either.client(server, locale="de-DE", application_name="parent")
            derived = client.with_options(locale="cs-CZ")
            either.call(derived.get_qualifications, CUSTOMER_ID)
            either.call(client.get_qualifications, CUSTOMER_ID)
        sent = [
            (request.headers["x-locale"], request.headers["ms-partnercenter-application"])
            for request in server.requests
        ]
        assert type(derived) is type(client)
        assert sent == [("cs-CZ", "parent"), ("de-DE", "parent")]

    def test_token_and_connection_are_shared(self, either: Either) -> None:
        asked = []

        def credential() -> str:
            asked.append(1)
            return TOKEN

        with Scripted([Answer([])]) as server:
            client = either.client(server, credential=credential)
            derived = client.with_options(timeout=5, max_retries=0, locale="cs-CZ")
            clients = (client, derived, derived.with_options(max_concurrency=1))
            for each in clients * 5:
                either.call(each.get_qualifications, CUSTOMER_ID)
        assert len(asked) == 1
        # A connection is free a moment after its answer: who comes at once may need another.
        used = [{request.connection for request in server.requests[n::3]} for n in range(3)]
        assert used[0] & used[1] & used[2]

    def test_a_pause_holds_for_all(self, either: Either) -> None:
        with Scripted([Answer(status=429, headers={"Retry-After": "1000"})]) as server:
            client = either.client(server)
            derived = client.with_options(timeout=5)
            with pytest.raises(RateLimitError):
                either.call(derived.get_qualifications, CUSTOMER_ID)
            with pytest.raises(RateLimitError, match="nothing was sent") as caught:
                either.call(client.get_qualifications, CUSTOMER_ID)
        assert caught.value.retry_after == pytest.approx(1000, abs=30)
        assert len(server.requests) == 1

    def test_each_is_closed_for_itself(self, either: Either) -> None:
        with Scripted([Answer([])]) as server:
            client = either.make(server)
            derived = either.client(server).with_options()
            either.close(client)
            assert either.call(derived.get_qualifications, CUSTOMER_ID) == []
            either.close(derived)

    @pytest.mark.parametrize("name", ["cloud", "base_url", "authority", "credential"])
    def test_it_cannot_go_to_another_service(self, either: Either, name: str) -> None:
        client = either.client("http://127.0.0.1:9")
        with pytest.raises(ConfigurationError, match=name) as caught:
            client.with_options(**{name: "global"})
        assert caught.value.field == name

    def test_options_are_checked_here_too(self, either: Either) -> None:
        client = either.client("http://127.0.0.1:9")
        with pytest.raises(ConfigurationError, match="timeout"):
            client.with_options(timeout=0)
        with pytest.raises(TypeError, match="time_out"):
            client.with_options(time_out=1)


class TestClosed:
    def test_no_call_is_made_any_more(self, either: Either) -> None:
        with Scripted([Answer([])]) as server:
            client = either.make(server)
            either.close(client)
            either.close(client)  # again is fine
            for operation in operations(client):
                with pytest.raises(RuntimeError, match="closed"):
                    either.call(operation)
            for stream in [*streams(client), client.with_options]:
                with pytest.raises(RuntimeError, match="closed"):
                    stream()
        assert server.requests == []

    def test_a_stream_begun_before_does_not_go_on(self, either: Either) -> None:
        with Scripted([Answer({"items": []})]) as server:
            client = either.make(server)
            begun: list[Iterable[object]] = [client.list_customers(), client.sweep([CUSTOMER_ID])]
            begun.append(client.list_customers().by_page())
            either.close(client)
            for stream in begun:
                with pytest.raises(RuntimeError, match="closed"):
                    either.list(stream)
        assert server.requests == []

    def test_it_can_still_be_shown(self, either: Either) -> None:
        client = either.make("http://127.0.0.1:9")
        either.close(client)
        assert repr(client).endswith("Client(base_url='http://127.0.0.1:9')")

    def test_the_end_of_with_closes(self, emulator: Emulator) -> None:
        with emulator.client() as client:
            assert client.get_qualifications(emulator.customer_ids[0]) == []
        with pytest.raises(RuntimeError, match="closed"):
            client.list_validation_codes()

    async def test_the_end_of_async_with_closes(self, emulator: Emulator) -> None:
        async with emulator.async_client() as client:
            assert await client.get_qualifications(emulator.customer_ids[0]) == []
        with pytest.raises(RuntimeError, match="closed"):
            await client.list_validation_codes()


def token_of_a_store() -> str:
    return TOKEN


class TestPickled:
    def test_a_client_with_a_callable_works_on_the_other_side(self, either: Either) -> None:
        with Scripted([Answer([])]) as server:
            client = either.client(server, credential=token_of_a_store, locale="cs-CZ")
            derived = client.with_options(application_name="derived")
            copy = pickle.loads(pickle.dumps(derived))  # noqa: S301 - our own
            either.call(copy.get_qualifications, CUSTOMER_ID)
            either.close(copy)
        headers = server.requests[0].headers
        assert type(copy) is type(client)
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert (headers["x-locale"], headers["ms-partnercenter-application"]) == (
            "cs-CZ",
            "derived",
        )

    def test_the_environments_token_stays_behind(
        self, either: Either, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", TOKEN)
        with Scripted([Answer([])]) as server:
            pickled = pickle.dumps(either.client(server, credential=None))
            assert TOKEN.encode() not in pickled
            monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", "of-the-other-side")
            copy = pickle.loads(pickled)  # noqa: S301 - our own
            either.call(copy.get_qualifications, CUSTOMER_ID)
            either.close(copy)
        assert server.requests[0].headers["authorization"] == "Bearer of-the-other-side"

    @pytest.mark.parametrize(
        "secret",
        [
            {"credential": TOKEN},
            {"credential": token_of_a_store, "proxy": "http://user:password@127.0.0.1:9"},
        ],
    )
    def test_a_secret_is_not_pickled(self, either: Either, secret: dict[str, object]) -> None:
        client = either.client("http://127.0.0.1:9", **secret)
        with pytest.raises(TypeError, match=r"secret.*environment.*callable") as caught:
            pickle.dumps(client)
        assert TOKEN not in str(caught.value)
        assert "password" not in str(caught.value)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_client_shows_its_class_and_address_alone(kind: type[Client | AsyncClient]) -> None:
    client = kind(TOKEN, base_url="http://127.0.0.1:9/")
    assert repr(client) == f"{kind.__name__}(base_url='http://127.0.0.1:9')"
    with pytest.raises(AttributeError):
        client.__dict__  # noqa: B018 - slots: nothing can be hung on it by mistake
