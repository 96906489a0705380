"""What the environment says: the credential and the options that were not passed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from . import _core
from ._exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ._credential import Credential as OwnCredential

_OPTIONS = {
    "cloud": "PARTNERCENTER_CLOUD",
    "base_url": "PARTNERCENTER_BASE_URL",
    "authority": "PARTNERCENTER_AUTHORITY",
}

_CURE = (
    "set PARTNERCENTER_ACCESS_TOKEN, or PARTNERCENTER_TENANT_ID and PARTNERCENTER_CLIENT_ID with "
    "PARTNERCENTER_REFRESH_TOKEN or PARTNERCENTER_CLIENT_SECRET; or pass an access token, a "
    "credential such as RefreshTokenCredential or azure-identity's, or a callable that returns a "
    "token"
)


class TokenCredential(Protocol):
    """A credential of azure-identity, or one like it."""

    def get_token(self, *scopes: str) -> Any:  # noqa: ANN401 - as azure-core
        """Get an object with `token` and `expires_on` (seconds since 1970 UTC)."""


class TokenInfoCredential(Protocol):
    """A credential of a newer azure-identity, or one like it."""

    def get_token_info(self, *scopes: str) -> Any:  # noqa: ANN401 - as above
        """Get an object with `token` and `expires_on` (seconds since 1970 UTC)."""


TokenCallable: TypeAlias = (
    "Callable[[], str | tuple[str, float] | Awaitable[str] | Awaitable[tuple[str, float]]]"
)

Credential: TypeAlias = "str | TokenCallable | TokenCredential | TokenInfoCredential"
"""A token, a callable that returns one (alone, or with its expiry in seconds since 1970 UTC), one
of our credentials, or an object with azure-identity's `get_token_info` or `get_token`, blocking or
not."""


def options_from_environment(*names: str) -> dict[str, str]:
    """Give those of the named options that the environment sets."""
    values = {name: os.environ.get(_OPTIONS[name], "") for name in names or _OPTIONS}
    return {name: value for name, value in values.items() if value}


def resolve(credential: Credential | None) -> Credential | _core.Credential:
    """Check the kind of a credential, and give the core's own where it is ours.

    None stands for the environment's.

    Raises:
        ConfigurationError: when there is none, or it is of no known kind.
    """
    if credential is None:
        credential = _from_environment()
    if isinstance(credential, str):
        return credential
    own = getattr(credential, "_core", None)
    if isinstance(own, _core.Credential):
        return own
    known = callable(credential)
    if known or hasattr(credential, "get_token_info") or hasattr(credential, "get_token"):
        # Who imports it first counts as the main thread, and callbacks run in another one.
        import threading  # noqa: F401, PLC0415 - as above

        return credential
    kind = type(credential).__name__  # never its repr, which may show a secret
    cure = f"pass its `.token`, or {_CURE}" if hasattr(credential, "token") else _CURE
    raise ConfigurationError(
        f"credential: a value of type {kind} was refused: {cure}",
        field="credential",
        value=kind,
        cure=cure,
    )


def _from_environment() -> str | OwnCredential:
    token = os.environ.get("PARTNERCENTER_ACCESS_TOKEN", "")
    if token:
        return token
    tenant_id, client_id, client_secret = _application()
    refresh_token = os.environ.get("PARTNERCENTER_REFRESH_TOKEN", "") or None
    store = os.environ.get("PARTNERCENTER_TOKEN_STORE", "") or None
    if not (tenant_id or client_id or client_secret or refresh_token or store):
        raise ConfigurationError(
            f"no credential: {_CURE}", field="credential", value="None", cure=_CURE
        )
    named = {"PARTNERCENTER_TENANT_ID": tenant_id, "PARTNERCENTER_CLIENT_ID": client_id}
    missing = [name for name, value in named.items() if not value]
    if not (refresh_token or store or client_secret):
        missing.append("PARTNERCENTER_REFRESH_TOKEN or PARTNERCENTER_CLIENT_SECRET")
    if missing:
        raise _incomplete(" and ".join(missing))
    from . import _credentials as ours  # noqa: PLC0415 - costs more than all the rest

    if refresh_token or store:
        return ours.RefreshTokenCredential(
            tenant_id, client_id, refresh_token, client_secret or None, store=store
        )
    return ours.ClientSecretCredential(tenant_id, client_id, client_secret)


def _application() -> tuple[str, str, str]:
    """Give tenant, client id and secret, by Azure's names where ours are not set.

    A secret belongs to a client id: Azure's is not taken for the application that ours names.
    """
    own = [os.environ.get(f"PARTNERCENTER_{name}", "") for name in _APPLICATION]
    azure = [os.environ.get(f"AZURE_{name}", "") for name in _APPLICATION]
    tenant_id, client_id = own[0] or azure[0], own[1] or azure[1]
    same = client_id.strip().lower() == azure[1].strip().lower()
    return tenant_id, client_id, own[2] or (azure[2] if same else "")


_APPLICATION = ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET")


def _incomplete(missing: str) -> ConfigurationError:
    cure = f"set {missing} too"
    return ConfigurationError(
        f"the environment's credential is incomplete: {cure}",
        field="credential",
        value="incomplete",
        cure=cure,
    )
