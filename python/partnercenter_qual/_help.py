"""Where the documentation explains an error.

The pages have an anchor for each class of errors and for each code that is known, and an error
leads to the one that says most. `tests/test_docs_errors.py` holds these tables to the pages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._exceptions import PartnerCenterError


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


PAGES = "docs/"
"""Where the pages are, and how their names end: what changes once they have an address."""
SUFFIX = ".md"

CODES = _each(
    """
    0 400 1000 1002 2000 2032 2055 3000 10001 20002 60002 60003 90000 400072 600002 600006
    600049 600050 600051 600061 600074 600901 600902 600903 600904 800001 800002 800003 800018
    800036 800039 800073 800074 800075 800086 900118 900126 900127 900149 900150 900192 900308
    900309 900329 900416 900420 900421
    """
)
"""The service's codes: those of the documents, those that were seen, and the emulator's own."""

AADSTS = _each(
    """
    50001 50020 50033 50034 50053 50055 50057 50059 50072 50074 50076 50078 50079 50097 50105
    50126 50131 50132 50133 50158 50173 50194 51004 53000 53001 53003 65001 65002 65004 70000
    70001 70008 70011 70019 70020 70043 90002 90006 90012 90024 90033 90038 90094 500011 530003
    530032 650057 700011 700016 700024 700025 700027 700082 700084 900023 7000012 7000112
    7000215 7000218 7000222 7000229 9002313
    """
)
"""The numbers of Entra's messages that we have a cure for."""

WORDS = _each(
    """
    access_denied authorization_declined consent_required expired_token interaction_required
    invalid_client invalid_grant invalid_resource invalid_scope login_required server_error
    temporarily_unavailable unauthorized_client
    """
)
"""OAuth's words for why there is no token."""

SAID_BY_THE_USER = frozenset({"authorization_declined", "expired_token"})
"""Words that say more than the number that comes with them."""

TEXTS = {
    "(10001)": "code-10001",
    "MFA required": "code-10001",
    "accessed by application credentials": "code-900329",
    "tagging denied": "customer-tagging-denied",
}
"""What was seen to be answered without a code."""


def help_link(error: PartnerCenterError) -> str:
    """Give the place that explains an error, as page and anchor."""
    place = _of_service(error) or _of_entra(error) or f"errors#{_class(error).lower()}"
    page, anchor = place.split("#")
    return f"{PAGES}{page}{SUFFIX}#{anchor}"


def _of_service(error: PartnerCenterError) -> str | None:
    code = getattr(error, "code", None)
    if code in CODES:
        return f"errors#code-{code}"
    said = getattr(error, "message", None) or ""
    return next((f"errors#{anchor}" for text, anchor in TEXTS.items() if text in said), None)


def _of_entra(error: PartnerCenterError) -> str | None:
    """Go by the word or the number of Entra, which Partner Center passes on at times."""
    word = getattr(error, "error", None) or getattr(error, "code", None)
    if word in SAID_BY_THE_USER:
        return _of_word(word)
    number = getattr(error, "aadsts_code", None) or _number(getattr(error, "message", None) or "")
    if str(number) in AADSTS:
        return f"sign-in-errors#aadsts{number}"
    return _of_word(word) if word in WORDS else None


def _of_word(word: str) -> str:
    return f"sign-in-errors#{word.replace('_', '-')}"


def _number(said: str) -> str | None:
    found = re.search(r"AADSTS(\d+)", said)
    return found[1] if found else None


def _class(error: PartnerCenterError) -> str:
    """Name the class of ours that an error is of; programs may derive their own."""
    public = __package__
    return next(each.__name__ for each in type(error).__mro__ if each.__module__ == public)
