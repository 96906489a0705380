"""The notebooks in `examples/`: how they are kept, and runs of them with a real kernel.

`python -m tests.notebooks` takes out what JupyterLab wrote into them: outputs, counts, versions.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from shutil import copy
from typing import Any
from unittest.mock import patch

import nbformat
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parent.parent / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
EMULATOR_ONLY = "# Emulator only"
OWN_TENANT = "own-tenant"  # id of the cell that leads to it
PATIENCE = 60  # seconds for one cell


def tidied(text: str) -> str:
    """Give a notebook as it is committed: what people wrote, and nothing that a run left."""
    notebook = nbformat.reads(text, as_version=4)
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
    return f"{nbformat.writes(notebook)}\n"


def read(name: str) -> Any:  # noqa: ANN401 - nbformat's values are what JSON holds
    """Read a notebook."""
    return nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)


def made_of(cells: dict[str, str]) -> Any:  # noqa: ANN401 - as above
    """Make a notebook of cells and their ids."""
    made = [nbformat.v4.new_code_cell(source, id=name) for name, source in cells.items()]
    return nbformat.v4.new_notebook(cells=made)


def for_own_tenant(name: str) -> Any:  # noqa: ANN401 - as above
    """Give a notebook as it is changed for one's own tenant, by what it says itself."""
    notebook = read(name)
    notebook.cells = [each for each in notebook.cells if not each.source.startswith(EMULATOR_ONLY)]
    (cell,) = (each for each in notebook.cells if each.id == OWN_TENANT)
    cell.source = "\n".join(line.removeprefix("# ") for line in cell.source.splitlines())
    return notebook


@contextmanager
def own_jupyter(folder: Path) -> Iterator[None]:
    """Keep Jupyter, IPython and matplotlib from what the user has set up for them."""
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    settings = {name: str(folder / place) for name, place in places.items()}
    with patch.dict(os.environ, settings | {"JUPYTER_NO_CONFIG": "1"}):
        os.environ.pop("MPLBACKEND", None)
        yield


class Rows(HTMLParser):
    """The rows of a table, each the texts of its cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._is_in_cell = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._is_in_cell = tag in {"td", "th"}
        if tag == "tr":
            self.rows.append([])
        elif self._is_in_cell:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._is_in_cell = self._is_in_cell and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self._is_in_cell:
            self.rows[-1][-1] += data.strip()


class Run:
    """A notebook that was run from its first cell to its last, and what it shows."""

    def __init__(self, notebook: Any, folder: Path, *, before_the_end: str = "") -> None:  # noqa: ANN401 - as above
        new = nbformat.v4.new_code_cell
        strict = new("import warnings; warnings.simplefilter('error')", id="strict")
        witness = new(before_the_end, id="witness")
        lenient = new("warnings.resetwarnings()", id="lenient")  # the kernel's own end warns
        *cells, last = notebook.cells
        notebook.cells = [strict, *cells, witness, last, lenient]
        for sheet in EXAMPLES.glob("*.csv"):
            copy(sheet, folder)
        self._client = NotebookClient(
            notebook,
            timeout=PATIENCE,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
        )
        with own_jupyter(folder):
            self._client.execute()
        self._cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}

    def html(self, cell: str) -> str:
        """Give the one table that a cell shows."""
        (html,) = self._data(cell, "text/html")
        return str(html)

    def rows(self, cell: str) -> list[list[str]]:
        """Give the rows of that table, without the first, which has the names."""
        return Rows(self.html(cell)).rows[1:]

    def printed(self, cell: str) -> str:
        """Give what a cell printed."""
        return "".join(self._streamed(cell, "stdout"))

    def complaints(self) -> list[str]:
        """Give what any cell wrote to stderr."""
        return [text for name in self._cells for text in self._streamed(name, "stderr")]

    def charts(self) -> list[str]:
        """Give the cells that show an image, each as often as it shows one."""
        return [name for name in self._cells for _ in self._data(name, "image/png")]

    def bar(self, cell: str) -> dict[str, Any]:
        """Give the state of the progress bar that a cell shows."""
        (view,) = self._data(cell, "application/vnd.jupyter.widget-view+json")
        states = self._client.widget_state
        box = states[view["model_id"]]
        children = [states[each.removeprefix("IPY_MODEL_")] for each in box["children"]]
        (bar,) = (each for each in children if each["_model_name"] == "FloatProgressModel")
        layout = states[bar["layout"].removeprefix("IPY_MODEL_")]
        return {**bar, "layout": layout}

    def _data(self, cell: str, kind: str) -> list[Any]:
        shown = (output.get("data", {}) for output in self._cells[cell].outputs)
        return [data[kind] for data in shown if kind in data]

    def _streamed(self, cell: str, stream: str) -> list[str]:
        return [each.text for each in self._cells[cell].outputs if each.get("name") == stream]


if __name__ == "__main__":
    for path in NOTEBOOKS:
        path.write_text(tidied(path.read_text("utf-8")), "utf-8")
