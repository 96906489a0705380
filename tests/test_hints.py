"""What an error advises: one sentence that says what to do next."""

import pytest

from partnercenter_qual import ApiError, AuthenticationError, Client

from .either import Either
from .scripted import CUSTOMER_ID, Answer, Scripted

NUMBERS = {
    50020: "tenant_id",
    50034: "tenant_id",
    50057: "account",
    50076: "multi-factor",
    50078: "expired",
    50079: "register",
    50105: "assign the user",
    50126: "password",
    50158: "Conditional Access",
    50173: "revoked",
    53000: "device",
    53001: "device",
    53003: "Conditional Access",
    530003: "device",
    65001: "consent",
    65004: "accept",
    70000: "refresh token",
    70008: "90 days",
    70011: "cloud",
    70043: "sign-in lasts",
    90002: "tenant id",
    500011: "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd",
    650057: "API permissions",
    700016: "client_id",
    700024: "clock",
    700027: "certificate",
    700082: "90 days",
    700084: "single-page",
    7000215: "not its id",
    7000218: "public client flows",
    7000222: "new client secret",
    9002313: "characters",
}

WORDS = {
    "invalid_grant": "DeviceCodeCredential",
    "invalid_client": "client_secret",
    "unauthorized_client": "registered",
    "invalid_scope": "cloud",
    "invalid_resource": "tenant_id",
    "interaction_required": "DeviceCodeCredential",
    "consent_required": "consent",
    "login_required": "DeviceCodeCredential",
    "access_denied": "declined",
    "authorization_declined": "declined",
    "expired_token": "code",
    "temporarily_unavailable": "later",
    "server_error": "later",
}


def without_token(message: str) -> AuthenticationError:
    """Give the error of a call whose credential says so."""

    def credential() -> str:
        raise RuntimeError(message)

    with (
        Client(credential, base_url="http://127.0.0.1:9") as client,
        pytest.raises(AuthenticationError) as raised,
    ):
        client.get_customer(CUSTOMER_ID)
    return raised.value


def refused(either: Either, answer: Answer) -> ApiError:
    """Give the error of a call that is answered so."""
    with Scripted([answer]) as server:
        client = either.client(server, max_retries=0)
        with pytest.raises(ApiError) as raised:
            either.call(client.update_qualification, CUSTOMER_ID, "StateOwnedEntity")
    return raised.value


@pytest.mark.parametrize(("number", "words"), NUMBERS.items())
def test_each_number_of_entra_has_its_cure(number: int, words: str) -> None:
    error = without_token(f"AADSTS{number}: something is wrong. Trace ID: 1")
    assert error.aadsts_code == number
    assert error.hint is not None
    assert words in error.hint
    assert f"-> {error.hint}" in str(error)
    assert ". " not in error.hint
    assert error.hint[0].islower()


def test_none_is_better_than_a_wrong_one() -> None:
    error = without_token("AADSTS16000: something is wrong")
    assert (error.aadsts_code, error.hint) == (16000, None)


@pytest.mark.parametrize(("word", "words"), WORDS.items())
def test_each_word_of_oauth_has_its_cure(either: Either, word: str, words: str) -> None:
    body = {"error": word, "error_description": "something is wrong"}
    hint = refused(either, Answer(body, status=400)).hint
    assert hint is not None
    assert words in hint


def test_a_number_says_more_than_a_word(either: Either) -> None:
    body = {"error": "invalid_grant", "error_description": "AADSTS65001: something is wrong"}
    assert "consent" in (refused(either, Answer(body, status=400)).hint or "")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"code": 900420}, "as our credentials do"),
        (401, {"code": 900421}, "DeviceCodeCredential"),
        (401, "Authentication failed. MFA required. (10001)", "DeviceCodeCredential"),
        (403, {"code": 900329}, "RefreshTokenCredential or DeviceCodeCredential"),
        (
            500,
            {"description": "This resource can't be accessed by application credentials."},
            "RefreshTokenCredential or DeviceCodeCredential",
        ),
        (403, '"Customer tagging denied."', "eligible"),
        (401, "", "new token"),
        (403, "", "roles"),
    ],
    ids=str,
)
def test_what_the_api_refuses_has_its_cure(
    either: Either, status: int, body: object, words: str
) -> None:
    hint = refused(either, Answer(body, status=status)).hint
    assert hint is not None
    assert words in hint
