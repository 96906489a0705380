"""Tokens die in the middle of a sweep, and nobody notices."""

import time

from partnercenter_qual import Client, ClientSecretCredential, Emulator, RefreshTokenCredential
from partnercenter_qual.emulator import JournalEntry

from .either import Either

LIFE = 2.0  # seconds
CUSTOMERS = 5_000


def token_requests(emulator: Emulator) -> list[JournalEntry]:
    return [entry for entry in emulator.journal if "/oauth2/" in entry.path]


def test_a_sweep_outlives_its_tokens(either: Either) -> None:
    with Emulator(customers=CUSTOMERS, token_lifetime=LIFE) as emulator:
        emulator.inject(path="/qualifications", delay=0.05, times=None)
        credential = RefreshTokenCredential(
            emulator.tenant_id, emulator.client_id, emulator.refresh_token
        )
        client = either.client(
            emulator.url, credential=credential, authority=emulator.authority, max_concurrency=32
        )
        start = time.monotonic()
        results = either.list(client.sweep())
        lives = (time.monotonic() - start) / LIFE
    assert len(results) == CUSTOMERS
    assert [result.error for result in results if result.error] == []
    # One more than the lives that ended, for the first.
    assert 0.9 * lives <= len(token_requests(emulator)) <= 1.1 * lives + 1
    assert emulator.most_token_requests_at_once == 1


def test_a_token_that_the_service_gives_up_early_is_replaced_once(emulator: Emulator) -> None:
    credential = ClientSecretCredential(
        emulator.tenant_id, emulator.client_id, emulator.client_secret
    )
    with Client(credential, base_url=emulator.url, authority=emulator.authority) as client:
        assert len(list(client.sweep())) == 5
        emulator.advance(3601)
        assert [result.error for result in client.sweep()] == [None] * 5
    assert len(token_requests(emulator)) == 2
