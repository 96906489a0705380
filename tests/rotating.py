"""Credentials of an emulator that rotate their refresh tokens, and the files that have them."""

import json
from pathlib import Path
from typing import Any

from partnercenter_qual import Emulator, RefreshTokenCredential
from partnercenter_qual.emulator import JournalEntry


def signed_in(
    emulator: Emulator,
    refresh_token: str | None,
    **options: Any,  # noqa: ANN401 - whatever the credential takes
) -> RefreshTokenCredential:
    """Make a credential of the emulator's application."""
    application = emulator.tenant_id, emulator.client_id
    return RefreshTokenCredential(
        *application, refresh_token, authority=emulator.authority, **options
    )


def rotate(credential: RefreshTokenCredential) -> str:
    """Get an access token by the refresh token, which gives a new one of both."""
    credential.close()
    return credential.get_token().token


def works(emulator: Emulator, refresh_token: str) -> bool:
    """Whether the emulator takes a refresh token, which uses it up."""
    return bool(rotate(signed_in(emulator, refresh_token)))


def kept(path: Path) -> str:
    """Give the refresh token that a file has."""
    saved = json.loads(path.read_text())
    assert isinstance(saved["refresh_token"], str)
    return saved["refresh_token"]


def write(path: Path, text: str, *, mode: int = 0o600) -> Path:
    """Make a file as a user does by hand."""
    path.write_text(text)
    path.chmod(mode)
    return path


def token_requests(emulator: Emulator) -> list[JournalEntry]:
    return [entry for entry in emulator.journal if "/oauth2/" in entry.path]
