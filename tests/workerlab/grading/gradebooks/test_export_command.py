"""`workerlab export`, as a command: what it says, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CANVAS = Path(__file__).parent / "recorded" / "canvas.csv"


def run(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "workerlab", "export", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_it_says_where_the_gradebook_is_and_what_to_know(graded: Path) -> None:
    done = run(graded, "--to", "canvas", "--roster", CANVAS, "--column", "Labs")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"canvas: {graded}/gradebooks/canvas.csv\n"
    assert "4 rows filled in column 'Labs (4711)'" in done.stderr
    assert "2 students with checks inconclusive or not gradable" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--to", "csv"], "which class?"),
        (["--to", "excel"], "excel"),
        (["--to", "canvas", "--autograder", "out.zip", "--lab", "lab08"], "for Gradescope"),
        (["--to", "gradescope", "--autograder", "out.zip"], "of which lab?"),
        (["nowhere", "--to", "csv"], "no graded class"),
        ([], "--to"),
    ],
)
def test_what_is_wrong_is_one_line_and_the_fix(arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    error, advice = done.stderr.splitlines()
    assert error.startswith("error: ") and told in error
    assert advice.startswith("  help: ")


def test_every_student_without_a_row_is_named_above_the_error(graded: Path) -> None:
    (graded.parent / "roster.csv").write_text("Student,ID,Labs (1)\nnobody,1,\n")
    done = run(graded, "--to", "canvas", "--roster", graded.parent / "roster.csv")
    assert done.returncode == 2
    assert "error: 6 not matched" in done.stderr
    assert "hopperalan_55_9001_lab.py: fits no row" in done.stderr


def test_the_autograder_is_built_by_the_same_verb(tmp_path: Path) -> None:
    out = tmp_path / "lab08.zip"
    done = run("--to", "gradescope", "--autograder", out, "--lab", "lab08")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"autograder: {out}\n" and out.stat().st_size > 10_000


def test_help_teaches_with_examples() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("Examples", "--roster", "--autograder", "--allow-unmatched"):
        assert word in done.stdout
