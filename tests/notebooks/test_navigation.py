"""Previous, contents and next are generated, and up to date."""

import subprocess
import sys
from itertools import pairwise

import pytest
from chapters import CHAPTERS, NOTEBOOKS, ROOT, code, predictions, prose, read, tags, words
from test_run import WORKED


@pytest.fixture
def contents(monkeypatch):
    monkeypatch.syspath_prepend(str(NOTEBOOKS))
    yield __import__("contents")
    sys.modules.pop("contents")


def test_the_navigation_is_up_to_date():
    command = [sys.executable, str(NOTEBOOKS / "contents.py"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + "run: python notebooks/contents.py"


def test_each_chapter_leads_to_its_neighbours_at_both_ends():
    for before, after in pairwise(CHAPTERS):
        for end in (0, -1):
            assert f"]({after.name})" in read(before).cells[end].source
            assert f"]({before.name})" in read(after).cells[end].source


def test_the_contents_name_every_chapter():
    table = next(cell.source for cell in read(CHAPTERS[0]).cells if cell.id == "contents")
    assert [path.name for path in CHAPTERS if f"]({path.name})" not in table] == []


def test_a_chapter_takes_its_reading_its_predictions_and_a_minute_of_running(contents):
    for chapter in contents.chapters():
        text = prose(chapter.notebook) + code(chapter.notebook)
        text = [cell for cell in text if "task" not in tags(cell)]  # a time of the reader's own
        least = sum(words(cell.source) for cell in text) / 200
        least += len(predictions(chapter.notebook)) / 2 + 1
        assert least <= chapter.minutes <= least + 2, chapter.path.name
        shown = next(cell.source for cell in chapter.notebook.cells if cell.id == "minutes")
        assert shown.startswith(f"*{chapter.minutes} minutes")


def test_the_minute_of_running_is_what_a_chapter_may_take(contents):
    assert contents.RUNNING * 60 == WORKED


def test_the_first_page_and_the_readme_have_the_same_routes(contents):
    book = contents.chapters()
    first = next(cell.source for cell in read(CHAPTERS[0]).cells if cell.id == "routes")
    assert contents.routes(book) in first
    assert contents.routes(book, "notebooks/") in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_first_route_takes_an_hour(contents):
    one, three, eight, ten, thirteen = (
        contents.chapters()[number].minutes for number in (1, 3, 8, 10, 13)
    )
    assert one + three + max(eight, ten) + thirteen <= 60
