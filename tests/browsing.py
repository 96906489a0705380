"""The machine's Chromium, without windows, minding where pages go and what they complain of."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

PATIENCE = 20_000  # milliseconds; on a busy machine a page takes its time
FLAGS = [
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser that `make browser` looks for."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "neither chromium nor google-chrome is on the PATH: run make browser"
    # Chromium's sandbox is not for root.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=flags)
        yield browser
        browser.close()


class Visit:
    """One page in a window of its own, and what went wrong there."""

    def __init__(self, browser: Browser, host: str, *, width: int, height: int) -> None:
        self.page: Page = browser.new_page(viewport=ViewportSize(width=width, height=height))
        self.page.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url, host))

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def _asked(self, url: str, host: str) -> None:
        if not url.startswith(f"{host}/"):
            self.complaints.append(f"another host: {url}")


@contextmanager
def visit(browser: Browser, host: str, *, width: int = 1280, height: int = 900) -> Iterator[Visit]:
    """Open a window, in which no page may complain or ask another host than this one."""
    visit = Visit(browser, host, width=width, height=height)
    yield visit
    visit.page.close()
    assert visit.complaints == []
