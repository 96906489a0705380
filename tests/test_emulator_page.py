"""The emulator's web page in a browser: its levers, its witnesses, by mouse and by keyboard."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from partnercenter_qual import Client, Emulator, RateLimitError, ServerError

from .browsing import Visit, chromium, visit


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(customers=25, seed=7, vetting="manual") as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    with emulator.client(max_retries=0) as client:
        yield client


@pytest.fixture
def visited(browser: Browser, emulator: Emulator) -> Iterator[Visit]:
    with visit(browser, emulator.url) as visited:
        visited.page.goto(f"{emulator.url}/_emulator/")
        expect(visited.page.get_by_text("reachable", exact=True)).to_be_visible()
        yield visited


@pytest.fixture
def page(visited: Visit) -> Page:
    return visited.page


def said(page: Page, text: str) -> None:
    """Expect the page to say what it did."""
    expect(page.get_by_role("status").get_by_text(text, exact=True)).to_be_visible()


def customer_rows(page: Page) -> Locator:
    """Give the customers that are shown."""
    return (
        page.get_by_role("region", name="Customers")
        .get_by_role("listitem")
        .filter(has=page.get_by_role("button", name="Decide for"))
    )


def company(row: Locator) -> str:
    """Give the name of a customer that is shown."""
    return row.locator("strong").inner_text()


def faults(page: Page) -> Locator:
    """Give the fault rules that are shown."""
    return page.get_by_role("region", name="Faults").get_by_role("listitem")


def entries(page: Page) -> Locator:
    """Give the rows of the journal."""
    return page.get_by_role("region", name="Entries of the journal").locator("tbody tr")


def test_a_decision(page: Page, emulator: Emulator, client: Client) -> None:
    row = customer_rows(page).first
    expect(row).to_contain_text("No qualification")
    row.get_by_role("button").click()
    dialog = page.get_by_role("dialog", name="Decide")
    expect(dialog).to_contain_text(emulator.customer_ids[0])
    dialog.get_by_label("Qualification").select_option("Education")
    expect(dialog.get_by_label("Reason")).to_be_hidden()
    dialog.get_by_label("Status").select_option("Denied")
    dialog.get_by_label("Reason").fill("Not an eligible Museum")
    dialog.get_by_role("button", name="Decide").click()
    expect(dialog).to_be_hidden()
    said(page, f"Education of {company(row)}: denied.")
    expect(row).to_contain_text(re.compile(r"Education\s+denied\s+Not an eligible Museum"))
    (held,) = client.get_qualifications(emulator.customer_ids[0])
    assert (held.qualification, held.vetting_status) == ("Education", "Denied")
    assert held.vetting_reason == "Not an eligible Museum"


def test_documented_reasons_are_proposed(page: Page) -> None:
    proposed = page.locator("datalist#reasons option")
    expect(proposed).to_have_count(7)
    assert "No longer an Education Customer" in proposed.evaluate_all(
        "all => all.map(o => o.value)"
    )


def test_a_decision_that_the_api_refuses(visited: Visit, emulator: Emulator) -> None:
    page = visited.page
    emulator.decide(emulator.customer_ids[0], "Education", "Approved")
    customer_rows(page).first.get_by_role("button").click()
    dialog = page.get_by_role("dialog", name="Decide")
    dialog.get_by_label("Qualification").select_option("GovernmentCommunityCloud")
    dialog.get_by_role("button", name="Decide").click()
    expect(dialog.get_by_role("alert")).to_contain_text("GovernmentCommunityCloud")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert "status of 409" in visited.complaints.pop()  # the browser's own words


def test_what_the_api_decides_by_itself_shows(page: Page, client: Client) -> None:
    row = customer_rows(page).first
    (first, *_) = list(client.list_customers())
    client.update_qualification(first.customer_id, "Education", education_segment="K12")
    expect(row).to_contain_text("in review")


def test_the_clock(page: Page, emulator: Emulator) -> None:
    before = emulator.now
    page.get_by_role("button", name="+ 1 hour").click()
    said(page, "The clock was advanced by 1 hour.")
    page.get_by_label("Seconds", exact=True).fill("0.5")
    page.get_by_role("button", name="Advance").click()
    said(page, "The clock was advanced by 0.5 seconds.")
    assert (emulator.now - before).total_seconds() > 3600.5
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_text("frozen", exact=True)).to_be_visible()
    stopped = emulator.now
    expect(page.locator("#now")).to_have_text(stopped.strftime("%Y-%m-%d %H:%M:%S"))
    assert emulator.now == stopped
    page.get_by_role("button", name="Unfreeze").click()
    expect(page.get_by_text("running", exact=True)).to_be_visible()
    assert emulator.now > stopped


def test_what_the_api_refuses_is_said_in_its_words(visited: Visit) -> None:
    page = visited.page
    page.get_by_label("Seconds", exact=True).fill("1e15")
    page.get_by_role("button", name="Advance").click()
    alert = page.get_by_role("alert").filter(has_text="seconds")
    expect(alert).to_contain_text("seconds is 1000000000000000: pass")
    page.get_by_role("button", name="+ 1 minute").click()
    said(page, "The clock was advanced by 1 minute.")
    expect(alert).to_be_hidden()
    assert "status of 422" in visited.complaints.pop()  # the browser's own words


def test_a_fault_is_injected_switched_and_removed(
    page: Page, emulator: Emulator, client: Client
) -> None:
    customer_id = emulator.customer_ids[3]
    page.get_by_label("What happens").select_option("unavailable")
    page.get_by_label("Retry-After").fill("")
    page.get_by_label("Customer id").fill(customer_id)
    page.get_by_label("Times").fill("")
    page.get_by_role("button", name="Inject").click()
    said(page, "The fault is injected.")
    with pytest.raises(ServerError, match="503"):
        client.get_qualifications(customer_id)
    assert client.get_qualifications(emulator.customer_ids[4]) == []
    rule = faults(page).first
    expect(rule).to_contain_text("fired 1 time")

    switch = rule.get_by_role("checkbox", name=f"503, customer {customer_id}")
    switch.uncheck()
    said(page, "The fault is off.")
    assert client.get_qualifications(customer_id) == []
    switch.check()
    said(page, "The fault is on.")
    with pytest.raises(ServerError, match="503"):
        client.get_qualifications(customer_id)

    rule.get_by_role("button", name="Remove").click()
    expect(faults(page)).to_have_count(0)
    assert client.get_qualifications(customer_id) == []


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("throttled", "429, Retry-After 30"),
        ("unauthorized", "401"),
        ("no_relationship", "403, code 20002"),
        ("server_error", "500"),
        ("unavailable", "503, Retry-After 30"),
        ("gateway_page", "502, another body"),
        ("cut", "body cut after 20 bytes"),
        ("empty", "empty body"),
        ("reset_before", "reset, before the effect"),
        ("reset_after", "reset, after the effect"),
        ("delay", "delayed by 5 s"),
    ],
)
def test_every_preset_is_a_rule(page: Page, preset: str, words: str) -> None:
    page.get_by_label("What happens").select_option(preset)
    page.get_by_role("button", name="Inject").click()
    expect(faults(page).get_by_role("checkbox", name=words, exact=True)).to_be_checked()
    expect(faults(page).first).to_contain_text("fired 0 of 1")


def test_every_condition_is_in_the_rule(page: Page, emulator: Emulator) -> None:
    form = page.get_by_role("form", name="Inject a fault")
    form.get_by_label("Method").select_option("POST")
    form.get_by_label("Path contains").fill("/qualifications")
    form.get_by_label("Customer id").fill(emulator.customer_ids[0])
    form.get_by_label("Only the nth match").fill("2")
    form.get_by_label("Probability").fill("0.5")
    form.get_by_label("Retry-After").fill("")
    form.get_by_role("button", name="Inject").click()
    words = (
        "429, for POST, path with /qualifications, "
        f"customer {emulator.customer_ids[0]}, match 2 only, probability 0.5"
    )
    expect(faults(page).get_by_role("checkbox", name=words, exact=True)).to_be_checked()


def test_the_journal_is_live(page: Page, emulator: Emulator, client: Client) -> None:
    expect(page.get_by_text("No requests yet.")).to_be_visible()
    client.get_qualifications(emulator.customer_ids[0])
    expect(entries(page)).to_have_count(len(emulator.journal))
    client.update_qualification(emulator.customer_ids[0], "StateOwnedEntity")
    newest = entries(page).first
    expect(newest).to_contain_text("201 Created")
    expect(newest).to_contain_text(f"POST /v1/customers/{emulator.customer_ids[0]}/qualifications")
    expect(newest).to_contain_text(emulator.journal[-1].request_id)

    page.get_by_label("Path contains").last.fill("/nowhere")
    expect(entries(page)).to_have_count(0)
    page.get_by_label("Path contains").last.fill("")
    page.get_by_role("form", name="Filter the journal").get_by_label("Method").select_option("POST")
    expect(entries(page).filter(has_text="GET")).to_have_count(0)
    expect(newest).to_contain_text("201 Created")


def test_the_journal_can_be_paused(page: Page, emulator: Emulator, client: Client) -> None:
    pause = page.get_by_role("button", name="Pause")
    pause.click()
    client.get_qualifications(emulator.customer_ids[0])
    expect(page.locator("[data-count=requests]")).to_have_text(str(len(emulator.journal)))
    expect(entries(page)).to_have_count(0)
    pause.click()
    expect(entries(page)).to_have_count(len(emulator.journal))


def test_the_journal_keeps_200_rows(page: Page, emulator: Emulator, client: Client) -> None:
    for _ in range(250):
        client.get_qualifications(emulator.customer_ids[0])
    expect(entries(page)).to_have_count(200)
    expect(entries(page).first).to_contain_text(emulator.journal[-1].request_id)


def test_who_comes_back_too_soon_is_marked(page: Page, emulator: Emulator) -> None:
    emulator.inject(429, retry_after=60)
    with emulator.client(max_retries=0) as client, pytest.raises(RateLimitError):
        client.get_qualifications(emulator.customer_ids[0])
    time.sleep(0.1)  # past the grace for what was under way already
    with emulator.client() as client:  # with a throttle of its own
        client.get_qualifications(emulator.customer_ids[0])
    expect(entries(page).first.get_by_text("early")).to_be_visible()
    expect(entries(page).nth(1)).to_contain_text("429 Too Many Requests")
    verdict = page.get_by_role("listitem").filter(has_text="Retry-After was respected")
    expect(verdict).to_contain_text("failed")
    verdict.get_by_text("1 found").click()
    expect(verdict).to_contain_text("/qualifications")


def test_a_reset(page: Page, emulator: Emulator, client: Client) -> None:
    client.update_qualification(emulator.customer_ids[0], "StateOwnedEntity")
    expect(customer_rows(page).first).to_contain_text("State Owned Entity")
    dialog = page.get_by_role("dialog", name="Reset the emulator?")
    page.get_by_role("button", name="Reset…").click()
    dialog.get_by_role("button", name="Cancel").click()
    assert emulator.effects
    page.get_by_role("button", name="Reset…").click()
    dialog.get_by_role("button", name="Reset").click()
    said(page, "The emulator is back at the start.")
    expect(customer_rows(page).first).to_contain_text("No qualification")
    expect(entries(page)).to_have_count(0)
    assert (emulator.effects, emulator.journal) == ([], [])
