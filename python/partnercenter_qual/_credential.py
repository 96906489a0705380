"""What our credentials have in common: how they are asked, shown, pickled and checked.

Secrets are in the core alone: no attribute, repr or pickle has them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from . import _arguments as arguments
from . import _core
from ._callbacks import running
from ._closing import Closing
from ._environment import options_from_environment
from ._exceptions import ConfigurationError, InvalidArgumentError
from ._secrecy import REDACTED, Secret
from ._tokens import Token, TokenInfo, TokenTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Credential(Closing):
    """What our credentials have in common: they are credentials for any Azure SDK too."""

    __slots__ = ("_core", "_recipe")

    def __init__(self, core: _core.Credential, **recipe: object) -> None:
        self._core = core
        self._recipe = recipe

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        **_: Any,  # noqa: ANN401 - what else azure-core may pass
    ) -> Token:
        """Get an access token, as azure-core's `TokenCredential` does.

        Wire: `POST {authority}/{tenant}/oauth2/v2.0/token`, unless there is one that still serves.

        Args:
            scopes: for what; Partner Center's scope when left out.
            claims: what a service demanded of a new token, as it said it.
            tenant_id: in another tenant than the credential's.

        Returns:
            A tuple of `token` and `expires_on`, in whole seconds since 1970 UTC; 0 is unknown.

        Raises:
            AuthenticationError: the authority said no, or there was no answer.
            ConfigurationError: for a tenant that is none, or a store that cannot be used.
            InvalidArgumentError: for a scope or claims that are none.
        """
        return _token(_ask(self, scopes, tenant_id, claims).wait())

    def get_token_info(self, *scopes: str, options: Any = None) -> TokenInfo:  # noqa: ANN401 - a TypedDict of azure-core
        """Get an access token, as azure-core's `SupportsTokenInfo` does.

        Args:
            scopes: for what; Partner Center's scope when left out.
            options: a mapping, of which `claims` and `tenant_id` count; see `get_token`.

        Returns:
            An object with `token`, `expires_on`, `token_type` and `refresh_on`.

        Raises:
            AuthenticationError: the authority said no, or there was no answer.
            ConfigurationError: for a tenant that is none, or a store that cannot be used.
            InvalidArgumentError: for a scope or claims that are none.
        """
        return _token_info(_ask(self, scopes, *_wanted(options)).wait())

    @property
    def aio(self) -> AsyncCredential:
        """The same credential for asynchronous Azure SDKs: same tokens, same refresh token."""
        return AsyncCredential(self._core, self)

    def close(self) -> None:
        """Forget access tokens and connections. Clients keep those they have."""
        self._core.close()

    def __repr__(self) -> str:
        names = ("tenant_id", "client_id")
        shown = {name: self._recipe[name] for name in names if name in self._recipe}
        inside = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        return f"{type(self).__name__}({inside})"

    def __reduce__(self) -> tuple[Any, ...]:
        if any(isinstance(value, Secret) for value in self._recipe.values()):
            instead = ", or from a `store`" if "store" in self._recipe else ""
            raise TypeError(
                f"cannot pickle this {type(self).__name__}, which holds a secret: let the other "
                f"process take it from its environment{instead}"
            )
        return _rebuilt, (type(self), self._recipe)


class AsyncCredential:
    """A credential of ours as azure-core's `AsyncTokenCredential`. Made by `credential.aio`."""

    __slots__ = ("_core", "_credential")

    def __init__(self, core: _core.Credential, credential: Credential) -> None:
        self._core = core
        self._credential = credential

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        **_: Any,  # noqa: ANN401 - what else azure-core may pass
    ) -> Token:
        return _token(await _ask(self._credential, scopes, tenant_id, claims))

    async def get_token_info(self, *scopes: str, options: Any = None) -> TokenInfo:  # noqa: ANN401 - as above
        return _token_info(await _ask(self._credential, scopes, *_wanted(options)))

    async def close(self) -> None:
        self._credential.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{self._credential!r}.aio"

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (self._credential, "aio")


for _name in ("get_token", "get_token_info", "close"):
    getattr(AsyncCredential, _name).__doc__ = getattr(Credential, _name).__doc__


def refused(field: str, value: str, cure: str) -> ConfigurationError:
    """Make the error for a refused argument."""
    message = f"{field}: {value} was refused: {cure}"
    return ConfigurationError(message, field=field, value=value, cure=cure)


