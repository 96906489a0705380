"""The profile `emulator`: an emulator on this machine, which hands out tokens to everybody."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, cast
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from partnercenter_qual import ConfigurationError, TransportError

if TYPE_CHECKING:
    from ._settings import Settings

_URL = "http://127.0.0.1:8765"
_HOSTS = ("127.0.0.1", "localhost", "::1")
_SECONDS = 10


def profile(settings: Settings) -> dict[str, Any]:
    """Ask an emulator for what a profile would say of it.

    Args:
        settings: their `base_url`, or PARTNERCENTER_BASE_URL, tells where it is.

    Raises:
        ConfigurationError: for an address that is none of this machine.
        TransportError: when no emulator answers.
    """
    url = settings.base_url or os.environ.get("PARTNERCENTER_BASE_URL") or _URL
    if urlsplit(url).hostname not in _HOSTS:
        cure = "pass the address of an emulator on this machine"
        message = f"base_url: {url!r} was refused: {cure}"
        raise ConfigurationError(message, field="base_url", value=url, cure=cure)
    url = url.rstrip("/")
    known = _asked(f"{url}/_emulator/credentials")
    token = _asked(f"{url}/_emulator/access_tokens", b"{}")["access_token"]
    return {
        "base_url": url,
        "authority": url,
        "tenant_id": known["tenant_id"],
        "client_id": known["client_id"],
        "access_token": token,
    }


def _asked(url: str, body: bytes | None = None) -> dict[str, str]:
    """Ask over plain HTTP, and never through a proxy."""
    headers = {"Content-Type": "application/json"}
    request = Request(url, body, headers)  # noqa: S310 - the host is this machine
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=_SECONDS) as answer:
            return cast("dict[str, str]", json.load(answer))
    except (URLError, OSError, ValueError) as error:
        message = (
            f"no emulator answers at {url}: start one with `pcq emulator` in another terminal, or "
            f"pass its address as --base-url ({error})"
        )
        raise TransportError(message) from None
