"""The site in a browser, from the disk: no network, no faults, keys that work, light and dark."""

from collections.abc import Callable

import pytest
from building import Site, site_of
from further import mostly_further
from playwright.sync_api import Page

FRONT, LAB, API = "index.html", "labs/lab08_redis/README.html", "api.html"
LOST, REDIS = "notebooks/03-lost-updates.html", "notebooks/08-redis.html"
TITLE = "article h1"
pytestmark = pytest.mark.further  # a site is built first, which takes a minute


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Site:
    return site_of(request)


@pytest.fixture
def visit(new_page, site) -> Callable[..., Page]:
    """visit(address, theme) -> a page of the site, from the disk."""

    def open_it(address: str, theme: str = "light") -> Page:
        page = new_page(theme)
        page.goto(f"{site.folder.as_uri()}/{address}", wait_until="networkidle")
        return page

    return open_it


def test_previous_and_next_lead_from_chapter_to_chapter(visit):
    page = visit(FRONT)
    page.locator("a.right-next").click()
    page.wait_for_url("**/notebooks/00-start-here.html")
    page.locator("a.right-next").click()
    page.wait_for_url("**/notebooks/01-one-object-per-worker.html")
    assert page.locator(TITLE).inner_text().startswith("01")
    page.locator("a.left-prev").click()
    page.wait_for_url("**/notebooks/00-start-here.html")


def test_the_player_of_the_front_page_goes_by_keys(visit):
    page = visit(FRONT)
    player = page.locator(".wl-player")
    player.focus()
    place = player.get_by_text("step 0 of")
    assert place.is_visible()
    page.keyboard.press("End")
    assert not place.is_visible()
    assert player.get_by_text("no order of the requests fits this answer").first.is_visible()
    page.keyboard.press("Home")
    assert place.is_visible()


def test_the_players_of_a_chapter_go_without_a_kernel(visit):
    page = visit(LOST)
    for prediction in page.locator(".wl-predict").all():  # what came out waits for a choice
        prediction.locator("input").first.check()
    moved = 0
    for player in page.locator(".wl-player").all():
        before = player.inner_text()
        player.press("ArrowRight")
        moved += player.inner_text() != before
    assert moved >= 3  # the reader's own, which needs a notebook kernel, stands still


def test_the_button_says_how_to_open_binder(visit):
    page = visit(REDIS)
    with page.context.expect_page() as opened:
        page.locator(".btn-binder-button").click()
    assert opened.value.locator(TITLE).inner_text().startswith("On Binder")


def test_a_search_finds_a_chapter_without_a_server(visit):
    page = visit("search.html?q=stampedes")
    found = page.locator("#search-results a[href^='notebooks/09-aiocache.html']")
    found.first.wait_for()


def test_dark_can_be_chosen_and_stays(visit):
    page = visit(REDIS, "light")
    page.locator(".theme-switch-button:visible").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.locator("a.right-next").click()
    page.wait_for_url("**/notebooks/09-*")
    assert page.locator("html").get_attribute("data-theme") == "dark"


AT_NIGHT = pytest.mark.nightly
PAGES = [
    pytest.param(FRONT, "front", marks=AT_NIGHT),
    (LOST, "chapter"),
    pytest.param(LAB, "lab", marks=AT_NIGHT),
]


@pytest.mark.parametrize(("address", "name"), PAGES)
def test_axe_finds_nothing_serious(address, name, theme, visit, scan, shot):
    page = visit(address, theme)
    assert page.locator("html").get_attribute("data-theme") == theme
    shot(page, f"site-{name}")
    scan(page)


@pytest.mark.nightly
def test_axe_finds_nothing_serious_in_the_api(visit, scan):
    # A part of it: the whole is long, and written by the same hands.
    scan(visit(API), "#module-workerlab\\.stepping")


@pytest.mark.parametrize("address", mostly_further([FRONT, LOST, REDIS, LAB, API], LOST.__eq__))
def test_a_page_fits_every_width(address, visit):
    page = visit(address)
    for width in (1280, 800, 400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
