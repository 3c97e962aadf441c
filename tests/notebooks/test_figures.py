"""Each picture is exactly what its recorded trace draws, and can be read by everyone."""

import json
import re
import sys
from xml.etree import ElementTree

import pytest
from chapters import CHAPTERS, IMAGE, NOTEBOOKS, code, prose, read

FOLDER = NOTEBOOKS / "figures"
FIGURES = sorted(FOLDER.glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def redraw(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield __import__("redraw")
    sys.modules.pop("redraw")


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_it_is_what_its_trace_draws(path, redraw):
    assert path.read_text(encoding="utf-8") == redraw.drawn(path.stem), (
        "run: python notebooks/figures/redraw.py"
    )


def test_every_trace_has_a_picture_and_every_picture_a_trace(redraw):
    traces = {path.stem for path in (FOLDER / "traces").glob("*.json")}
    assert traces == set(redraw.FIGURES) == {path.stem for path in FIGURES}


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_it_names_itself_and_follows_the_readers_theme(path):
    text = path.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title")
    assert re.search(r"prefers-color-scheme: ?dark", text)
    assert not re.search(r"<script|https?://(?!www\.w3\.org/2000/svg)", text)


def test_every_picture_is_shown_in_a_chapter():
    shown = {
        match["target"]
        for path in CHAPTERS
        for cell in prose(read(path))
        for match in IMAGE.finditer(cell.source)
    }
    assert shown == {f"figures/{path.name}" for path in FIGURES}


def test_the_lost_update_was_really_lost():
    evidence = json.loads((FOLDER / "traces/lost-update.json").read_text(encoding="utf-8"))
    assert evidence["replayed"] == 3 and evidence["placement"] == "two workers"
    assert {request["status"] for request in evidence["requests"]} == {200}


def test_a_crash_leaves_a_half_only_where_fields_are_written_one_by_one():
    trace = json.loads((FOLDER / "traces/crash-points.json").read_text(encoding="utf-8"))
    left = {app: {point["left"] for point in points} for app, points in trace.items()}
    assert left == {
        "theatre_fields": {"nothing", "a half", "all of it"},
        "theatre_constraint": {"all of it"},
    }


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_figure_that_a_chapter_draws_follows_the_readers_theme(path):
    for cell in code(read(path)):
        if "plt.subplots" in cell.source:
            assert cell.source.splitlines()[-1].startswith("draw.plot(figure, "), cell.id
