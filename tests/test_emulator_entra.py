"""The emulator's Entra half and its https, as Python sees them."""

import gc
import json
import os
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from partnercenter_qual import (
    Client,
    ConfigurationError,
    Emulator,
    InvalidArgumentError,
    TransportError,
    UnauthorizedError,
)

from .either import Either

SCOPE = "https://api.partnercenter.microsoft.com/.default"


@pytest.fixture
def secure() -> Iterator[Emulator]:
    with Emulator(customers=3, tls=True) as emulator:
        yield emulator


def post(emulator: Emulator, path: str, **form: str) -> str:
    """Post a form with the standard library, and give the body of the answer."""
    trust = None
    if emulator.ca_bundle:
        trust = ssl.create_default_context(cafile=emulator.ca_bundle)
        trust.verify_flags |= ssl.VERIFY_X509_STRICT  # the default since Python 3.13
    body = urlencode(form).encode()
    with urlopen(f"{emulator.authority}{path}", body, context=trust) as answer:  # noqa: S310 - our own
        text: str = answer.read().decode()
        return text


def ask(emulator: Emulator, endpoint: str, **form: str) -> dict[str, Any]:
    """Ask an endpoint of version 2 in the application's name."""
    path = f"/{emulator.tenant_id}/oauth2/v2.0/{endpoint}"
    form = {"client_id": emulator.client_id, "scope": SCOPE, **form}
    answer: dict[str, Any] = json.loads(post(emulator, path, **form))
    return answer


def refresh(emulator: Emulator, token: str) -> dict[str, Any]:
    return ask(emulator, "token", grant_type="refresh_token", refresh_token=token)


def refused(call: Callable[[], object]) -> dict[str, Any]:
    """Give the body of a refusal."""
    with pytest.raises(HTTPError) as caught:
        call()
    body: dict[str, Any] = json.loads(caught.value.read())
    caught.value.close()
    return body


def test_the_seed_makes_the_application() -> None:
    def application(emulator: Emulator) -> tuple[str, str, str]:
        return emulator.tenant_id, emulator.client_id, emulator.client_secret

    with Emulator(1, seed=3) as one, Emulator(9, seed=3) as same, Emulator(1, seed=4) as other:
        assert application(one) == application(same)
        assert not {*application(one)} & {*application(other)}


def test_no_secret_is_shown(emulator: Emulator) -> None:
    token = emulator.refresh_token
    answer = refresh(emulator, token)
    secrets = {emulator.client_secret, token, answer["refresh_token"], answer["access_token"]}
    shown = repr([emulator, vars(emulator), emulator.journal])
    assert not [secret for secret in secrets if secret in shown]


def test_a_refresh_token_is_a_sign_in_of_its_own(emulator: Emulator) -> None:
    one, other = emulator.refresh_token, emulator.refresh_token
    assert one != other
    second = refresh(emulator, one)["refresh_token"]
    refresh(emulator, second)
    assert refused(lambda: refresh(emulator, one))["error_codes"] == [50173]
    assert refresh(emulator, other)["expires_in"] == 3600


def test_a_sign_in_without_multifactor_authentication_opens_nothing(emulator: Emulator) -> None:
    token = refresh(emulator, emulator.issue_refresh_token(mfa=False))["access_token"]
    with Client(token, base_url=emulator.url) as client, pytest.raises(UnauthorizedError) as caught:
        client.get_qualifications(emulator.customer_ids[0])
    assert caught.value.code == "900421"


def test_tokens_live_as_long_as_told() -> None:
    with Emulator(1, token_lifetime=0.5) as emulator:
        answer = refresh(emulator, emulator.refresh_token)
        assert answer["expires_in"] == 1
        with Client(answer["access_token"], base_url=emulator.url, max_retries=0) as client:
            emulator.advance(0.5)
            with pytest.raises(UnauthorizedError):
                client.get_qualifications(emulator.customer_ids[0])


def test_half_a_second_of_an_issued_token_counts(emulator: Emulator) -> None:
    token = emulator.access_token(lifetime=30.5)
    with Client(token, base_url=emulator.url, max_retries=0) as client:
        emulator.advance(30)
        assert client.get_qualifications(emulator.customer_ids[0]) == []
        emulator.advance(0.5)
        with pytest.raises(UnauthorizedError):
            client.get_qualifications(emulator.customer_ids[0])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tls", "yes"),
        ("tls", 1),
        ("token_lifetime", 0),
        ("token_lifetime", -1),
        ("token_lifetime", float("nan")),
        ("token_lifetime", None),
    ],
)
def test_a_bad_option_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=field) as caught:
        Emulator(**{field: value})  # type: ignore[arg-type]
    assert caught.value.field == field


