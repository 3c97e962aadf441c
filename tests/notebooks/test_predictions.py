"""A prediction is one: nothing tells before the choice, and each answer is what some model says."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from chapters import CHAPTERS, ROOT, predictions, situations, tags
from chapters import read as read_anew

from workerlab.misconceptions import CATALOGUE, Misconception, Situation, World, options, when
from workerlab.notebook.predicting import MOST

read = cache(read_anew)
MUTANTS = ROOT / "tests/mutants"
FOLDED = re.compile(r"(?:#.*\n\n)?<details class=\"wl-why\"><summary>Why</summary>\n\n")
PREDICTIONS = [
    pytest.param(path, at, id=f"{path.stem[:2]}-{read(path).cells[at].id}")
    for path in CHAPTERS
    for at in predictions(read(path))
]
every_prediction = pytest.mark.parametrize(("path", "at"), PREDICTIONS)
every_model = pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.name)


@cache
def tree_of(path: Path, at: int) -> ast.Module:
    return ast.parse(read(path).cells[at].source)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_all_predictions_of_a_chapter_have_this_form(path):
    cells = read(path).cells
    assert [at for at, cell in enumerate(cells) if "predict" in tags(cell)] == predictions(
        read(path)
    )


@every_prediction
def test_what_runs_before_it_is_silent(path, at):
    """From the question on, no cell shows what came out, and none asserts it."""
    cells = read(path).cells
    runs = next(place for place in range(at - 1, 0, -1) if cells[place].cell_type == "markdown")
    for cell in cells[runs + 1 : at]:
        tree = ast.parse(cell.source)
        shown = [node for node in tree.body if isinstance(node, ast.Expr)]
        assert not [node for node in tree.body if isinstance(node, ast.Assert)], cell.id
        assert all(isinstance(node.value, ast.Call | ast.Await) for node in shown), cell.id
        assert "print(" not in cell.source, cell.id


@every_prediction
def test_its_cell_asks_and_tells_nothing(path, at):
    tree = tree_of(path, at)
    last = tree.body[-1]
    assert isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
    assert ast.unparse(last.value.func) == "predict"
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    assert "#" not in read(path).cells[at].source, "a comment hints"
    question, _, outcome = last.value.args[:3]
    assert isinstance(question, ast.Constant) and str(question.value).endswith("?")
    assert not isinstance(outcome, ast.Constant), "the outcome comes from the run"


@every_prediction
def test_what_explains_it_is_folded(path, at):
    explains = read(path).cells[at + 1]
    assert explains.cell_type == "markdown" and FOLDED.match(explains.source), explains.id


@every_prediction
def test_its_answers_tell_models_apart(path, at):
    (asked,) = situations(tree_of(path, at))
    found = options(asked, CATALOGUE)
    assert 2 <= len(found) <= MOST
    assert found[0].models == () and all(option.models for option in found[1:])


@cache
def asked() -> list[Situation]:
    """What all chapters ask about."""
    return [
        one
        for path, at in (case.values for case in PREDICTIONS)
        for one in situations(tree_of(path, at))
    ]


@every_model
def test_a_model_is_refuted_somewhere(model: Misconception):
    assert any(one.answer(model.world) != one.answer(World()) for one in asked())


def test_every_situation_is_asked_about_somewhere():
    assert sorted({one.name for one in asked()}) == sorted(when.__all__)


@every_model
def test_a_model_names_wrong_answers_that_exist_and_a_run_that_loses(model: Misconception):
    assert len(set(model.mutants)) == 2
    for mutant in model.mutants:
        assert (MUTANTS / mutant).is_dir(), mutant
        assert not mutant.partition("/")[2].startswith("right_")
    assert len(model.schedule) >= 2
    assert model.question.endswith("?")
    assert model.says.endswith(".") and model.help.endswith(".")


def test_the_catalogue_has_no_name_twice():
    assert len({model.name for model in CATALOGUE}) == len(CATALOGUE)
    assert len({(model.rule, str(model.instead)) for model in CATALOGUE}) == len(CATALOGUE)
