"""How the pages of documentation are built; `make docs` runs it, with warnings as errors."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.domains.python import PyObject

import partnercenter_qual

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "partnercenter_qual"
author = "the authors of partnercenter_qual"
project_copyright = author
release = tomllib.loads((ROOT / "Cargo.toml").read_text("utf-8"))["package"]["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "error_anchors",
]
exclude_patterns = ["_ext"]

# A single backtick means in docstrings what it means in Markdown.
default_role = "literal"
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"partnercenter_qual {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "monokai"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {
    "members": True,
    "inherited-members": "Exception, BaseException, str, StrEnum, tuple, dict",
}
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

nitpicky = True
# No inventory of another project is fetched: names of others, and private ones, lead nowhere.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!partnercenter_qual\b).*"),
    (r"py:.*", r"partnercenter_qual\._.*"),
]

# Once loaded, each name says that it is public, and so do the signatures that have it.
for _name in partnercenter_qual.__all__:
    getattr(partnercenter_qual, _name)


def _without_markdown_tables(lines: list[str]) -> list[str]:
    """Make list-tables of the tables of a docstring, which are Markdown's."""
    made: list[str] = []
    in_table = False
    for line in lines:
        text = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        if re.fullmatch(r"\|[-|]+", text):
            continue
        if not text.startswith("|"):
            in_table = False
            made.append(line)
            continue
        if not in_table:
            in_table = True
            made += [f"{indent}.. list-table::", f"{indent}   :header-rows: 1", ""]
        first, *others = (cell.strip() for cell in text.strip("|").split("|"))
        made.append(f"{indent}   * - {first}")
        made += [f"{indent}     - {cell}" for cell in others]
    return made


def _read_docstring(
    _app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]
) -> None:
    lines[:] = _without_markdown_tables(lines)


def _constructor(
    _app: Sphinx, what: str, _name: str, _object: object, _options: object, *shown: str | None
) -> tuple[str | None, ...]:
    """Show no constructor that nobody calls: those over the core, and of exceptions."""
    private = what == "exception" or (shown[0] or "").startswith("(core")
    return ("", None) if private else shown


def setup(app: Sphinx) -> None:
    """Have docstrings read before napoleon does, and shown as they were meant."""
    app.connect("autodoc-process-docstring", _read_docstring, priority=100)
    app.connect("autodoc-process-signature", _constructor)
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"
