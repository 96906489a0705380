"""Credentials of an emulator that rotate their refresh tokens, and whoever keeps those."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
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


def stored(refresh_token: str) -> str:
    """Write down a refresh token as a store does."""
    return json.dumps({"refresh_token": refresh_token})


def write(path: Path, text: str, *, mode: int = 0o600) -> Path:
    """Make a file as a user does by hand."""
    path.write_text(text)
    path.chmod(mode)
    return path


def token_requests(emulator: Emulator) -> list[JournalEntry]:
    return [entry for entry in emulator.journal if "/oauth2/" in entry.path]


class Memory:
    """A store that fails when it is told to, and knows what it was asked."""

    def __init__(self, refresh_token: str | None = None) -> None:
        self.refresh_token: Any = refresh_token
        self.loads = 0
        self.offered: list[str] = []
        self.failures: list[BaseException] = []
        self.pause = 0.0

    def load(self) -> Any:  # noqa: ANN401 - nonsense too
        time.sleep(self.pause)
        self.loads += 1
        return self.refresh_token

    def save(self, refresh_token: str) -> object:
        time.sleep(self.pause)
        self.offered.append(refresh_token)
        if self.failures:
            raise self.failures.pop(0)
        self.refresh_token = refresh_token
        return "what it returns is nobody's business"


class AwaitedMemory:
    """The same, awaited."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    async def load(self) -> Any:  # noqa: ANN401 - as above
        await asyncio.sleep(0)
        return self.memory.load()

    async def save(self, refresh_token: str) -> object:
        await asyncio.sleep(0)
        return self.memory.save(refresh_token)


class Listener:
    """Is told of new refresh tokens, and fails when it is told to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.failures: list[BaseException] = []

    def __call__(self, refresh_token: str) -> object:
        self.told.append(refresh_token)
        if self.failures:
            raise self.failures.pop(0)
        return "what it returns is nobody's business"


def awaited(listener: Callable[[str], object]) -> Callable[[str], Awaitable[object]]:
    async def told(refresh_token: str) -> object:
        await asyncio.sleep(0)
        return listener(refresh_token)

    return told
