"""Tokens that say whatever a test wants; nobody signed them."""

import base64
import json
import time
from typing import Any

AUDIENCE = "https://api.partnercenter.microsoft.com"


def jwt(claims: object) -> str:
    """Make a token with these claims."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2lnbmF0dXJl"


def claims(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - what JSON can hold
    now = int(time.time())
    user = {"upn": "alice@contoso.example", "scp": "user_impersonation", "amr": ["pwd", "mfa"]}
    times = {"iat": now, "nbf": now - 300, "exp": now + 3600}
    return {"aud": AUDIENCE, "tid": "t", "appid": "a", **user, **times, **changes}
