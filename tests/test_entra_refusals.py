"""What Entra refuses and why: as errors, as rows of a sweep, and during a wait."""

import asyncio
import pickle

import pytest

from partnercenter_qual import (
    AuthenticationError,
    ClientSecretCredential,
    Emulator,
    RefreshTokenCredential,
    VettingStatus,
)

from .authority import aadsts, by_refresh_token, by_secret, entra, refused
from .either import Either
from .scripted import CUSTOMER_ID, Scripted

QUICK = 0.02  # seconds between two looks
GONE = "00000000-1111-2222-3333-444444444444"

# The number, OAuth's word beside it, the status, and what the hint speaks of.
REFUSALS = [
    (50076, "interaction_required", 400, "multi-factor"),
    (50078, "interaction_required", 400, "multi-factor authentication has expired"),
    (65001, "invalid_grant", 400, "consent"),
    (700016, "unauthorized_client", 400, "client_id"),
    (7000215, "invalid_client", 401, "not its id"),
    (7000222, "invalid_client", 401, "new client secret"),
    (90002, "invalid_request", 400, "tenant id"),
    (53003, "access_denied", 400, "Conditional Access"),
    (700082, "invalid_grant", 400, "90 days"),
]

each = pytest.mark.parametrize(("number", "error", "status", "words"), REFUSALS)


def check(raised: AuthenticationError, number: int | None, error: str, words: str) -> None:
    assert (raised.aadsts_code, raised.error) == (number, error)
    assert raised.hint
    assert words in raised.hint
    for part in (f"no access token: {error}: ", f" -> {raised.hint}"):
        assert part in str(raised)
    assert "\n" not in str(raised)


@each
def test_a_refusal_is_explained(
    either: Either, number: int, error: str, status: int, words: str
) -> None:
    with Scripted(entra(aadsts(number, error, status))) as server:
        client = either.client(server, credential=by_refresh_token(server.url))
        with pytest.raises(AuthenticationError) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
        assert len(server.requests) == 1
    check(raised.value, number, error, words)
    assert f"AADSTS{number}: It is not to be." in str(raised.value)
    assert raised.value.customer_id == CUSTOMER_ID


@each
def test_get_token_explains_it_too(number: int, error: str, status: int, words: str) -> None:
    with Scripted(entra(aadsts(number, error, status))) as server:
        credential = by_secret(server.url)
        with pytest.raises(AuthenticationError) as raised:
            credential.get_token()
        check(raised.value, number, error, words)
        with pytest.raises(AuthenticationError) as raised:
            asyncio.run(credential.aio.get_token_info())
        check(raised.value, number, error, words)
    assert raised.value.customer_id is None


def test_a_word_alone_is_explained(either: Either) -> None:
    with Scripted(entra(refused("invalid_grant", "expired"))) as server:
        client = either.client(server, credential=by_refresh_token(server.url))
        with pytest.raises(AuthenticationError) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
    check(raised.value, None, "invalid_grant", "DeviceCodeCredential")


def test_it_pickles(either: Either) -> None:
    with Scripted(entra(aadsts(50076, "interaction_required"))) as server:
        client = either.client(server, credential=by_refresh_token(server.url))
        with pytest.raises(AuthenticationError) as raised:
            either.call(client.get_qualifications, CUSTOMER_ID)
    again = pickle.loads(pickle.dumps(raised.value))  # noqa: S301 - our own
    assert type(again) is AuthenticationError
    assert str(again) == str(raised.value)
    assert vars(again) == vars(raised.value)


def test_in_a_sweep_it_is_a_row_for_each(either: Either) -> None:
    with Scripted(entra(aadsts(700082))) as server:
        client = either.client(server, credential=by_refresh_token(server.url))
        results = either.list(client.sweep([CUSTOMER_ID] * 20))
        assert len(results) == 20
        assert {request.path.endswith("/token") for request in server.requests} == {True}
    for result in results:
        assert isinstance(result.error, AuthenticationError)
        check(result.error, 700082, "invalid_grant", "90 days")


