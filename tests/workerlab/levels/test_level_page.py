"""A level as a page: small, whole without JavaScript, and nothing in it ends its script."""

from __future__ import annotations

import html
import re

import pytest
from recorded import FOLDER, LARGEST, NAMES, recorded

from workerlab.levels.level import DEFEND
from workerlab.levels.page import fragment, framed
from workerlab.notebook import level

every_level = pytest.mark.parametrize("name", NAMES)


def without_scripts(text: str) -> str:
    return re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)


@every_level
def test_it_can_be_read_without_javascript(name):
    found, page = recorded(name), without_scripts(fragment(recorded(name)))
    assert html.escape(found["goal"]) in page
    text = html.unescape(re.sub(r"<[^>]+>", "", page))
    for variant in found["variants"]:
        for line in variant["code"].splitlines():
            assert line in text
    assert "<summary>The solution</summary>" in page
    assert "<details open" not in page


@every_level
def test_it_is_small_and_loads_nothing(name):
    page = fragment(recorded(name), "next.html")
    assert len(page.encode()) <= LARGEST
    assert "://" not in page and " src=" not in page
    assert page.count("</script>") == 2


@every_level
def test_a_notebook_shows_it_in_a_frame(name):
    shown = level(name, FOLDER)
    bundle = shown._repr_mimebundle_()
    assert bundle["text/html"].startswith("<iframe title=")
    assert len(bundle["text/html"].encode()) <= LARGEST
    assert recorded(name)["goal"] in bundle["text/plain"] == repr(shown)


def test_the_document_in_the_frame_is_the_one_that_was_made():
    found = framed(recorded("lose-an-update"))
    [document] = re.findall(r"srcdoc='([^']*)'", found)
    assert fragment(recorded("lose-an-update")) in html.unescape(document)


def test_a_level_to_be_defended_says_what_breaks_the_others():
    name = next(name for name in NAMES if recorded(name)["kind"] == DEFEND)
    page = without_scripts(fragment(recorded(name)))
    assert "No order breaks this one" in page and "This breaks" in page
