"""Makes clients: options come first, then the profile, then what the environment says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from partnercenter_qual import ConfigurationError

from . import _configuration as configuration
from ._messages import detail

if TYPE_CHECKING:
    from partnercenter_qual import Client

    from ._settings import Settings

_CREDENTIALS = ("ACCESS_TOKEN", "REFRESH_TOKEN", "TOKEN_STORE", "CLIENT_SECRET", "TENANT_ID")

_KINDS = ("token_store", "refresh_token_env", "certificate", "client_secret_env")
"""What a profile has, beside tenant and application, to ask for tokens with."""


class Connection:
    """Where a command connects to, and as whom.

    Args:
        settings: the global options.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.profile_name = settings.profile or os.environ.get("PCQ_PROFILE") or ""
        self.profile = self._profile()

    def _profile(self) -> dict[str, Any]:
        """Read the profile that is named; else the default one, unless the environment has more."""
        if self.profile_name == configuration.EMULATOR:
            own = configuration.profiles().get(configuration.EMULATOR)
            if own is not None:
                return own
            from ._emulated import profile  # noqa: PLC0415 - few use it

            return profile(self.settings)
        if self.profile_name:
            return configuration.profile(self.profile_name)
        if any(os.environ.get(f"PARTNERCENTER_{name}") for name in _CREDENTIALS):
            return {}
        found = configuration.profiles().get(configuration.DEFAULT)
        if found is not None:
            self.profile_name = configuration.DEFAULT
        return found or {}

    def option(self, name: str) -> str | None:
        """Give an option of the service: as it was passed, or as the profile has it."""
        value: str | None = getattr(self.settings, name) or self.profile.get(name)
        return value

    def client(self, **options: Any) -> Client:  # noqa: ANN401 - those of `Client`
        """Make the client.

        Args:
            options: of `Client`, where the command has its own; None for those it has not.
        """
        from partnercenter_qual import Client  # noqa: PLC0415 - help needs none

        named: dict[str, Any] = {
            name: self.option(name) for name in ("cloud", "base_url", "authority")
        }
        for name in ("proxy", "ca_bundle", "requests_per_minute", "max_concurrency"):
            named[name] = options.get(name) or self.profile.get(name)
        passed: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
        if self.settings.verbose and not self.settings.quiet:
            from ._log import show_log  # noqa: PLC0415 - costs what few need

            show_log()
        client = self._client(Client, passed)
        source = f"profile {self.profile_name}" if self.profile_name else "environment"
        detail(self.settings, f"credential of the {source}, {client!r}")
        return client

    def _client(self, make: type[Client], options: dict[str, Any]) -> Client:
        credential = self.credential()
        try:
            return make(credential, application_name="pcq", **options)
        except ConfigurationError as error:
            if credential is None and self.profile_name and error.field == "credential":
                raise self._without_a_credential() from None
            raise

    def _without_a_credential(self) -> ConfigurationError:
        """Say what the profile lacks; the environment has nothing to take its place either."""
        missing = [name for name in ("tenant_id", "client_id") if name not in self.profile]
        lacks = " and ".join([*missing, f"one of {', '.join(_KINDS)}"])
        cure = f"add {lacks}; what they are is in docs/cli.md#profiles"
        message = f"no credential in the profile {self.profile_name}: {cure}"
        return ConfigurationError(message, field="credential", value=self.profile_name, cure=cure)

    def credential(self) -> Any:  # noqa: ANN401 - whatever `Client` takes
        """Make the credential that the profile describes; None stands for the environment's."""
        profile = self.profile
        if "access_token" in profile:  # of the emulator alone: no file has any
            return profile["access_token"]
        if "access_token_env" in profile:
            return _variable(profile["access_token_env"])
        if not any(name in profile for name in _KINDS):
            return None
        application = self._application()
        secret = _secret(profile, "client_secret_env")
        if "token_store" in profile or "refresh_token_env" in profile:
            from partnercenter_qual import RefreshTokenCredential  # noqa: PLC0415 - as above

            first, store = _secret(profile, "refresh_token_env"), profile.get("token_store")
            self._must_have_a_token(first, store)
            return RefreshTokenCredential(*application, first, secret, store=store)
        if "certificate" in profile:
            from partnercenter_qual import ClientCertificateCredential  # noqa: PLC0415 - as above

            password = _secret(profile, "certificate_password_env")
            return ClientCertificateCredential(
                *application, profile["certificate"], password=password
            )
        from partnercenter_qual import ClientSecretCredential  # noqa: PLC0415 - as above

        return ClientSecretCredential(*application, secret or "")

    def _application(self) -> tuple[str, str]:
        missing = [name for name in ("tenant_id", "client_id") if name not in self.profile]
        if missing:
            cure = f"add {' and '.join(missing)} to profile {self.profile_name}"
            message = f"the profile's credential is incomplete: {cure}"
            raise ConfigurationError(message, field="profile", value=self.profile_name, cure=cure)
        return self.profile["tenant_id"], self.profile["client_id"]

    def _must_have_a_token(self, first: str | None, store: str | None) -> None:
        if first is None and store is not None and not os.path.exists(store):  # noqa: PTH110 - a text
            cure = f"sign in with `pcq auth login --profile {self.profile_name}`"
            message = f"{store}: nobody has signed in yet: {cure}"
            raise ConfigurationError(message, field="token_store", value=store, cure=cure)

    def ledger(self, passed: str | None) -> str:
        """Give the ledger that was passed, or that the profile names.

        Raises:
            click.UsageError: when there is none.
        """
        found = passed or self.profile.get("ledger")
        if not found:
            raise click.UsageError(
                "Pass --ledger: the path of a file (made when there is none), such as quals.db, or "
                "postgresql://user@host/database. A profile can name one too."
            )
        return found if "://" in found else os.path.expanduser(found)  # noqa: PTH111 - it is a text


def _variable(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        cure = f"set {name}, which the profile names"
        raise ConfigurationError(cure, field="credential", value=name, cure=cure)
    return value


def _secret(profile: dict[str, Any], name: str) -> str | None:
    return _variable(profile[name]) if name in profile else None