def number(field: str, value: object) -> float | None:
    """Take a number of seconds or None."""
    try:
        return arguments.number(field, value)
    except InvalidArgumentError as error:
        raise refused(field, error.value, error.cure) from None


def text(field: str, value: object) -> str:
    """Take a str."""
    try:
        return arguments.text(field, value)
    except InvalidArgumentError as error:
        raise refused(field, error.value, error.cure) from None


class Application(NamedTuple):
    """What every application is named by, in the core's order."""

    tenant_id: str
    client_id: str
    authority: str | None


def application(tenant_id: str, client_id: str, authority: str | None) -> Application:
    """Take what every application is named by."""
    return Application(
        text("tenant_id", tenant_id),
        text("client_id", client_id),
        None if authority is None else text("authority", authority),
    )


def secret(field: str, value: object) -> str:
    """Take a secret."""
    if isinstance(value, str):
        return value
    raise refused(field, f"a value of type {type(value).__name__}", "pass a str")


def optional_secret(field: str, value: object) -> str | None:
    """Take a secret or None."""
    return None if value is None else secret(field, value)


def callback(field: str, value: Any) -> Any:  # noqa: ANN401 - of any kind, until it is checked
    """Take a callable or None."""
    if value is None or callable(value):
        return value
    raise refused(field, repr(value)[:80], "pass a callable")


def store(store: Any) -> Any:  # noqa: ANN401 - as above
    """Take a path, as str, or an object with `load` and `save`."""
    if store is None:
        return None
    if isinstance(store, str | os.PathLike):
        return os.path.expanduser(os.fsdecode(store))  # noqa: PTH111 - pathlib costs more than the package
    if callable(getattr(store, "load", None)) and callable(getattr(store, "save", None)):
        return store
    kind = f"a value of type {type(store).__name__}"
    raise refused("store", kind, "pass the path of a file, or an object with load and save")


_LONGEST_PATH = 120
"""What is longer may be a key in place of its path, which is not shown."""


def content(certificate: Any) -> bytes:  # noqa: ANN401 - as above
    """Take a certificate, from a file or as bytes."""
    if isinstance(certificate, bytes):
        return certificate
    cure = "pass the path of a PEM or PFX file, or its content as bytes"
    if not isinstance(certificate, str | os.PathLike):
        raise refused("certificate", f"a value of type {type(certificate).__name__}", cure)
    path = os.fsdecode(certificate)
    shown = repr(path) if len(path) <= _LONGEST_PATH else REDACTED
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs more than the package
            return file.read()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
    # Out here, or the refusal would have an error for its context that holds what was passed.
    raise refused("certificate", shown, f"{cure} ({why})")


def _ask(
    credential: Credential, scopes: tuple[str, ...], tenant_id: str | None, claims: str | None
) -> _core.Call[TokenTuple]:
    if any(value is running.get() for value in credential._recipe.values() if value is not None):  # noqa: SLF001 - of this module
        raise RuntimeError(
            "a store, on_rotate or prompt cannot ask its own credential, which waits for it"
        )
    wanted = [arguments.text("scopes", scope) for scope in scopes]
    tenant = arguments.optional_text("tenant_id", tenant_id)
    demanded = arguments.optional_text("claims", claims)
    options = options_from_environment("cloud", "authority")
    return credential._core.token(wanted, tenant, demanded, options)  # noqa: SLF001 - as above


def _wanted(options: Any) -> tuple[str | None, str | None]:  # noqa: ANN401 - a mapping of azure-core
    if not (options is None or hasattr(options, "get")):
        raise arguments.refused("options", options, "pass a mapping, or None")
    return (options.get("tenant_id"), options.get("claims")) if options else (None, None)


def _token(answer: TokenTuple) -> Token:
    token, expires_on, _ = answer
    return Token(token, int(expires_on or 0))


def _token_info(answer: TokenTuple) -> TokenInfo:
    token, expires_on, refresh_on = answer
    renewal = None if refresh_on is None else int(refresh_on)
    return TokenInfo(token, int(expires_on or 0), refresh_on=renewal)


def _rebuilt(kind: Callable[..., Credential], recipe: dict[str, Any]) -> Credential:
    return kind(**recipe)
