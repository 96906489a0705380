"""The first notebook in a real JupyterLab, as an analyst sees it."""

from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Locator, Page, expect

from .browsing import Visit, chromium
from .lab import Lab, jupyterlab
from .notebooks import EXAMPLES, read

NAME = "01-first-sweep"
MINUTE = 60_000  # milliseconds; a kernel that starts on a busy machine takes its time
HEIGHT = 5_000  # pixels: all cells at once, for JupyterLab renders but what is to be seen


def open_notebook(page: Page, lab: Lab) -> None:
    page.goto(lab.page(f"{NAME}.ipynb"), timeout=MINUTE)
    expect(page.locator(".jp-Notebook")).to_be_visible(timeout=MINUTE)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=MINUTE)


def run_all_cells(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    last = sum(cell.cell_type == "code" for cell in read(NAME).cells)
    done = page.get_by_text(f"[{last}]:", exact=True)
    expect(done).to_be_visible(timeout=MINUTE)


def width(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["width"]


@pytest.mark.timeout(300)
def test_it_looks_right(tmp_path: Path) -> None:
    notebooks = tmp_path / "notebooks"
    copytree(EXAMPLES, notebooks)
    with jupyterlab(notebooks, tmp_path) as lab, chromium() as browser:
        visit = Visit(browser, lab.host, width=1280, height=HEIGHT)
        page = visit.page
        open_notebook(page, lab)
        run_all_cells(page)
        page.screenshot(path=tmp_path / "notebook.png")

        table = page.get_by_role("group", name="SweepTable")
        expect(table).to_be_visible()
        expect(table.get_by_text("SweepTable, 300 rows: Approved 124")).to_be_visible()
        cell = table.get_by_role("cell", name="redwater-high.example")
        expect(cell).to_have_css("text-align", "left")
        expect(cell).to_have_css("white-space", "nowrap")

        bars = page.locator(".jp-OutputArea-output .progress-bar")
        expect(bars).to_have_count(2)
        for bar in bars.all():
            expect(bar).to_be_visible()
            assert width(bar) > 100  # pixels: as wide as it gets, for all is done
        expect(page.get_by_text("300/300")).to_have_count(2)

        charts = page.locator(".jp-OutputArea-output img[src^='data:image/png']")
        expect(charts).to_have_count(3)
        for chart in charts.all():
            expect(chart).to_be_visible()
            assert width(chart) > 500
            assert chart.evaluate("image => image.complete && image.naturalWidth > 500")

        expect(page.locator(".jp-OutputArea-output[data-mime-type*='stderr']")).to_have_count(0)
        expect(page.locator(".jp-OutputArea-output[data-mime-type*='error']")).to_have_count(0)
        page.close()
    # What JupyterLab itself says to the console is not ours to judge.
    assert [each for each in visit.complaints if each.startswith("another host")] == []
