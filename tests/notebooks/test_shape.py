"""Each chapter has the shape that makes it a pleasure to read: short, in one rhythm, clean."""

import json
import re
import statistics
from itertools import pairwise

import pytest
from chapters import (
    CHAPTERS,
    code,
    headings,
    lines,
    predictions,
    prose,
    read,
    sentences,
    tags,
    words,
)

PARTS = ["What .* still does not promise", "Try it in the lab", "Recap", "Three questions"]

pytestmark = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def test_it_takes_twenty_minutes_to_read(path):
    read_only = [cell for cell in prose(read(path)) if "task" not in tags(cell)]
    assert 900 <= sum(words(cell.source) for cell in read_only) <= 1600


def test_its_sentences_are_short(path):
    """In words. For a reader of English as a second language, as the median and at the long end."""
    found = [words(text) for cell in prose(read(path)) for text in sentences(cell.source)]
    assert statistics.median(found) <= 14
    assert statistics.quantiles(found, n=20)[-1] <= 35


def test_its_code_comes_in_small_bites(path):
    sizes = sorted(lines(cell.source) for cell in code(read(path)))
    assert 20 <= len(sizes) <= 35
    assert statistics.median(sizes) <= 2
    assert sizes[len(sizes) * 9 // 10] <= 8
    assert sizes[-1] <= 20


def test_its_outputs_are_stripped(path):
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None, cell.id


def test_its_format_is_the_one_everyone_opens(path):
    raw = json.loads(path.read_text(encoding="utf-8"))
    assert (raw["nbformat"], raw["nbformat_minor"]) == (4, 5)
    assert raw["metadata"]["kernelspec"]["name"] == "python3"


def test_its_cells_have_lasting_names(path):
    names = [cell.id for cell in read(path).cells]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", name)] == []


def test_its_headings_skip_no_level(path):
    levels = [level for level, _ in headings(read(path))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_it_ends_with_promises_lab_recap_and_three_questions(path):
    found = [text for _, text in headings(read(path))]
    places = [
        next((at for at, text in enumerate(found) if re.fullmatch(part, text)), None)
        for part in PARTS
    ]
    assert None not in places and places == sorted(places)
    questions = next(c.source for c in prose(read(path)) if "## Three questions" in c.source)
    asked, _, answers = questions.partition("<details>")
    assert len(re.findall(r"^\d\. ", asked, re.MULTILINE)) == 3
    assert len(re.findall(r"^\d\. ", answers, re.MULTILINE)) == 3


def test_it_opens_with_its_question(path):
    title = prose(read(path))[0].source
    assert re.search(r"^> \*\*The question\.\*\* .+\?", title, re.MULTILINE)


def test_it_asks_for_predictions(path):
    assert predictions(read(path)), (
        "a chapter without a prediction; test_predictions.py has the form"
    )


def test_nothing_says_that_it_fails_unless_it_is_meant_to(path):
    """A failing cell is run, never pasted."""
    for cell in prose(read(path)):
        assert "Traceback (most recent call last)" not in cell.source


def test_it_credits_by_name(path):
    people = "Dubraven|Sushi2all|alex_noname|Yagiz Degirmenci|stewit|Alex Kosh|niteris|Musuvathi"
    text = "\n".join(cell.source for cell in prose(read(path)))
    assert re.search(people, text)
