"""Planted secrets, and how they are looked for in whatever shows."""

import pickle
import re
import traceback
from urllib.parse import unquote

from partnercenter_qual import PartnerCenterError

TOKEN = "eyJ0eXAi.s3cret/Plan+ted~claims=.signature"  # noqa: S105 - opens nothing
RENEWED = "eyJ0eXAi.an0ther/Plan+ted~one=.signature"
PASSWORD = "hunter2-of-the-proxy"  # noqa: S105 - as above
BASIC = "dXNlcjpodW50ZXIyLW9mLXRoZS1wcm94eQ"
"""`user` and the password as the proxy is sent them, without padding."""


def shown(*values: object) -> str:
    """Give all that the values show, with every escape undone."""
    text = "\n".join(form(value) for value in values for form in (str, repr, "{}".format))
    text = re.sub(r"\\+u00([0-9a-fA-F]{2})", lambda code: chr(int(code[1], 16)), text)
    return unquote(text.replace("\\", ""))


def check(*values: object) -> None:
    text = shown(*values)
    for secret in (TOKEN, TOKEN[:24], TOKEN[-24:], RENEWED, PASSWORD, BASIC):
        assert secret not in text


def check_error(error: PartnerCenterError) -> None:
    pickled = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    check(error, vars(error), error.args, vars(pickled), pickled)
    check("".join(traceback.format_exception(error)))


def fetched() -> str:
    return TOKEN