def test_a_device_code_is_approved_or_declined(emulator: Emulator) -> None:
    approved, declined = (ask(emulator, "devicecode") for _ in range(2))
    emulator.approve_device_code(approved["user_code"])
    emulator.decline_device_code(declined["user_code"].lower())

    def poll(device: dict[str, Any]) -> dict[str, Any]:
        grant_type = "urn:ietf:params:oauth:grant-type:device_code"
        code = device["device_code"]
        return ask(emulator, "token", grant_type=grant_type, device_code=code)

    assert poll(approved)["expires_in"] == 3600
    assert refused(lambda: poll(declined))["error"] == "authorization_declined"
    with pytest.raises(InvalidArgumentError, match="user_code") as caught:
        emulator.approve_device_code(approved["user_code"])
    assert caught.value.value == approved["user_code"]


def test_other_programs_approve_by_http(secure: Emulator) -> None:
    device = ask(secure, "devicecode", scope=f"openid {SCOPE}")
    assert device["verification_uri"] == f"{secure.url}/devicelogin"
    assert "signed in" in post(secure, "/devicelogin", user_code=device["user_code"])
    grant_type = "urn:ietf:params:oauth:grant-type:device_code"
    answer = ask(secure, "token", grant_type=grant_type, device_code=device["device_code"])
    assert {"access_token", "id_token"} <= answer.keys()


@pytest.mark.parametrize("mfa", [1, "no", None])
def test_multifactor_authentication_was_passed_or_not(emulator: Emulator, mfa: Any) -> None:  # noqa: ANN401 - as below
    with pytest.raises(InvalidArgumentError, match="mfa"):
        emulator.issue_refresh_token(mfa=mfa)
    with pytest.raises(InvalidArgumentError, match="mfa"):
        emulator.approve_device_code("ABCDEFGHI", mfa=mfa)


@pytest.mark.parametrize("user_code", ["ABCDEFGHI", "", 7, None])
def test_nobody_waits_for_another_code(emulator: Emulator, user_code: Any) -> None:  # noqa: ANN401 - the wrong types are the point
    for decide in (emulator.approve_device_code, emulator.decline_device_code):
        with pytest.raises(InvalidArgumentError, match="user_code") as caught:
            decide(user_code)
        assert caught.value.field == "user_code"
        assert str(user_code) in caught.value.value
        assert caught.value.cure


@pytest.mark.parametrize(
    "certificate", [7, None, "/no/such.pem", "\0", b"nonsense", b"", "-----BEGIN X-----", __file__]
)
def test_what_is_no_certificate_is_refused(emulator: Emulator, certificate: Any) -> None:  # noqa: ANN401 - as above
    with pytest.raises(InvalidArgumentError, match="certificate") as caught:
        emulator.register_certificate(certificate)
    assert caught.value.field == "certificate"
    assert "PEM" in caught.value.cure


def test_a_key_in_place_of_a_certificate_is_not_shown(emulator: Emulator) -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    with pytest.raises(InvalidArgumentError, match=f"{len(pem)} bytes") as caught:
        emulator.register_certificate(pem)
    assert "c2VjcmV0" not in repr(caught.value)


def test_faults_and_the_window_leave_entra_alone() -> None:
    with Emulator(1, requests_per_window=1) as emulator:
        emulator.inject(500)
        token = emulator.refresh_token
        for _ in range(3):
            token = refresh(emulator, token)["refresh_token"]
        emulator.inject(503, path="/oauth2/")
        assert refused(lambda: refresh(emulator, token))["error"] == "temporarily_unavailable"
        path = f"/{emulator.tenant_id}/oauth2/v2.0/token"
        told = [(entry.method, entry.path, entry.status) for entry in emulator.journal]
        assert told == [("POST", path, 200)] * 3 + [("POST", path, 503)]


