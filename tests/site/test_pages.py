"""The site as it is built: whole, linked, nothing from outside, players without a notebook kernel."""

from __future__ import annotations

import re
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from executed import CHAPTERS, ROOT
from pages import Page

from workerlab.grading import manifest
from workerlab.levels.definitions import LEVELS

pytestmark = pytest.mark.further  # a site is built first, which takes a minute
NAMED = ("workerlab", "servers", "services", "stepping", "draw", "grading", "misconceptions")


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, Page]:
    found = site.folder.rglob("*.html")
    return {path: Page(path) for path in found if "_static" not in path.parts}


@pytest.mark.further
def test_sphinx_complains_about_nothing(site):
    assert site.complaints == ""


def test_every_chapter_every_lab_and_every_guide_is_a_page(site):
    there = [path.relative_to(ROOT).with_suffix(".html") for path in CHAPTERS]
    there += [path.relative_to(ROOT).with_suffix(".html") for path in ROOT.glob("labs/*/README.md")]
    there += [f"{name}.html" for name in ("index", "labs", "INSTRUCTORS", "CONTRIBUTING")]
    there += [f"{name}.html" for name in ("CHANGELOG", "api", "binder", "ten-minutes", "levels")]
    assert len(there) == 20 + 14 + 9
    there += [f"levels/{level.name}.html" for level in LEVELS]
    assert [str(page) for page in there if not (site.folder / page).exists()] == []


def test_the_page_of_a_level_is_small_and_is_in_the_list(site, pages):
    index = site.folder / "levels.html"
    listed = {pages[index].leads_to(link) for link in pages[index].links}
    for level in LEVELS:
        page = site.folder / "levels" / f"{level.name}.html"
        assert page.stat().st_size <= 60_000
        assert page in listed
        assert index in {pages[page].leads_to(link) for link in pages[page].links}


def test_previous_and_next_lead_through_all_chapters(site, pages):
    book = [site.folder / "notebooks" / f"{path.stem}.html" for path in CHAPTERS]
    for one, other in pairwise(book):
        assert pages[one].leads_to(pages[one].after) == other
        assert pages[other].leads_to(pages[other].before) == one


def test_every_link_leads_somewhere(pages):
    dead = [
        f"{page.path.name}: {link}"
        for page in pages.values()
        for link in page.links
        if (target := page.leads_to(link)) and not _is_there(target, urlsplit(link).fragment, pages)
    ]
    assert dead == []


def _is_there(target: Path, place: str, pages: dict[Path, Page]) -> bool:
    return target.exists() and (not place or place in pages[target].ids)


def test_nothing_is_loaded_from_outside_and_all_that_is_loaded_is_there(pages):
    loads = {(page, address) for page in pages.values() for address in page.loads}
    assert len(loads) > 100
    wrong = [
        f"{page.path.name}: {address}"
        for page, address in loads
        if not address.startswith("data:")
        and not ((target := page.leads_to(address)) and target.exists())
    ]
    assert wrong == []


def test_no_style_fetches_anything_from_outside(site):
    styles = list(site.folder.rglob("*.css"))
    assert styles
    for style in styles:
        text = style.read_text(encoding="utf-8")
        assert re.findall(r"(?:url\(\s*|@import\s+)[\"']?(?:https?:)?//[^)\s]+", text) == [], style


@pytest.mark.parametrize("lab", sorted(path.name for path in ROOT.glob("labs/lab*")))
def test_a_lab_and_its_chapter_lead_to_each_other(lab, site, pages):
    task = site.folder / "labs" / lab / "README.html"
    named = manifest.read(ROOT / "labs" / lab).notebook
    chapter = site.folder / "notebooks" / Path(named).with_suffix(".html")
    assert chapter in {pages[task].leads_to(link) for link in pages[task].links}
    assert task in {pages[chapter].leads_to(link) for link in pages[chapter].links}


def test_a_chapter_has_its_outputs_with_players_that_need_no_kernel(site):
    assert "03-lost-updates" in site.executed
    text = (site.folder / "notebooks/03-lost-updates.html").read_text(encoding="utf-8")
    assert 'class="cell_output' in text
    assert text.count('<script type="module">') >= 3
    assert "widget-view" not in text
    assert "require.min.js" not in text
    assert "MathJax" not in text


def test_where_the_site_was_built_is_not_shown(site):
    for path in site.folder.rglob("*.*"):
        if path.suffix in (".html", ".js", ".svg"):
            assert f"{ROOT}/" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("room", NAMED)
def test_the_api_page_has_every_public_name(room, site, pages):
    module = import_module("workerlab" if room == "workerlab" else f"workerlab.{room}")
    text = pages[site.folder / "api.html"].text
    assert [name for name in module.__all__ if not re.search(rf"\b{name}\b", text)] == []


def test_the_binder_button_explains_itself_where_there_is_no_address(site, pages):
    chapter = pages[site.folder / "notebooks/08-redis.html"]
    how = site.folder / "binder.html"
    assert how in {chapter.leads_to(link) for link in chapter.links}
    assert "mybinder.org" in pages[how].text
    assert not any("mybinder.org" in link for link in chapter.links)
