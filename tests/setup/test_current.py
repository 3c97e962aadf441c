"""`make current` notices when a claim no longer holds, and names the sentence."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).parents[2]
HERE = ROOT / "benchmarks" / "current"
SEEDED = [  # an older release, the chapter with a claim that is false of it, and words of the claim
    ("fastapi==0.117.1", "15", "after the response"),
    ("uvicorn==0.29.0", "02", ""),
    ("aiocache==0.11.1", "09", "in memory"),
]


@pytest.fixture(scope="module")
def chapter() -> ModuleType:
    return loaded("chapter")


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"current_{name}", HERE / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fails(name: str, source: str, error: str, tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    output = new_output("error", ename=error, evalue="\x1b[31mbecause\x1b[0m", traceback=[])
    return new_code_cell(source, id=name, outputs=[output], metadata={"tags": [*tags]})


def test_a_failed_cell_is_named_with_the_sentence_that_leads_to_it(chapter: ModuleType) -> None:
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Title\n\nFirst. Two workers run, and one update is *lost*:"),
            new_code_cell("fine = 1", id="fine"),
            fails("lost", "assert 0", "AssertionError"),
            fails("follows", "lost + 1", "NameError"),
            fails("meant", "1 / 0", "ZeroDivisionError", ("raises-exception",)),
        ]
    )
    assert chapter.failed(notebook) == [
        {
            "cell": "lost",
            "error": "AssertionError: because",
            "sentence": "Two workers run, and one update is *lost*:",
        }
    ]


def test_a_failed_prediction_is_named_with_its_explanation(chapter: ModuleType) -> None:
    why = (
        '<details class="wl-why"><summary>Why</summary>\n\nEach has a copy.\n\nMore.\n\n</details>'
    )
    failed = fails("predict", 'predict("How many?", options, 2)', "AssertionError")
    texts = [new_markdown_cell("Two workers run:"), failed, new_markdown_cell(why)]
    assert [one["sentence"] for one in chapter.failed(new_notebook(cells=texts))] == [
        "Each has a copy."
    ]
    (alone,) = chapter.failed(new_notebook(cells=texts[:2]))
    assert alone["sentence"] == "Two workers run:"


def test_a_name_that_nobody_has_made_is_an_error_of_its_own(chapter: ModuleType) -> None:
    notebook = new_notebook(cells=[fails("typo", "lsot", "NameError")])
    assert [one["cell"] for one in chapter.failed(notebook)] == ["typo"]


@pytest.mark.parametrize("text", ["", "# A title alone", "\n\n"])
def test_where_no_sentence_stands_none_is_named(chapter: ModuleType, text: str) -> None:
    assert chapter.last_sentence(text) == ""


def test_a_newer_ultradict_than_ours_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    run, ours = loaded("run"), loaded("environment").ultradict()
    assert run.not_the_newest(ours, ours) == []
    (one,) = run.not_the_newest(ours, "9.9")
    assert one["error"].startswith(f"PyPI has UltraDict 9.9, and third_party has {ours}:")


@pytest.mark.further
def test_a_chapter_that_runs_and_one_that_does_not(chapter: ModuleType, tmp_path: Path) -> None:
    cells = [new_markdown_cell("Python counts."), new_code_cell("assert 1 + 1 == 3", id="counts")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "wrong.ipynb")
    command = [sys.executable, str(HERE / "chapter.py"), str(tmp_path / "wrong.ipynb")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    (found,) = json.loads(done.stdout)
    assert (found["cell"], found["sentence"]) == ("counts", "Python counts.")


@pytest.mark.nightly
@pytest.mark.timeout(1200)  # it installs all packages of the course, once
@pytest.mark.parametrize(("older", "number", "words"), SEEDED)
def test_an_older_release_is_noticed(older: str, number: str, words: str) -> None:
    command = [sys.executable, str(HERE / "run.py"), "--only", number, "--with", older]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1100)
    assert done.returncode == 1 and "0 of 1 hold" in done.stdout, done.stdout + done.stderr
    assert "the text says: " in done.stdout and words in done.stdout