def test_a_wrong_secret_at_the_emulator(either: Either, emulator: Emulator) -> None:
    credential = ClientSecretCredential(
        emulator.tenant_id, emulator.client_id, "not-the-secret", authority=emulator.authority
    )
    client = either.client(emulator.url, credential=credential)
    with pytest.raises(AuthenticationError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    check(raised.value, 7000215, "invalid_client", "not its id")
    assert "not-the-secret" not in str(raised.value)


WRONG_IDS = {
    "tenant_id": (90002, "invalid_request", "tenant id"),
    "client_id": (700016, "unauthorized_client", "client_id"),
}


@pytest.mark.parametrize("field", WRONG_IDS)
def test_a_wrong_id_at_the_emulator(either: Either, emulator: Emulator, field: str) -> None:
    ids = {"tenant_id": emulator.tenant_id, "client_id": emulator.client_id, field: GONE}
    credential = ClientSecretCredential(
        **ids, client_secret=emulator.client_secret, authority=emulator.authority
    )
    client = either.client(emulator.url, credential=credential)
    with pytest.raises(AuthenticationError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    check(raised.value, *WRONG_IDS[field])


def test_an_old_refresh_token_at_the_emulator(either: Either, emulator: Emulator) -> None:
    credential = RefreshTokenCredential(
        emulator.tenant_id, emulator.client_id, emulator.refresh_token, authority=emulator.authority
    )
    client = either.client(emulator.url, credential=credential)
    emulator.advance(91 * 24 * 3600)
    with pytest.raises(AuthenticationError) as raised:
        either.call(client.get_qualifications, emulator.customer_ids[0])
    check(raised.value, 700082, "invalid_grant", "90 days")


class TestWaitForVetting:
    """The emulator forgets the token between two looks, so that the next one needs another."""

    def test_it_outlasts_an_authority_that_is_down(
        self, either: Either, emulator: Emulator
    ) -> None:
        customer_id = emulator.customer_ids[0]
        emulator.decide(customer_id, "Education", "InReview")
        looks: list[object] = []

        def on_poll(seen: object) -> None:
            looks.append(seen)
            if len(looks) == 1:
                emulator.decide(customer_id, "Education", "Approved")
                emulator.advance(3601)
                emulator.inject(503, path="/oauth2/", times=3, retry_after=0)

        credential = RefreshTokenCredential(
            emulator.tenant_id, emulator.client_id, emulator.refresh_token
        )
        client = either.client(
            emulator.url, credential=credential, authority=emulator.authority, max_retries=0
        )
        decided = either.call(
            client.wait_for_vetting,
            customer_id,
            "Education",
            poll_interval=QUICK,
            timeout=30,
            on_poll=on_poll,
        )
        assert decided.vetting_status is VettingStatus.APPROVED
        asked = [entry.status for entry in emulator.journal if "/oauth2/" in entry.path]
        assert asked == [200, 503, 503, 503, 200]

    def test_it_does_not_outlast_a_refusal(self, either: Either, emulator: Emulator) -> None:
        customer_id = emulator.customer_ids[0]
        emulator.decide(customer_id, "Education", "InReview")
        credential = RefreshTokenCredential(
            emulator.tenant_id, emulator.client_id, emulator.refresh_token
        )
        client = either.client(emulator.url, credential=credential, authority=emulator.authority)
        with pytest.raises(AuthenticationError) as raised:
            either.call(
                client.wait_for_vetting,
                customer_id,
                "Education",
                poll_interval=QUICK,
                timeout=30,
                on_poll=lambda _: emulator.advance(91 * 24 * 3600),
            )
        check(raised.value, 700082, "invalid_grant", "90 days")

    def test_it_does_not_start_without_a_token(self, either: Either) -> None:
        client = either.client(
            "http://127.0.0.1:9", credential=by_secret("http://127.0.0.1:9"), max_retries=0
        )
        with pytest.raises(AuthenticationError, match="authority"):
            either.call(client.wait_for_vetting, CUSTOMER_ID, "Education", timeout=30)
