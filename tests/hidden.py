"""Secrets planted in our credentials, and how they are looked for in whatever shows."""

import pickle
import re
import traceback
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from partnercenter_qual import (
    AccessToken,
    ClientCertificateCredential,
    ClientSecretCredential,
    DeviceCodeCredential,
    PartnerCenterError,
    RefreshTokenCredential,
)
from partnercenter_qual._credential import Credential

from .authority import CLIENT_ID, TENANT_ID, identity, issued

ACCESS = "eyJh.acc3ss/Pl+nted~t0ken=.signature"
SECRET = "8Q~cl1ent/Pl+nted~secret="  # noqa: S105 - opens nothing
REFRESH = "0.AX-r3fresh/Pl+nted~t0ken=first"
ROTATED = "0.AX-r3fresh/Pl+nted~t0ken=second"
PASSWORD = "pfx/Pl+nted~passw0rd="  # noqa: S105 - as above
KEY = identity().key_pem().decode()
KEY_LINE = KEY.splitlines()[5]

SECRETS = (ACCESS, SECRET, REFRESH, ROTATED, PASSWORD, KEY_LINE)


def shown(*values: object) -> str:
    """Give all that the values show, with every escape undone."""
    text = "\n".join(form(value) for value in values for form in (str, repr, "{}".format))
    text = re.sub(r"\\+u00([0-9a-fA-F]{2})", lambda code: chr(int(code[1], 16)), text)
    return unquote(text.replace("\\", ""))


def forms(secret: str) -> set[str]:
    """Give what a secret may show as: itself, a good part of it, and its Base64."""
    return {secret, secret[:14], secret[-14:], b64encode(secret.encode()).decode()[:20]}


def check(*values: object) -> None:
    text = shown(*values)
    for secret in SECRETS:
        assert not [part for part in forms(secret) if part in text]


def check_error(error: BaseException) -> None:
    """Look into an error, its causes and contexts, and the variables of all their frames."""
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    check("".join(trace.format()), vars(error), error.args)
    seen = {id(error)}
    for linked in (error.__cause__, error.__context__):
        if linked is not None and id(linked) not in seen:
            check_error(linked)
    if isinstance(error, PartnerCenterError):
        check(pickle.dumps(error), pickle.loads(pickle.dumps(error)))  # noqa: S301 - our own


def by_secret(authority: str | None = None) -> Credential:
    return ClientSecretCredential(TENANT_ID, CLIENT_ID, SECRET, authority=authority)


def by_refresh_token(authority: str | None = None, **more: Any) -> Credential:  # noqa: ANN401 - whatever it takes
    return RefreshTokenCredential(
        TENANT_ID, CLIENT_ID, REFRESH, SECRET, authority=authority, **more
    )


def by_pem(authority: str | None = None) -> Credential:
    pem = identity().certificate_pem() + identity().key_pem()
    return ClientCertificateCredential(TENANT_ID, CLIENT_ID, pem, authority=authority)


def by_pfx(authority: str | None = None) -> Credential:
    return ClientCertificateCredential(
        TENANT_ID,
        CLIENT_ID,
        identity().pfx(PASSWORD.encode()),
        password=PASSWORD,
        authority=authority,
    )


def by_device_code(authority: str | None = None) -> Credential:
    return DeviceCodeCredential(TENANT_ID, CLIENT_ID, _ignore, authority=authority)


def _ignore(_: object) -> None:
    """Tell nobody."""


def by_access_token(authority: str | None = None) -> Credential:
    del authority
    return AccessToken(ACCESS)


Make = Callable[..., Credential]

FLOWS: dict[str, Make] = {
    "client secret": by_secret,
    "refresh token": by_refresh_token,
    "PEM": by_pem,
    "PFX": by_pfx,
    "device code": by_device_code,
}
HOLDING = {**FLOWS, "access token": by_access_token}
del HOLDING["device code"]

every_flow = pytest.mark.parametrize("make", FLOWS.values(), ids=FLOWS)
every_holder = pytest.mark.parametrize("make", HOLDING.values(), ids=HOLDING)

YES = issued(ACCESS, refresh_token=ROTATED)
