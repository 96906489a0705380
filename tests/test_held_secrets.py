"""What a client was given in confidence is not found in it, in its copies or in its pickles."""

import copy
import gc
import pickle
from collections.abc import Iterator
from types import FunctionType, ModuleType

import pytest

from partnercenter_qual import AsyncClient, Client, Emulator

from .either import Either
from .planted import PASSWORD, TOKEN, check, fetched
from .scripted import CUSTOMER_ID, Answer, Scripted


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_clients_and_their_streams_show_no_secret(kind: type[Client] | type[AsyncClient]) -> None:
    client = kind(TOKEN, proxy=f"http://user:{PASSWORD}@proxy.example:8080")
    derived = client.with_options(locale="de-DE")
    streams = [client.list_customers(), client.list_audit_records("2026-11-01"), client.sweep([])]
    check(client, derived, *streams, dir(client))


def held(thing: object, seen: set[int]) -> Iterator[str | bytes]:
    """Give all text that can be reached from a thing by its attributes and items."""
    if id(thing) in seen or isinstance(thing, ModuleType | type | FunctionType):
        return
    seen.add(id(thing))
    if isinstance(thing, str | bytes):
        yield thing
        return
    for part in gc.get_referents(thing):  # of slots and `vars` alike
        yield from held(part, seen)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_nothing_that_python_reaches_from_a_client_holds_a_secret(
    kind: type[Client] | type[AsyncClient],
) -> None:
    proxy = f"http://user:{PASSWORD}@proxy.example:8080"
    client = kind(TOKEN, proxy=proxy, locale="de-DE")
    derived = kind(TOKEN).with_options(proxy=proxy)
    again = client.with_options(timeout=5)
    streams = [client.list_customers(), client.sweep([CUSTOMER_ID])]
    found = [*held([client, derived, again, *streams], set())]
    assert "de-DE" in found  # so that what is not found is not there
    check(*found)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_client_that_holds_a_secret_is_not_copied_or_pickled(
    kind: type[Client] | type[AsyncClient],
) -> None:
    secretive = kind(lambda: "x", proxy=f"http://user:{PASSWORD}@proxy.example:8080")
    for client in (kind(TOKEN), kind(TOKEN).with_options(timeout=1), secretive):
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="environment") as raised:
                attempt(client)
            check(raised.value)


def test_a_pickle_holds_no_token_that_was_fetched_or_is_in_the_environment(
    either: Either, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", TOKEN)
    with Scripted([Answer([])]) as server:
        for credential in (fetched, None):
            client = either.client(server, credential=credential)
            either.call(client.get_qualifications, CUSTOMER_ID)
            assert TOKEN.encode() not in pickle.dumps(client)


def test_the_emulator_keeps_no_token(emulator: Emulator) -> None:
    token = emulator.access_token()
    with Client(token, base_url=emulator.url) as client:
        for customer_id in emulator.customer_ids:
            client.update_qualification(customer_id, "StateOwnedEntity")
    kept = repr([emulator, vars(emulator), emulator.journal, emulator.effects])
    assert len(emulator.effects) == len(emulator.customer_ids)
    for part in token.split("."):
        assert part not in kept
