"""A figure that a text quotes was measured on no older day than the code it speaks of.

A day is the unit: the code and its measurement may be committed together, in either order. The
test runs at night (`make verify`), since a measurement takes longer than a change of the code.
"""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINE = ("src/workerlab/stepping/worker", "src/workerlab/stepping/gates.py")
GRADER = ("src/workerlab/grading/batch", "src/workerlab/grading/check_lab.py")
RECORDED = ("many_threads", "three_endpoints", "two_interpreters")
QUOTED = [  # the text, the result that it quotes, what makes it anew, the code that it speaks of
    ("README.md", "benchmarks/pythons.json", "make pythons", ENGINE),
    ("INSTRUCTORS.md", "benchmarks/classroom.json", "make classroom", GRADER),
    ("INSTRUCTORS.md", "benchmarks/crashes.json", "make crashes", GRADER),
    ("INSTRUCTORS.md", "benchmarks/anchors/results.json", "make anchors", GRADER),
    (
        "docs/design/internals.md",
        "benchmarks/values.json",
        "make values",
        (*ENGINE, "src/workerlab/stepping/searching/shown_values.py", "benchmarks/witness"),
    ),
    (
        "site/pages/ten-minutes.md",
        "benchmarks/compare.json",
        "make compare",
        (*ENGINE, "benchmarks/beside/cases.py", "benchmarks/beside/questions"),
    ),
    (
        "notebooks/13-choosing.ipynb",
        "notebooks/data/table.json",
        "make table",
        ("benchmarks/fixes.py",),
    ),
    (
        "notebooks/16-threads-tasks-processes.ipynb",
        "notebooks/data/free_threads.json",
        "make freethreads",
        tuple(f"notebooks/apps/{app}.py" for app in RECORDED),
    ),
]


def last_change(*paths: str) -> date | None:
    """The day on which one of these was changed last; None in a copy without its history."""
    shallow = _git("rev-parse", "--is-shallow-repository")
    if shallow != "false":
        return None
    return date.fromisoformat(_git("log", "-1", "--format=%cs", "--", *paths))


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip()


def is_old(measured: date, changed: date) -> bool:
    return measured < changed


def test_a_figure_of_yesterday_is_old_once_its_code_is_changed() -> None:
    assert is_old(date(2026, 11, 27), date(2026, 11, 28))
    assert not is_old(date(2026, 11, 28), date(2026, 11, 28))


@pytest.mark.parametrize(("text", "result", "again", "code"), QUOTED)
def test_what_is_quoted_and_what_it_speaks_of_are_there(
    text: str, result: str, again: str, code: tuple[str, ...]
) -> None:
    assert all((ROOT / path).exists() for path in (text, result, *code))
    assert f"\n{again.removeprefix('make ')}: " in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.nightly
@pytest.mark.parametrize(("text", "result", "again", "code"), QUOTED)
def test_it_is_no_older_than_its_code(
    text: str, result: str, again: str, code: tuple[str, ...]
) -> None:
    changed = last_change(*code)
    if changed is None:
        return  # a copy without history cannot be asked
    made = json.loads((ROOT / result).read_text(encoding="utf-8"))["made"]
    measured = date.fromisoformat(made["day"])
    assert not is_old(measured, changed), (
        f"{text} quotes {result} of {measured}, and {', '.join(code)} changed on {changed}; "
        f"help: `{again}`"
    )
