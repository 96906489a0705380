"""What a credential gives: shaped as azure-core's own, but never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeAlias

TokenTuple: TypeAlias = "tuple[str, float | None, float | None]"
"""What the core gives: a token, when it expires and when to renew it, in seconds since 1970 UTC."""

_NO_PICKLE = "cannot pickle an access token: let the other process get one of its own"

if TYPE_CHECKING:
    # To type checkers they are azure-core's, so that our credentials fit wherever its do.
    from azure.core.credentials import AccessToken as Token
    from azure.core.credentials import AccessTokenInfo as TokenInfo
else:

    class Token(NamedTuple):
        """An access token and when it expires, in whole seconds since 1970 UTC; 0 is unknown."""

        token: str
        expires_on: int

        def __repr__(self) -> str:
            return f"Token(token='[redacted]', expires_on={self.expires_on})"

        def __reduce__(self) -> NoReturn:
            raise TypeError(_NO_PICKLE)

    class TokenInfo:
        """The same, with when to ask for the next one."""

        __slots__ = ("expires_on", "refresh_on", "token", "token_type")

        def __init__(
            self,
            token: str,
            expires_on: int,
            *,
            token_type: str = "Bearer",  # noqa: S107 - its kind
            refresh_on: int | None = None,
        ) -> None:
            self.token = token
            self.expires_on = expires_on
            self.token_type = token_type
            self.refresh_on = refresh_on

        def __repr__(self) -> str:
            return (
                f"TokenInfo(token='[redacted]', expires_on={self.expires_on}, "
                f"token_type={self.token_type!r}, refresh_on={self.refresh_on})"
            )

        def __reduce__(self) -> NoReturn:
            raise TypeError(_NO_PICKLE)


__all__ = ["Token", "TokenInfo", "TokenTuple"]
