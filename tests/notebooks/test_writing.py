"""Each cell to write in can be solved, is not solved as it is found, and says so when it is run."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
from chapters import CHAPTERS, NOTEBOOKS, read, tags
from further import mostly_further

from workerlab.notebook.writing.cell import UNCHANGED, write
from workerlab.notebook.writing.exercise import Exercise, load
from workerlab.notebook.writing.merged import merged
from workerlab.notebook.writing.trying import _place, try_out

EXERCISES = sorted(file.stem for file in (NOTEBOOKS / "exercises").glob("*.toml"))
FIRST = "03"  # the chapter from which on there are cells to write in
PATIENCE_S = 60.0
LEAST, LONGEST = 3, 14  # cells of a chapter; lines of a cell
QUICK = ("how-many-orders", "redis-one-step", "two-reads-first")  # one of each kind


def exercise(name: str) -> Exercise:
    return load(name, NOTEBOOKS / "exercises")


def written(path) -> dict[str, str]:
    """The cells to write in of a chapter: name -> what stands in it."""
    found = {}
    for cell in read(path).cells:
        if "write" in tags(cell):
            first, _, rest = cell.source.partition("\n")
            found[re.fullmatch(r"%%write ([a-z-]+)", first)[1]] = rest
    return found


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_has_cells_to_write_in_as_their_files_say(path):
    found = written(path)
    known = {name for name in EXERCISES if exercise(name).chapter == path.stem[:2]}
    assert found.keys() == known
    assert len(found) >= LEAST or path.stem[:2] < FIRST
    for name, cell in found.items():
        assert cell.strip() == exercise(name).start.strip(), name
        assert len(cell.strip().splitlines()) <= LONGEST, name


@pytest.mark.parametrize("name", mostly_further(EXERCISES, lambda name: name in QUICK))
def test_its_answer_passes_and_what_the_reader_finds_does_not(name, monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    asked = exercise(name)
    assert not asked.is_unchanged(asked.answer)
    patient = asked
    if asked.kind == "search":  # it ends with the first loss, however busy the machine is
        patient = replace(asked, how=asked.how | {"seconds": PATIENCE_S})
    found, right = try_out(patient, asked.start), try_out(asked, asked.answer)
    assert right.done, right.message
    assert not found.done
    if asked.kind == "search":
        assert found.verdict is not None and found.verdict.status == "failed", found.message


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("database", "commit-before-the-response"),
        ("orders", "counted-before-the-response"),
    ],
)
def test_the_mended_shop_is_what_the_answers_make_of_it(module, name):
    apps, asked = NOTEBOOKS / "apps", exercise(name)
    found = (apps / f"shop/{module}.py").read_text(encoding="utf-8")
    mended = (apps / f"mended/{module}.py").read_text(encoding="utf-8")
    assert definitions(merged(found, asked.answer)) == definitions(mended)


def definitions(code: str) -> list[str]:
    """What a module defines, without its docstring and its imports."""
    ignored = ast.Expr | ast.Import | ast.ImportFrom
    return [ast.unparse(node) for node in ast.parse(code).body if not isinstance(node, ignored)]


def test_a_cell_that_is_not_changed_says_what_to_do_and_runs_nothing(monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    asked = exercise("redis-one-step")
    said = write("redis-one-step", asked.start + "\n# a comment changes nothing\n")
    assert repr(said) == UNCHANGED
    assert "incr" not in repr(said) and "<summary>One answer</summary>" in said.html


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("def increment(:\n", "line 2 of the cell is no Python"),
        ("print(1)\n", "line 2 of the cell defines nothing: print(1)"),
        ('@app.post("/increment")\nasync def increment():\n    return {}\n', "answers {"),
        ("raise = 1\n", "is no Python"),
        ("broken = 1 / 0\n", "ZeroDivisionError"),
        (
            '@app.post("/increment")\nasync def increment():\n    return {"count": store.nothing}\n',
            "answered 500, even alone (AttributeError: 'Redis' object has no attribute 'nothing'",
        ),
    ],
)
def test_what_is_wrong_with_a_cell_is_said_in_plain_words(cell, words, monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    said = repr(write("redis-one-step", cell))
    assert said.startswith("Not yet.") and words in said, said
    assert "Traceback" not in said


def test_each_try_has_names_and_a_state_server_of_its_own(monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    asked = exercise("one-message")
    asked = replace(asked, how=asked.how | {"names": ["STATE_NAME"]})
    with _place(asked) as (app, first), _place(asked) as (_, second):
        assert app.with_name("state_server.py").is_file()
        for setting in ("STATE_NAME", "STATE_SERVER", "STATE_KEY"):
            assert first["env"][setting] != second["env"][setting]
        sockets = [Path(each["env"]["STATE_SERVER"]) for each in (first, second)]
        assert all(socket.is_socket() for socket in sockets)
        assert all(len(each["services"]) == 1 for each in (first, second))
    assert not any(socket.exists() for socket in sockets)


def test_an_invariant_is_looked_for_beside_the_exercises(monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    asked = exercise("the-last-one")
    asked = replace(asked, how=asked.how | {"invariants": ["promises.py:nobody_gets_it"]})
    assert "no function nobody_gets_it in promises.py" in try_out(asked, asked.answer).message


def test_an_exercise_that_is_not_there_is_said_with_those_that_are(monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    assert "one of these: " in repr(write("../secrets", "x = 1"))


@pytest.mark.parametrize("cell", ["", "AAAA", "C", "42"])
def test_a_schedule_that_cannot_be_followed_is_not_found(cell, monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    assert repr(write("two-reads-first", cell)).startswith("Not yet. ")


def test_a_loss_is_shown_on_the_reader_s_own_lines(monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    cell = exercise("redis-one-step").start.replace("count + 1)", "count + 1 + 0)")
    said = write("redis-one-step", cell)
    assert 'store.set("count", count + 1 + 0)' in repr(said)
    assert "One increment was lost" in repr(said) and "wl-no" in said.html


def test_a_model_that_knows_one_kind_of_app_judges_a_search_too(monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    cell = exercise("count-do-not-store").start.replace("60 - len", "0 + 60 - len")
    said = repr(write("count-do-not-store", cell))
    assert said.startswith("Not yet.") and "where only free 58, sold 2" in said, said
