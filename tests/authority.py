"""A scripted Entra: what it answers, and our credentials that ask it."""

import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain, repeat
from typing import Any
from urllib.parse import parse_qs

from partnercenter_qual import (
    ClientCertificateCredential,
    ClientSecretCredential,
    DeviceCodeCredential,
    Emulator,
    RefreshTokenCredential,
)
from partnercenter_qual._credential import Credential

from .certificates import Identity
from .scripted import Answer, Request, Scripted, Step

TENANT_ID = "6a1f0e3c-2b5d-4c7e-9f80-a1b2c3d4e5f6"
CLIENT_ID = "0f9e8d7c-6b5a-4938-8271-605f4e3d2c1b"
CLIENT_SECRET = "8Q~kept/by+the=application&alone.~"  # noqa: S105 - opens nothing
REFRESH_TOKEN = "0.AXoA-first/refresh+token=of&the.user"  # noqa: S105 - as above
SCOPE = "https://api.partnercenter.microsoft.com/.default"

DEVICE: dict[str, Any] = {
    "user_code": "ABC-DEF",
    "device_code": "GMMhmHCXhWEzkobqIHGG_EnNYYsAkukHspeYUk9E8",
    "verification_uri": "https://login.example/device",
    "expires_in": 900,
    "interval": 1,
    "message": "Open https://login.example/device and enter ABC-DEF.",
}


def issued(token: str = "an-access-token", **more: object) -> Answer:  # noqa: S107 - opens nothing
    """Answer with an access token."""
    return Answer({"token_type": "Bearer", "expires_in": 3599, "access_token": token, **more})


def refused(error: str, description: str = "no", status: int = 400, **more: object) -> Answer:
    """Answer as Entra refuses."""
    return Answer({"error": error, "error_description": description, **more}, status=status)


def aadsts(number: int, error: str = "invalid_grant", status: int = 400) -> Answer:
    """Refuse with a number, in Entra's own shape."""
    said = f"AADSTS{number}: It is not to be.\r\nTrace ID: 1\r\nTimestamp: 2026-11-20 12:00:00Z"
    more = {"error_codes": [number], "trace_id": "1", "correlation_id": "2"}
    return refused(error, said, status, **more)


PENDING = aadsts(70016, "authorization_pending")


def entra(*steps: Step, device: Step | None = None) -> Callable[[Request], Step]:
    """Answer token requests in turn, the last answer for ever, and calls with an empty list."""
    turns: Iterator[Step] = chain(steps, repeat(steps[-1]))

    def script(request: Request) -> Step:
        if request.path.endswith("/devicecode"):
            return device or Answer(DEVICE)
        return next(turns) if "/oauth2/" in request.path else Answer([])

    return script


def token_requests(server: Scripted) -> list[Request]:
    """Give what came to the token endpoints."""
    return [request for request in server.requests if request.path.endswith("/token")]


def form(request: Request) -> dict[str, str]:
    """Read the form that a request carries."""
    fields = parse_qs(request.body.decode(), strict_parsing=True, keep_blank_values=True)
    return {name: value for name, (value,) in fields.items()}


def by_secret(authority: str | None = None, **more: Any) -> ClientSecretCredential:  # noqa: ANN401 - whatever it takes
    """Make an App-only credential."""
    return ClientSecretCredential(TENANT_ID, CLIENT_ID, CLIENT_SECRET, authority=authority, **more)


def by_refresh_token(authority: str | None = None, **more: Any) -> RefreshTokenCredential:  # noqa: ANN401 - as above
    """Make an App+User credential of a public client."""
    return RefreshTokenCredential(TENANT_ID, CLIENT_ID, REFRESH_TOKEN, authority=authority, **more)


def by_device_code(authority: str | None = None, **more: Any) -> DeviceCodeCredential:  # noqa: ANN401 - as above
    """Make an App+User credential that asks nobody in particular."""
    silent: dict[str, Any] = {"prompt": lambda _: None}
    return DeviceCodeCredential(TENANT_ID, CLIENT_ID, authority=authority, **silent | more)


@cache
def identity() -> Identity:
    """Make a certificate, once for all."""
    return Identity.make()


def by_certificate(authority: str | None = None, **more: Any) -> ClientCertificateCredential:  # noqa: ANN401 - as above
    """Make an App-only credential that signs."""
    return ClientCertificateCredential(
        TENANT_ID, CLIENT_ID, identity().pem(), authority=authority, **more
    )


SCRIPTED: dict[str, Callable[..., Credential]] = {
    "client secret": by_secret,
    "certificate": by_certificate,
    "refresh token": by_refresh_token,
    "device code": by_device_code,
}


def _registered(emulator: Emulator) -> ClientCertificateCredential:
    emulator.register_certificate(identity().certificate_pem())
    return ClientCertificateCredential(
        emulator.tenant_id, emulator.client_id, identity().pem(), authority=emulator.authority
    )


APP_ONLY: dict[str, Callable[[Emulator], Credential]] = {
    "client secret": lambda emulator: ClientSecretCredential(
        emulator.tenant_id,
        emulator.client_id,
        emulator.client_secret,
        authority=emulator.authority,
    ),
    "certificate": _registered,
}
USER: dict[str, Callable[[Emulator], Credential]] = {
    "refresh token": lambda emulator: RefreshTokenCredential(
        emulator.tenant_id,
        emulator.client_id,
        emulator.refresh_token,
        emulator.client_secret,
        authority=emulator.authority,
    ),
    "refresh token of a public client": lambda emulator: RefreshTokenCredential(
        emulator.tenant_id, emulator.client_id, emulator.refresh_token, authority=emulator.authority
    ),
    "device code": lambda emulator: DeviceCodeCredential(
        emulator.tenant_id,
        emulator.client_id,
        lambda code: emulator.approve_device_code(code.user_code),
        authority=emulator.authority,
    ),
}


def seconds_from_now(moment: float | None) -> float:
    """Tell how far a moment, in seconds since 1970, is from now."""
    assert moment is not None
    return moment - time.time()
