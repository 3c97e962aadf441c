"""No page for students shows a solution, why it is one, or a hint."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from pages import Page
from secrets_of import ROOT, hints, lines_of, solutions, squeezed

pytestmark = pytest.mark.further  # a site is built first, which takes a minute


@pytest.fixture(scope="module")
def told(site) -> str:
    """All that the site shows: the text of every page, and the words that its search knows."""
    pages = [Page(path).text for path in sorted(site.folder.rglob("*.html"))]
    return squeezed("\n".join([*pages, (site.folder / "searchindex.js").read_text()]))


@pytest.mark.further
@pytest.mark.parametrize("path", solutions(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_line_of_a_solution(path, told):
    lines = lines_of(path)
    assert len(lines) >= 3, "nothing in it is distinctive, so this would find nothing"
    assert [line for line in lines if line in told] == []


def test_no_hint(told):
    assert len(hints()) > 100
    assert [hint for hint in hints() if hint in told] == []


def test_no_file_of_the_solutions(site):
    names = {path.name for path in site.folder.rglob("*")}
    assert "WHY.html" not in names
    assert not any("solutions" in path.parts for path in site.folder.rglob("*"))


@pytest.mark.parametrize("name", ["app.py", "WHY.md"])
def test_a_solution_on_a_page_would_be_found(name, tmp_path):
    """However it is dressed: coloured as code, or with quotes that were made round."""
    path = ROOT / "solutions/lab08_redis" / name
    words = path.read_text(encoding="utf-8").replace('"', "“").split(" ")
    page = tmp_path / "page.html"
    page.write_text(" ".join(f"<span>{html.escape(word)}</span>" for word in words))
    told = squeezed(Page(page).text)
    found = {line for line in lines_of(path) if line in told}
    assert found == lines_of(path)


def test_every_lab_has_a_solution_that_is_looked_for():
    labs = {path.name for path in (ROOT / "labs").glob("lab*")}
    assert {Path(path).parent.name for path in solutions()} == labs
