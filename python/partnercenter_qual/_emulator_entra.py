"""The part of the emulator that stands for Entra: who signs in, and what opens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from . import _arguments as arguments
from . import _emulator_arguments as checks

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from . import _core

TOKEN_LIFETIME = 3600.0  # seconds


class EntraLevers:
    """The application's ids and secrets, and what a user does who signs in."""

    _core: _core.Emulator

    @property
    def tenant_id(self) -> str:
        """The partner's tenant, a GUID."""
        return self._core.tenant_id

    @property
    def client_id(self) -> str:
        """The partner's application, a GUID."""
        return self._core.client_id

    @property
    def client_secret(self) -> str:
        """The application's secret, which the seed makes."""
        return self._core.client_secret

    @property
    def refresh_token(self) -> str:
        """A refresh token of a sign-in with multifactor authentication.

        Each read is a sign-in of its own, so that two who rotate theirs do not disturb each other.
        """
        return self.issue_refresh_token()

    @property
    def most_token_requests_at_once(self) -> int:
        """The most token requests that ever were between arrival and answer at once.

        How many there were, the journal tells.
        """
        return self._core.most_token_requests_at_once

    def issue_refresh_token(self, *, mfa: bool = True) -> str:
        """Sign a user in.

        Each use of the token gives a new one. An old one works until one of its successors was
        used; after that, using it revokes all that came from the sign-in. Unused for 90 days of
        virtual time, a token expires.

        Args:
            mfa: whether the user passes multifactor authentication; without it, the API refuses
                the tokens.

        Returns:
            The refresh token.

        Raises:
            InvalidArgumentError: `mfa` is no bool.
        """
        return self._core.issue_refresh_token(arguments.flag("mfa", mfa))

    def approve_device_code(self, user_code: str, *, mfa: bool = True) -> None:
        """Enter the code that a device shows, as a user who signs in.

        By HTTP: `POST /devicelogin` with the form `user_code=...`, and perhaps `mfa=false`.

        Args:
            user_code: the code, in any case.
            mfa: whether the user passes multifactor authentication.

        Raises:
            InvalidArgumentError: no device waits for this code.
        """
        self._core.approve_device_code(
            arguments.text("user_code", user_code), arguments.flag("mfa", mfa)
        )

    def decline_device_code(self, user_code: str) -> None:
        """Enter the code that a device shows, as a user who declines.

        By HTTP: `POST /devicelogin` with the form `user_code=...&decline=true`.

        Args:
            user_code: the code, in any case.

        Raises:
            InvalidArgumentError: no device waits for this code.
        """
        self._core.decline_device_code(arguments.text("user_code", user_code))

    def register_certificate(self, certificate: str | PathLike[str] | bytes) -> None:
        """Register a certificate for the application; its key can then sign assertions.

        A reset keeps it, as it keeps the secret.

        Args:
            certificate: X.509 with an RSA key, PEM or DER: a path, PEM text, or the bytes. Of a
                PEM file, the first certificate counts.

        Raises:
            InvalidArgumentError: it is no such certificate, or cannot be read.
        """
        self._core.register_certificate(checks.certificate(certificate))

    def access_token(
        self,
        *,
        app_only: bool = False,
        mfa: bool = True,
        audience: str | None = None,
        lifetime: float = TOKEN_LIFETIME,
    ) -> str:
        """Issue a token that this emulator accepts, or refuses as the service would.

        Args:
            app_only: without a user: it can read, but request no qualification.
            mfa: whether the user passed multifactor authentication; without it, all is refused.
            audience: for whom the token is meant; None is the API, any other is refused.
            lifetime: seconds of virtual time until it expires.

        Raises:
            InvalidArgumentError: an argument is of the wrong type or out of range.
        """
        return self._core.access_token(
            arguments.flag("app_only", app_only),
            arguments.flag("mfa", mfa),
            arguments.optional_text("audience", audience),
            checks.number("lifetime", lifetime),
        )

    def _credential(self, *, app_only: bool) -> Callable[[], tuple[str, float]]:
        def token() -> tuple[str, float]:
            # Its expiry on the real clock, which is the client's.
            return self.access_token(app_only=app_only), time.time() + TOKEN_LIFETIME

        return token
