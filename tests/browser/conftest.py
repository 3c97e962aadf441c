"""A real browser for the tests: Chromium from the system, no network, every error reported.

A page fails its test when the console has an error, or when anything but this machine is asked.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from jupyter import JupyterLab
from playwright.sync_api import Browser, Page, sync_playwright
from watched import Watched

SHOTS = Path(__file__).parents[2] / "build/shots"
SERIOUS = ("serious", "critical")
GET_IT = "install Chromium (Debian: apt install chromium)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, one for the tests of a file.

    Playwright keeps an event loop running in this thread, in which no other may run: so it ends
    with the file, before tests of another kind come.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail(f"no browser: {GET_IT}")
        pytest.skip(f"no browser: {GET_IT}")
    with sync_playwright() as playwright:
        # Root, as in CI's container, has no sandbox; the pages are our own.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    """Both of them, for tests that look."""
    return request.param


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """new_page(theme="light", width=1280) -> a page of its own; its faults fail the test."""
    opened: list[tuple[Page, Watched]] = []

    def new(theme: str = "light", width: int = 1280, height: int = 900) -> Page:
        size = {"width": width, "height": height}
        page = browser.new_context(color_scheme=theme, viewport=size).new_page()
        page.set_default_timeout(30_000)
        opened.append((page, Watched(page)))
        return page

    yield new
    for page, _ in opened:
        page.context.close()
    faults = [fault for _, watched in opened for fault in watched.faults]
    assert not faults, faults


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture(scope="session")
def jupyterlab() -> Iterator[JupyterLab]:
    """JupyterLab, one for all tests."""
    with JupyterLab() as lab:
        yield lab


@pytest.fixture(scope="session")
def behind_a_hub() -> Iterator[JupyterLab]:
    """JupyterLab as a hub runs it, below a prefix."""
    with JupyterLab("/user/abc/") as lab:
        yield lab


@pytest.fixture
def lab_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """lab_page(theme) -> a page for JupyterLab, whose console is its own affair; no network."""
    opened: list[Page] = []

    def new(theme: str = "light") -> Page:
        size = {"width": 1280, "height": 900}
        page = browser.new_context(color_scheme=theme, viewport=size).new_page()
        page.context.route(
            "**/*",
            lambda route: (
                route.continue_() if Watched.allowed(route.request.url) else route.abort()
            ),
        )
        page.set_default_timeout(60_000)
        opened.append(page)
        return page

    yield new
    for page in opened:
        page.context.close()


@pytest.fixture(scope="session")
def scan() -> Callable[[Page], None]:
    """scan(page): axe finds nothing serious or critical in it."""
    axe = Axe()

    def scan(page: Page, context: str | None = None) -> None:
        # From the disk axe may not fetch the styles once more, and need not.
        options = {"preload": False}
        found = axe.run(page, context=context, options=options).response["violations"]
        told = [
            f"{fault['id']}: {node['target']} {node['failureSummary']}"
            for fault in found
            if fault["impact"] in SERIOUS
            for node in fault["nodes"]
        ]
        assert not told, "\n".join(told)

    return scan


@pytest.fixture(scope="session")
def shot() -> Callable[[Page, str], Path]:
    """shot(page, name): a picture of the whole page in build/shots, to be looked at."""

    def shot(page: Page, name: str) -> Path:
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        width = page.viewport_size["width"]
        path = SHOTS / f"{name}-{'dark' if dark else 'light'}-{width}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, full_page=True)
        return path

    return shot
