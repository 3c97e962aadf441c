"""From what people hand in to marks: what is taken is graded, and what is refused counts nowhere."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.batch.journal import read
from workerlab.grading.batch.runner import grade_class
from workerlab.grading.gradebooks.exporting import export

LAB = "lab50_small"
CHECKS = """
from workerlab.grading import check


@check("starts", title="It starts", points=2, hints=("one?", "two", "three"))
def test_starts(submission):
    assert "app = 1" in (submission / "app.py").read_text()
"""
ROSTER = "Student,ID,Lab (1)\nAda,55,\nBob,56,3\nCy,57,4\n"


@pytest.fixture
def group(repository: Path, tmp_path: Path) -> Path:
    """A class as Canvas packs it: ada's file is called otherwise, and bob's is no answer."""
    (repository / "tests" / "labs" / f"test_{LAB}.py").write_text(CHECKS)
    folder = tmp_path / "handed-in"
    folder.mkdir()
    (folder / "ada_55_901_App.py").write_text("app = 1\n")
    (folder / "bob_56_902_report.txt").write_text("app = 1\n")
    (folder / "cy_57_903_app.py").write_text("app = 2\n")
    return folder


def marks(out: Path) -> dict[str, dict[str, str]]:
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_a_row_says_what_was_found_and_what_was_taken(group: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    grade_class(group, out, labs=[LAB])
    rows = marks(out)
    assert {name: (row[LAB], row["total"], row["status"]) for name, row in rows.items()} == {
        "ada_55": ("2", "2", "passed"),
        "bob_56": ("", "", "refused"),
        "cy_57": ("0", "0", "failed"),
    }
    assert (rows["ada_55"]["taken"], rows["ada_55"]["note"]) == ("App.py", "took App.py as app.py")
    assert (rows["bob_56"]["taken"], rows["bob_56"]["found"]) == ("", "report.txt")
    assert "found report.txt" in rows["bob_56"]["note"]
    assert rows["bob_56"]["package"] == "bob_56_902_report.txt"
    look = (out / "index.html").read_text().partition("What needs a look")[2].partition("<h2>")[0]
    assert "bob_56" in look and "found report.txt" in look and "ada_55" not in look
    assert "took App.py as app.py" in (out / "students" / "ada_55.html").read_text()
    whole = json.loads((out / "results" / "bob_56.json").read_text())
    assert whole["handed_in"]["found"] == ["report.txt"] and whole["handed_in"]["taken"] == {}


def test_what_is_refused_is_exported_nowhere_as_0(group: Path, tmp_path: Path) -> None:
    out, roster = tmp_path / "out", tmp_path / "roster.csv"
    roster.write_text(ROSTER)
    grade_class(group, out, labs=[LAB])
    done = export(out, "canvas", roster=roster)
    assert done.paths[0].read_text() == "Student,ID,Lab (1)\nAda,55,2\nBob,56,3\nCy,57,0\n"
    assert any(note.startswith("left as it was: bob_56: refused: ") for note in done.notes)
    done = export(out, "gradescope")
    assert [path.parent.name for path in done.paths] == ["ada_55", "cy_57"]
    with export(out, "csv").paths[0].open(encoding="utf-8", newline="") as file:
        points = {row["student"]: (row["points"], row["status"]) for row in csv.DictReader(file)}
    assert points == {
        "ada_55": ("2", "passed"),
        "bob_56": ("", "refused"),
        "cy_57": ("0", "failed"),
    }
    (group / "ada_55_901_App.py").unlink()
    (group / "cy_57_903_app.py").unlink()
    grade_class(group, tmp_path / "alone", labs=[LAB])
    with pytest.raises(BadUsage, match="nothing to export: left out: bob_56"):
        export(tmp_path / "alone", "gradescope")


def test_a_map_holds_until_another_is_given(group: Path, tmp_path: Path) -> None:
    out, file = tmp_path / "out", tmp_path / "map.csv"
    grade_class(group, out, labs=[LAB])
    file.write_text("package,file,student\nbob_56,report.txt,\ncy_57,,-\n")
    grade_class(group, out, settled_by=file)
    assert {name: row["total"] for name, row in marks(out).items()} == {
        "ada_55": "2",
        "bob_56": "2",
    }
    assert "as map.csv, line 2, says" in marks(out)["bob_56"]["note"]
    assert not (out / "students" / "cy_57.html").exists()
    before = (out / "journal.jsonl").read_bytes()
    grade_class(group, out)  # goes on, without naming it
    assert (out / "journal.jsonl").read_bytes() == before
    (group / "bob_56_902_report.txt").unlink()
    assert grade_class(group, out).rows["bob_56"].score == 2.0
    file.write_text("package,file\nada_55,nothing.py\n")
    with pytest.raises(BadUsage, match=r"map\.csv, line 2: there is no 'nothing.py'"):
        grade_class(group, out, settled_by=file)
    assert read(out).rows["ada_55"].score == 2.0


def test_what_is_graded_is_what_was_stored(group: Path, tmp_path: Path) -> None:
    """A file that is changed behind the journal's back is stored anew, and the marks stay."""
    out = tmp_path / "out"
    book = grade_class(group, out, labs=[LAB])
    (stored,) = (out / "submissions" / "ada_55").iterdir()
    assert stored.name == book.rows["ada_55"].digest[:16]
    assert (stored / LAB / "app.py").read_text() == "app = 1\n"
    (stored / LAB / "app.py").write_text("app = 'forged'")
    grade_class(group, out)
    assert (stored / LAB / "app.py").read_text() == "app = 1\n"
    assert [path.name for path in (out / "submissions" / "ada_55").iterdir()] == [stored.name]


def test_what_a_killed_grader_has_left_is_removed(group: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    draft = out / "submissions" / "ada_55" / ".4711.draft" / LAB
    draft.mkdir(parents=True)
    (draft / "app.py").write_text("half a fi")
    assert grade_class(group, out, labs=[LAB]).rows["ada_55"].score == 2.0
    assert len(list((out / "submissions" / "ada_55").iterdir())) == 1


def test_a_name_that_is_no_text_ends_no_class(group: Path, tmp_path: Path) -> None:
    """Linux lets a name be any bytes; a zip that was packed elsewhere often has such names."""
    odd = os.fsencode(group) + b"/dan\xff\xfe"
    os.mkdir(odd)
    (group / "ada_55_901_App.py").rename(os.fsdecode(odd + b"/app.py"))
    out = tmp_path / "out"
    grade_class(group, out, labs=[LAB])
    (row,) = [row for name, row in marks(out).items() if name.startswith("dan")]
    assert (row["total"], row["status"]) == ("2", "passed")
    (result,) = (out / "results").glob("dan*.json")
    source = json.loads(result.read_text())["handed_in"]["package"]
    assert os.fsencode(source) == b"dan\xff\xfe"
    assert list((out / "students").glob("dan*.html"))
