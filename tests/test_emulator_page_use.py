"""Who can use the emulator's page: by keyboard, on a phone, in the dark, with many customers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Locator, Page, expect

from partnercenter_qual import Client, Emulator, ServerError

from .browsing import chromium, visit


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def open_page(page: Page, emulator: Emulator) -> None:
    page.goto(f"{emulator.url}/_emulator/")
    expect(page.get_by_text("reachable", exact=True)).to_be_visible()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, and see that it shows."""
    expect(target).to_be_visible()
    for _ in range(100):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            assert target.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
            return
    pytest.fail(f"Tab does not lead to {target}")


def test_the_keyboard_is_enough(browser: Browser, emulator: Emulator, client: Client) -> None:
    customer_id = emulator.customer_ids[0]
    with visit(browser, emulator.url) as visited:
        page = visited.page
        open_page(page, emulator)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # the link that skips the head
        tab_to(page, page.get_by_role("button", name="+ 1 hour"))
        before = emulator.now
        page.keyboard.press("Enter")
        expect(page.get_by_text("The clock was advanced by 1 hour.")).to_be_visible()
        assert (emulator.now - before).total_seconds() > 3600

        tab_to(page, page.get_by_role("button", name="Decide for").first)
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Decide")
        tab_to(page, dialog.get_by_label("Status"))
        page.keyboard.type("Denied")
        tab_to(page, dialog.get_by_label("Reason"))
        page.keyboard.type("Not an Academic Domain")
        page.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
        (held,) = client.get_qualifications(customer_id)
        assert (held.vetting_status, held.vetting_reason) == ("Denied", "Not an Academic Domain")
        decide = page.get_by_role("button", name="Decide for").first
        expect(decide).to_be_focused()  # where it all began

        tab_to(page, page.get_by_label("What happens"))
        page.keyboard.type("500")
        tab_to(page, page.get_by_role("button", name="Inject"))
        page.keyboard.press("Space")
        expect(page.get_by_text("The fault is injected.")).to_be_visible()
        with emulator.client(max_retries=0) as failing, pytest.raises(ServerError, match="500"):
            failing.get_qualifications(customer_id)


def test_a_phone_need_not_scroll_sideways(
    browser: Browser, emulator: Emulator, client: Client, tmp_path: Path
) -> None:
    emulator.inject(429, customer_id=emulator.customer_ids[1], path="/" + "x" * 80, times=None)
    emulator.decide(emulator.customer_ids[0], "Education", "Denied", "x" * 80)
    client.get_qualifications(emulator.customer_ids[0])
    with visit(browser, emulator.url, width=360, height=740) as visited:
        page = visited.page
        open_page(page, emulator)
        expect(page.get_by_text("x" * 80)).to_have_count(2)
        expect(page.get_by_text("200 OK").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.get_by_role("button", name="Decide for").first.click()
        dialog = page.get_by_role("dialog").bounding_box()
        assert dialog
        assert 0 <= dialog["x"] <= dialog["x"] + dialog["width"] <= 360
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        picture = tmp_path / "phone.png"
        page.screenshot(path=picture, full_page=True)
        assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        assert picture.stat().st_size > 10_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_rules_of_accessibility(
    browser: Browser, emulator: Emulator, scheme: Literal["light", "dark"], width: int
) -> None:
    for place, status in enumerate(["Approved", "Denied", "InReview"]):
        emulator.decide(emulator.customer_ids[place], "Education", status)
    emulator.inject(503)
    with emulator.client(max_retries=0) as failing, pytest.raises(ServerError):
        failing.get_qualifications(emulator.customer_ids[0])
    with visit(browser, emulator.url, width=width) as visited:
        page = visited.page
        page.emulate_media(color_scheme=scheme)
        open_page(page, emulator)
        expect(page.get_by_text("503 Unavailable")).to_be_visible()
        expect(page.locator(".badge", has_text="in review")).to_be_visible()
        page.get_by_role("button", name="+ 1 day").click()
        expect(page.get_by_text("The clock was advanced by 1 day.")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Decide for").first.click()
        expect(page.get_by_role("dialog", name="Decide")).to_be_visible()
        assert violations(page) == []


def violations(page: Page) -> list[str]:
    """Give what axe-core has against the page as it is."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found]


def test_a_hundred_thousand_customers(browser: Browser) -> None:
    with Emulator(customers=100_000) as emulator, visit(browser, emulator.url) as visited:
        page = visited.page
        open_page(page, emulator)
        expect(page.get_by_text("1 to 10 of 100,000")).to_be_visible()
        rows = page.get_by_role("button", name="Decide for")
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_text("11 to 20 of 100,000")).to_be_visible()
        expect(rows).to_have_count(10)
        name = rows.first.get_attribute("aria-label")
        assert name
        page.get_by_label("Search by name").fill(name.removeprefix("Decide for "))
        expect(page.get_by_text("of 100,000")).to_be_hidden()
        expect(page.get_by_text("1 to ")).to_be_visible()
        expect(rows.first).to_have_attribute("aria-label", name)


def test_nobody_asks_for_a_page_that_nobody_sees(browser: Browser, emulator: Emulator) -> None:
    with visit(browser, emulator.url) as visited:
        page = visited.page
        page.clock.install()
        open_page(page, emulator)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        hide(page, hidden=True)
        page.wait_for_load_state("networkidle")
        asked.clear()
        page.clock.run_for(10_000)
        assert asked == []
        with page.expect_request("**/service"):
            hide(page, hidden=False)


def hide(page: Page, *, hidden: bool) -> None:
    """Tell the page whether it can be seen; a browser without windows never does."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_an_emulator_that_stops_and_comes_back(browser: Browser) -> None:
    with Emulator(customers=3) as emulator, visit(browser, emulator.url) as visited:
        page = visited.page
        open_page(page, emulator)
        emulator.close()
        expect(page.get_by_text("not reachable", exact=True)).to_be_visible()
        page.get_by_role("button", name="+ 1 day").click()
        expect(page.get_by_role("alert").get_by_text("cannot be reached")).to_be_visible()
        port = int(emulator.url.rpartition(":")[2])
        with Emulator(customers=4, port=port):
            expect(page.get_by_text("reachable", exact=True)).to_be_visible()
            expect(page.get_by_text("1 to 4 of 4")).to_be_visible()
        # The browser's own words for a connection that is refused.
        visited.complaints[:] = [text for text in visited.complaints if "ERR_" not in text]