def test_overlapping_token_requests_are_witnessed(emulator: Emulator) -> None:
    token = emulator.refresh_token
    refresh(emulator, token)
    refresh(emulator, token)
    assert emulator.most_token_requests_at_once == 1
    emulator.inject(path="/oauth2/", delay=0.3, times=None)
    callers = [threading.Thread(target=refresh, args=(emulator, token)) for _ in range(2)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert emulator.most_token_requests_at_once == 2


def test_a_reset_forgets_sign_ins(emulator: Emulator) -> None:
    token = emulator.refresh_token
    emulator.reset()
    assert refused(lambda: refresh(emulator, token))["error"] == "invalid_grant"


def test_a_client_of_it_finds_entra_and_needs_no_token_request(
    emulator: Emulator, either: Either
) -> None:
    client = either.client(emulator)
    assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []
    assert [entry.status for entry in emulator.journal] == [200]


class TestHttps:
    def test_a_client_of_it_trusts_it(self, secure: Emulator, either: Either) -> None:
        assert secure.url.startswith("https://127.0.0.1:")
        assert secure.authority == secure.url
        client = either.client(secure)
        assert len(either.list(client.list_customers(page_size=1))) == 3

    def test_nobody_else_does(self, secure: Emulator, either: Either) -> None:
        client = either.client(secure, ca_bundle=None, max_retries=0)
        with pytest.raises(TransportError, match="ca_bundle"):
            either.call(client.get_customer, secure.customer_ids[0])
        with Emulator(1, tls=True) as other:
            client = either.client(secure, ca_bundle=other.ca_bundle, max_retries=0)
            with pytest.raises(TransportError):
                either.call(client.get_customer, secure.customer_ids[0])

    def test_faults_work_there_too(self, secure: Emulator, either: Either) -> None:
        client = either.client(secure)
        secure.inject(reset=True)
        secure.inject(cut=4)
        secure.inject(503, retry_after=0)
        assert either.call(client.get_qualifications, secure.customer_ids[0]) == []
        assert [entry.status for entry in secure.journal] == [None, 200, 503, 200]

    def test_without_there_is_nothing_to_trust(self, emulator: Emulator) -> None:
        assert emulator.url.startswith("http://")
        assert emulator.ca_bundle is None

    def test_what_to_trust_is_a_private_file_until_the_end(self) -> None:
        with Emulator(1, tls=True) as emulator:
            bundle = Path(emulator.ca_bundle or "")
            assert bundle.read_text().startswith("-----BEGIN CERTIFICATE-----")
            assert "PRIVATE" not in bundle.read_text()
            if sys.platform != "linux":  # there, /proc lets nobody else in
                assert stat.S_IMODE(bundle.parent.stat().st_mode) == 0o700
        assert not bundle.exists()
        emulator.close()

    def test_it_goes_with_the_last_reference(self) -> None:
        emulator = Emulator(1, tls=True)
        bundle = Path(emulator.ca_bundle or "")
        del emulator
        gc.collect()
        assert not bundle.exists()

    def test_a_forked_child_leaves_it_to_its_parent(self, run_python: Callable[[str], str]) -> None:
        printed = run_python(
            "import os, sys, warnings; warnings.simplefilter('ignore')\n"
            "from partnercenter_qual import Emulator\n"
            "emulator = Emulator(1, tls=True)\n"
            "if not (child := os.fork()): sys.exit(0)\n"
            "os.waitpid(child, 0)\n"
            "print(os.path.exists(emulator.ca_bundle), emulator.ca_bundle)"
        )
        survived, path = printed.split()
        assert survived == "True"
        assert not Path(path).exists()

    def test_not_even_a_killed_process_leaves_it_behind(self, tmp_path: Path) -> None:
        code = (
            "import os; from partnercenter_qual import Emulator\n"
            "emulator = Emulator(1, tls=True)\n"
            "print(emulator.ca_bundle, os.path.getsize(emulator.ca_bundle), flush=True)\n"
            "os.kill(os.getpid(), 9)"
        )
        environment = os.environ | {"TMPDIR": str(tmp_path)}
        command = [sys.executable, "-c", code]
        killed = subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=False, env=environment
        )
        path, size = killed.stdout.split()
        assert (killed.returncode, int(size) > 0) == (-9, True)
        if sys.platform == "linux":  # elsewhere it is a file that nobody is left to remove
            assert not Path(path).exists()
            assert list(tmp_path.iterdir()) == []
