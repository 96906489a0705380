"""Walks through a partner's customers by clients that know nothing of the emulator.

Each follows `links.next` with the headers it names, adding `/v1` where the link lacks it, and gives
the customers' ids as it met them.
"""

import json
import os
import ssl
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import requests

from partnercenter_qual import Emulator

from .foreign import NODE, PATIENCE

Get: TypeAlias = Callable[[str, Mapping[str, str]], Any]
"""Get the JSON at an URL, sending these headers."""

Walk: TypeAlias = Callable[[Emulator, str, int | None], list[str]]
"""Walk with a token and a page size, which may be left open."""

SCRIPT = Path(__file__).parent / "walking.mjs"


def follow(get: Get, base_url: str, size: int | None) -> list[str]:
    path, headers = "/v1/customers", dict[str, str]()
    if size is not None:
        path += f"?size={size}"
    ids: list[str] = []
    while True:
        page = get(base_url + path, headers)
        ids += [item["id"] for item in page["items"]]
        link = page["links"].get("next")
        if link is None:
            return ids
        path = link["uri"] if link["uri"].startswith("/v1/") else f"/v1{link['uri']}"
        headers = {header["key"]: header["value"] for header in link["headers"]}


def by_requests(
    emulator: Emulator, token: str, size: int | None = None, base_url: str | None = None
) -> list[str]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = emulator.ca_bundle or True
        session.headers["Authorization"] = f"Bearer {token}"

        def get(url: str, headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
            answer = session.get(url, headers=headers, timeout=PATIENCE)
            answer.raise_for_status()
            return json.loads(answer.content)  # its own `json` stumbles over the byte order mark

        return follow(get, base_url or emulator.url, size)


def by_urllib(emulator: Emulator, token: str, size: int | None = None) -> list[str]:
    context = ssl.create_default_context(cafile=emulator.ca_bundle)
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))

    def get(url: str, headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
        request = Request(url, headers={"Authorization": f"Bearer {token}", **headers})  # noqa: S310 - the emulator's
        with opener.open(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    return follow(get, emulator.url, size)


def by_fetch(emulator: Emulator, token: str, size: int | None = None) -> list[str]:
    """Walk by Node's own `fetch`, in a process of its own."""
    wanted = {"url": emulator.url, "token": token, "size": size}
    done = subprocess.run(
        [NODE, SCRIPT],
        input=json.dumps(wanted),
        env=os.environ | {"NODE_EXTRA_CA_CERTS": emulator.ca_bundle or ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ids: list[str] = json.loads(done.stdout)
    return ids


WALKS: dict[str, Walk] = {"requests": by_requests, "urllib": by_urllib, "fetch": by_fetch}
