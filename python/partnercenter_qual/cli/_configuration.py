"""The configuration file: profiles that say where the service and the secrets are.

[profiles.contoso]
tenant_id = "..."
client_id = "..."
token_store = "contoso.json"
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from partnercenter_qual import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT: Final = "default"
EMULATOR: Final = "emulator"

TEXTS: Final = (
    "cloud",
    "base_url",
    "authority",
    "tenant_id",
    "client_id",
    "access_token_env",
    "refresh_token_env",
    "client_secret_env",
    "certificate_password_env",
    "proxy",
    "ledger",
    "output",
)
PATHS: Final = ("token_store", "certificate", "ca_bundle")
NUMBERS: Final = ("requests_per_minute", "max_concurrency")
_SECRETS = ("access_token", "refresh_token", "client_secret", "certificate_password")


def folder() -> Path:
    """Give the platform's directory for configuration, where ours is a directory of its own."""
    return Path(click.get_app_dir("partnercenter_qual"))


def file() -> Path:
    """Give the configuration file: PCQ_CONFIG, or the one in the platform's directory."""
    return Path(os.environ.get("PCQ_CONFIG") or folder() / "config.toml")


def profiles(*, may_be_new: bool = False) -> dict[str, dict[str, Any]]:
    """Read all profiles; none where there is no file.

    Args:
        may_be_new: whether PCQ_CONFIG may name a file that is yet to be written.
    """
    import tomllib  # noqa: PLC0415 - many use none

    path = file()
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        if os.environ.get("PCQ_CONFIG") and not may_be_new:
            cure = "set PCQ_CONFIG to a file that is there; `pcq auth login` makes one"
            raise _refused(path, "", cure) from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(
            path, "", f"make it a TOML file in UTF-8 that can be read ({error})"
        ) from None
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refused(path, "", f"mend its TOML ({error})") from None
    for name in found:
        if name != "profiles":
            raise _refused(path, name, "write profiles, as [profiles.NAME]")
    tables = found.get("profiles", {})
    if not isinstance(tables, dict) or not all(isinstance(each, dict) for each in tables.values()):
        raise _refused(path, "profiles", "write each profile as [profiles.NAME]")
    return {name: _checked(path, name, values) for name, values in tables.items()}


def profile(name: str) -> dict[str, Any]:
    """Read one profile.

    Raises:
        ConfigurationError: when there is no such profile, or the file is not in order.
    """
    known = profiles()
    if name not in known:
        names = ", ".join(dict.fromkeys([*known, EMULATOR]))
        raise _refused(file(), name, f"name one of its profiles, or add it; there are {names}")
    return known[name]


def _checked(path: Path, profile: str, values: Mapping[str, object]) -> dict[str, Any]:
    """Take what a profile may hold; paths in it are relative to the file's directory."""
    checked: dict[str, Any] = {}
    for name, value in values.items():
        place = f"profiles.{profile}.{name}"
        if name in _SECRETS:
            cure = f"keep secrets out of this file: name a variable that has it, as {name}_env"
            raise _refused(path, place, cure)
        if name in NUMBERS:
            if isinstance(value, bool) or not isinstance(value, int):
                raise _refused(path, place, "write a whole number")
            checked[name] = value
        elif name in TEXTS + PATHS:
            if not isinstance(value, str) or not value:
                raise _refused(path, place, "write a text in quotes")
            checked[name] = value
            if name in PATHS or (name == "ledger" and "://" not in value):
                checked[name] = str(path.absolute().parent / Path(value).expanduser())
        else:
            raise _refused(path, place, f"write one of {', '.join(TEXTS + PATHS + NUMBERS)}")
    return checked


def _refused(path: Path, place: str, cure: str) -> ConfigurationError:
    shown = f"{path}: {place}" if place else str(path)
    return ConfigurationError(
        f"{shown} was refused: {cure}", field="profile", value=place, cure=cure
    )


def add_profile(name: str, values: Mapping[str, str]) -> None:
    """Add a profile at the end of the file, whose other lines stay as they are."""
    import json  # noqa: PLC0415 - few need it

    from partnercenter_qual._whole_file import whole_file  # noqa: PLC0415 - as above

    path = file()
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text("utf-8-sig") if path.exists() else ""
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    # A string of JSON is one of TOML, and a quoted key may be any name.
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    text = "\n".join([f"[profiles.{json.dumps(name)}]", *lines])
    with whole_file(str(path)) as written:
        written.write((before + gap + text + "\n").encode())


def make_private_folder(path: str) -> None:
    """Make the directory of a file that only its owner may read."""
    Path(path).absolute().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
