"""The snippets of our documents, cut out and run as they stand."""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def snippets(document: str, language: str = "python") -> list[str]:
    """Give the snippets of a document in their order; those in `py` are no whole programs."""
    text = (ROOT / document).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def run(snippet: str, document: str, names: dict[str, Any] | None = None) -> None:
    """Run a snippet with what it takes for granted."""
    exec(compile(snippet, document, "exec"), names or {})  # noqa: S102 - our own
