"""Checks that the places which errors lead to are on the built pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util import logging

import partnercenter_qual
from partnercenter_qual import _help
from partnercenter_qual._help import help_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

_LOGGER = logging.getLogger(__name__)


def links() -> Iterator[str]:
    """Give every place that an error can lead to, as page and anchor."""
    error = partnercenter_qual.ApiError
    for name in partnercenter_qual.__all__:
        kind = getattr(partnercenter_qual, name)
        if isinstance(kind, type) and issubclass(kind, partnercenter_qual.PartnerCenterError):
            yield help_link(kind("x"))
    for code in _help.CODES | _help.WORDS:
        yield help_link(error("x", code=code))
    for text in [*_help.TEXTS, *(f"AADSTS{number}" for number in _help.AADSTS)]:
        yield help_link(error("x", message=text))


def _check(app: Sphinx, failure: Exception | None) -> None:
    if failure or app.builder.name != "html":
        return
    for link in sorted({*links()}):
        page, anchor = re.fullmatch(r".*?([\w-]+)\.\w+#([\w-]+)", link).groups()
        html = (Path(app.outdir) / f"{page}.html").read_text("utf-8")
        if f'id="{anchor}"' not in html:
            _LOGGER.warning("errors lead to %s, which is not there", link)


def setup(app: Sphinx) -> dict[str, Any]:
    """Look once all is built."""
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True}
