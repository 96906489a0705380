"""How tables show in terminals and notebooks."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser

from partnercenter_qual import CustomerTable, ValidationCode, ValidationCodes, _core

from .browsing import chromium, visit
from .tables import APPROVED, NONE, swept

COUNTS = ", ".join(  # noqa: FLY002 - in words
    [
        "SweepTable, 7 rows: Approved 1",
        "InReview 1",
        "Denied 1",
        "Escalated 1",
        "no status 1",
        "none 1",
        "error 1",
    ]
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")


def customers(*names: str | None) -> CustomerTable:
    fields = [(f"id {number}", name, None, None) for number, name in enumerate(names)]
    return CustomerTable(_core.Table.of_customers([*fields]))


class Text(HTMLParser):
    """What a reader sees of a page, cell by cell."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.tags: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.seen.append(data)


def test_counts_come_first_then_rows_and_what_is_not_shown() -> None:
    first, header, *rows = repr(swept()).splitlines()
    assert first == COUNTS
    names = ["customer_id", "qualification", "vetting_status", "vetting_reason"]
    assert header.split()[:4] == names  # company_name and domain are empty
    assert rows[0].split()[:4] == ["customer", "0", "Education", "InReview"]
    assert "2026-01-02 03:04:05Z" in rows[0]
    assert len(rows) == 8
    assert rows[-1].startswith("... and columns company_name, domain, ")


def test_ten_rows_are_shown() -> None:
    lines = repr(swept([APPROVED, NONE] * 2_000)).splitlines()
    assert lines[0] == "SweepTable, 4,000 rows: Approved 2,000, none 2,000"
    assert sum(line.startswith("customer ") for line in lines) == 10
    assert lines[-1] == "... and 3,990 rows"
    assert repr(swept([NONE])).startswith("SweepTable, 1 row: none 1\n")
    assert repr(swept([])) == "SweepTable, 0 rows"


@pytest.mark.parametrize("columns", [20, 60, 80, 120, 400])
def test_no_line_of_rows_is_wider_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    _, *lines = repr(swept()).splitlines()
    rows = [line for line in lines if not line.startswith("...")]
    assert max(map(len, rows)) <= columns
    assert rows[0].startswith("customer_id")


def test_long_texts_are_cut_and_wide_ones_aligned() -> None:
    header, *rows = repr(customers("学" * 40, "x" * 36, "y" * 37, "e\u0301" * 36)).splitlines()[1:5]
    assert header.startswith("customer_id  company_name")
    assert [row.split(maxsplit=2)[2] for row in rows] == [
        "学" * 17 + "…",
        "x" * 36,
        "y" * 35 + "…",
    ]


def test_no_text_leaves_its_line_or_turns_it_around() -> None:
    text = repr(customers("two\nlines\x1b[31m", "\u202edetrevni", "Görlitz"))
    assert "two\\nlines\\x1b[31m" in text
    assert "\\u202edetrevni" in text
    assert "Görlitz" in text
    assert "\\u202e" in customers("\u202e")._repr_html_()


def test_html_says_the_same() -> None:
    page = Text(swept()._repr_html_())
    assert COUNTS in page.seen
    assert page.tags.count("tr") == 8
    assert page.tags.count("td") == 7 * 12
    assert "observed_at" in page.seen
    assert "Not An Academic Institution" in page.seen
    many = Text(swept([NONE] * 11)._repr_html_())
    assert "SweepTable, 11 rows: none 11 (the first 10 are shown)" in many.seen
    assert many.tags.count("tr") == 11
    assert Text(swept([])._repr_html_()).tags.count("tr") == 1


def test_html_of_texts_is_text() -> None:
    evil = "<script>alert('&')</script>"
    html = customers(evil)._repr_html_()
    assert "script" not in Text(html).tags
    assert evil in "".join(Text(html).seen)
    assert "…" in customers("x" * 301)._repr_html_()


def test_codes_show_too() -> None:
    codes = ValidationCodes([ValidationCode(validation_id="7", max_creates=5, remaining_creates=0)])
    lines = repr(codes.to_table()).splitlines()
    assert lines[0] == "ValidationCodeTable, 1 row"
    assert lines[1].split() == ["validation_id", "max_creates", "remaining_creates"]
    assert lines[2].split() == ["7", "5", "0"]


@pytest.mark.parametrize(("ground", "ink"), [("#ffffff", "#222222"), ("#111111", "#dddddd")])
def test_everybody_can_read_it_by_day_and_by_night(browser: Browser, ground: str, ink: str) -> None:
    html = (
        '<!doctype html><html lang="en"><title>notebook</title>'
        f'<body style="background:{ground};color:{ink}"><main><h1>cell</h1>'
        f"{swept()._repr_html_()}{swept()._repr_html_()}</main>"
    )
    with visit(browser, "about:blank", width=400) as visited:
        visited.page.set_content(html)
        found = Axe().run(visited.page).response["violations"]
        assert [one["id"] for one in found] == []
        assert visited.page.get_by_role("columnheader", name="vetting_status").count() == 2
        region = visited.page.get_by_role("group", name="SweepTable").first
        visited.page.keyboard.press("Tab")
        assert region.evaluate("element => element === document.activeElement")
        assert region.evaluate("element => element.scrollWidth > element.clientWidth")
        whole = "() => document.documentElement.scrollWidth <= innerWidth"
        assert visited.page.evaluate(whole)
        colour = "element => getComputedStyle(element).color"
        cell = visited.page.get_by_role("cell", name="InReview").first
        assert cell.evaluate(colour) == visited.page.locator("body").evaluate(colour)
