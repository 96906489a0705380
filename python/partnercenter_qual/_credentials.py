"""Our own credentials: each way in which a partner gets tokens of Microsoft Entra.

The core does the flows; all clients that are given one credential share its tokens.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from . import _core
from . import _credential as checks
from ._credential import Credential
from ._secrecy import REDACTED, redacted, unseen

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from os import PathLike


class RefreshTokenStore(Protocol):
    """Where a refresh token is kept; its methods may be asynchronous.

    They are called one after the other by one credential. Of several credentials, in one process or
    more, only a file keeps one from the other's turn.
    """

    def load(self) -> Any:  # noqa: ANN401 - `str | None`, or an awaitable of it
        """Give the refresh token that was saved last, or None."""

    def save(self, refresh_token: str, /) -> Any:  # noqa: ANN401 - nothing, or an awaitable
        """Keep a new refresh token in place of the old one, which must stay if that fails."""


Store: TypeAlias = "str | PathLike[str] | RefreshTokenStore"
"""The path of a file, or an object with `load` and `save`."""

OnRotate: TypeAlias = "Callable[[str], object]"
"""Is called with each new refresh token; may be asynchronous."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """What a user does to sign in on another device.

    Attributes:
        user_code: what to enter.
        verification_uri: the page to enter it on.
        message: both in a sentence, as the authority says it.
        expires_on: until when, in UTC.
    """

    user_code: str
    verification_uri: str
    message: str
    expires_on: datetime


class AccessToken(Credential):
    """An access token that you got elsewhere. It is not renewed.

    Args:
        token: the bare access token, for the audience `https://api.partnercenter.microsoft.com`.
        expires_on: when it expires, in seconds since 1970 UTC, for those who ask `get_token`.

    Raises:
        InvalidArgumentError: for a token that is no valid header value, without showing it.
        ConfigurationError: for a token that is no str, or an expiry that is no time.
    """

    __slots__ = ()

    @unseen
    def __init__(self, token: str, *, expires_on: float | None = None) -> None:
        expiry = checks.number("expires_on", expires_on)
        core = _core.Credential.access_token(checks.secret("token", token), expiry)
        super().__init__(core, token=REDACTED)


class ClientSecretCredential(Credential):
    """App-only, by a client secret: reads everything, but cannot request a qualification.

    Wire: `POST {authority}/{tenant}/oauth2/v2.0/token` with `grant_type=client_credentials`.

    Args:
        tenant_id: the partner's tenant, a GUID or a domain.
        client_id: the application's id, a GUID.
        client_secret: the value of the secret, not its id.
        authority: address of the authority instead of the client's or its cloud's.

    Raises:
        ConfigurationError: for an argument that is refused; a secret is not shown.
    """

    __slots__ = ()

    @unseen
    def __init__(
        self, tenant_id: str, client_id: str, client_secret: str, *, authority: str | None = None
    ) -> None:
        application = checks.application(tenant_id, client_id, authority)
        secret = checks.secret("client_secret", client_secret)
        core = _core.Credential.client_secret(*application, secret)
        super().__init__(core, **application._asdict(), client_secret=REDACTED)


class ClientCertificateCredential(Credential):
    """App-only, by a certificate: reads everything, but cannot request a qualification.

    Wire: as `ClientSecretCredential`, with a `client_assertion` signed for each request (PS256, and
    the certificate's SHA-256 as `x5t#S256`).

    Args:
        tenant_id: the partner's tenant, a GUID or a domain.
        client_id: the application's id, a GUID.
        certificate: path of a file, or its content: PEM with certificate and private key, or PFX
            (PKCS #12). The key is an RSA key.
        password: of the private key or the PFX file.
        authority: address of the authority instead of the client's or its cloud's.

    Raises:
        ConfigurationError: for an argument that is refused, and a file that cannot be read.
    """

    __slots__ = ()

    @unseen
    def __init__(
        self,
        tenant_id: str,
        client_id: str,
        certificate: str | PathLike[str] | bytes,
        *,
        password: str | None = None,
        authority: str | None = None,
    ) -> None:
        application = checks.application(tenant_id, client_id, authority)
        key = checks.optional_secret("password", password)
        content = checks.content(certificate)
        core = _core.Credential.client_certificate(*application, content, key)
        kept = REDACTED if isinstance(certificate, bytes) else certificate
        super().__init__(core, **application._asdict(), certificate=kept, password=redacted(key))


class RefreshTokenCredential(Credential):
    """App+User, by the refresh token of a user who signed in: the Secure Application Model.

    Wire: `POST {authority}/{tenant}/oauth2/v2.0/token` with `grant_type=refresh_token`. The answer
    mostly has a new refresh token, which is stored, then handed to `on_rotate`, before it is used.

    Args:
        tenant_id: the partner's tenant, a GUID or a domain.
        client_id: the application's id, a GUID.
        refresh_token: the refresh token, or None when the store holds one. A stored one goes first.
        client_secret: the value of the secret, not its id; None for a public client.
        store: the path of a file, or an object with `load()` and `save(refresh_token)`. The file is
            replaced as a whole, with mode 0600, and may be shared by processes; one that others can
            read is refused.
        on_rotate: is called with each refresh token that is new; may be asynchronous. What it
            raises ends the call that needed the token, and it is called again before the next. It
            cannot ask this credential, or a client of it, which waits for it. Without a store, a
            forked child and its parent go on with a copy each, which Entra takes.
        authority: address of the authority instead of the client's or its cloud's.

    Raises:
        ConfigurationError: for an argument that is refused; a secret is not shown.
    """

    __slots__ = ()

    @unseen
    def __init__(
        self,
        tenant_id: str,
        client_id: str,
        refresh_token: str | None,
        client_secret: str | None = None,
        *,
        store: Store | None = None,
        on_rotate: OnRotate | None = None,
        authority: str | None = None,
    ) -> None:
        application = checks.application(tenant_id, client_id, authority)
        kept = checks.store(store), checks.callback("on_rotate", on_rotate)
        first = checks.optional_secret("refresh_token", refresh_token)
        secret = checks.optional_secret("client_secret", client_secret)
        core = _core.Credential.refresh_token(*application, first, secret, *kept)
        super().__init__(
            core,
            **application._asdict(),
            refresh_token=redacted(first),
            client_secret=redacted(secret),
            store=kept[0],
            on_rotate=on_rotate,
        )


class DeviceCodeCredential(Credential):
    """App+User, by signing in on another device, with multi-factor authentication.

    This is also how to obtain the first refresh token: give it a `store`, call `get_token()` once,
    and let `RefreshTokenCredential` use the same store from then on. With a refresh token in its
    store it asks nobody.

    Wire: `POST {authority}/{tenant}/oauth2/v2.0/devicecode`, then `POST .../token` until the user
    is done; renewed as `RefreshTokenCredential` is.

    Args:
        tenant_id: the partner's tenant, a GUID or a domain.
        client_id: the application's id, a GUID; its registration must allow public client flows.
        prompt: is called with a `DeviceCode` and tells the user; may be asynchronous. None prints
            its message on stderr.
        store: as `RefreshTokenCredential` takes it.
        on_rotate: as `RefreshTokenCredential` takes it; called with the first refresh token too.
        authority: address of the authority instead of the client's or its cloud's.

    Raises:
        ConfigurationError: for an argument that is refused.
    """

    __slots__ = ()

    @unseen
    def __init__(
        self,
        tenant_id: str,
        client_id: str,
        prompt: Callable[[DeviceCode], object] | None = None,
        *,
        store: Store | None = None,
        on_rotate: OnRotate | None = None,
        authority: str | None = None,
    ) -> None:
        application = checks.application(tenant_id, client_id, authority)
        kept = checks.store(store), checks.callback("on_rotate", on_rotate)
        show = _print if prompt is None else checks.callback("prompt", prompt)
        core = _core.Credential.device_code(*application, show, *kept)
        super().__init__(
            core, **application._asdict(), prompt=prompt, store=kept[0], on_rotate=on_rotate
        )


def _print(code: DeviceCode) -> None:
    print(code.message, file=sys.stderr, flush=True)  # noqa: T201 - the user has to see it
