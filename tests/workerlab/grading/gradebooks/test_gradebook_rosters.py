"""The LMS's own file: one column is filled, and no other byte of it changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from gradebook_class import write_class

from workerlab.errors import BadUsage
from workerlab.grading.gradebooks.canvas import CANVAS
from workerlab.grading.gradebooks.exporting import export
from workerlab.grading.gradebooks.matching import match
from workerlab.grading.gradebooks.moodle import MOODLE
from workerlab.grading.gradebooks.roster import read
from workerlab.grading.result import PASSED

RECORDED = Path(__file__).parent / "recorded"
ALL = (PASSED,) * 4
KINDS = {"canvas": CANVAS, "moodle_worksheet": MOODLE, "moodle_grades": MOODLE}


def loaded(name: str):
    kind = KINDS[name]
    return read(RECORDED / f"{name}.csv", kind.name, frozenset(kind.identifying))


@pytest.mark.parametrize("name", KINDS)
def test_a_roster_that_is_not_filled_is_the_same_bytes(name: str) -> None:
    assert loaded(name).data() == (RECORDED / f"{name}.csv").read_bytes()


@pytest.mark.parametrize(
    ("name", "filled"),
    [
        (
            "canvas",
            {
                b'"likes, commas",8.00,,80': b'"likes, commas",8.00,1.3,80',
                b",,9.50,1,95": b",,9.50,3.55,95",
                b'lines",,,,': b'lines",,3.35,,',
                b'"7,5",,,\r': b'"7,5",2.35,,\r',
            },
        ),
        (
            "moodle_worksheet",
            {
                b'grading - ",,3.55,Yes,"Mon': b'grading - ",3.55,3.55,Yes,"Mon',
                b',"1.00",3.55': b",1.3,3.55",
                b'two@example.edu,"Submitted for grading - ",,': b"two@example.edu,"
                b'"Submitted for grading - ",3.35,',
                "zoë@example.edu,".encode() + b'"Submitted for grading - ",,': (
                    "zoë@example.edu,".encode() + b'"Submitted for grading - ",1.3,'
                ),
                b"right" + b'","Submitted for grading - ",,': b"right"
                b'","Submitted for grading - ",2.35,',
            },
        ),
    ],
)
def test_only_the_cells_of_one_column_change(
    graded: Path, tmp_path: Path, name: str, filled: dict[bytes, bytes]
) -> None:
    file = RECORDED / f"{name}.csv"
    expected = file.read_bytes()
    for before, after in filled.items():
        assert expected.count(before) == 1
        expected = expected.replace(before, after)
    to, column = name.partition("_")[0], "Labs" if name == "canvas" else None
    done = export(graded, to, roster=file, column=column, out=tmp_path / "filled.csv")
    assert done.paths[0].read_bytes() == expected


def test_an_export_of_moodles_gradebook_is_filled_by_its_full_names(tmp_path: Path) -> None:
    students = {"Ada Lovelace_999_assignsubmission_file": ALL, "hopperalan_55_9001_lab.py": ALL}
    folder = write_class(tmp_path / "class", students)
    done = export(folder, "moodle", roster=RECORDED / "moodle_grades.csv", out=tmp_path / "f.csv")
    lines = done.paths[0].read_bytes().split(b"\r\n")
    assert lines[1] == b'Ada,Lovelace,1815,"","",ada@example.edu,3.55,-,1780320000'


@pytest.mark.parametrize(
    "student",
    [
        "56",
        "s56",
        "Lovelace, Ada",
        "Ada Lovelace",
        "lovelaceada_56_7_lab08",
        "lovelaceada_LATE_56_7_lab_08.v2",
    ],
)
def test_what_identifies_a_student_in_canvas(student: str) -> None:
    assert match([student], loaded("canvas"), CANVAS.identifying).rows == {student: 4}


@pytest.mark.parametrize(
    "student",
    [
        "Participant 1234567",
        "ada@example.edu",
        "Ada Lovelace",
        "Ada Lovelace_1234567_assignsubmission_file",
        "Ada Lovelace_1234567_assignsubmission_file_",
        "Group 1-Ada Lovelace_1234567_assignsubmission_file",
    ],
)
def test_what_identifies_a_student_in_moodle(student: str) -> None:
    assert match([student], loaded("moodle_worksheet"), MOODLE.identifying).rows == {student: 1}


@pytest.mark.parametrize("student", ["Ada", "lovelace", "5", "ada lovelace", "x_56", ""])
def test_no_student_is_matched_by_a_guess(student: str) -> None:
    assert not match([student], loaded("canvas"), CANVAS.identifying).rows


def test_two_submissions_for_one_row_are_both_reported(tmp_path: Path) -> None:
    matched = match(["55", "Alan Hopper", "56"], loaded("canvas"), CANVAS.identifying)
    assert matched.rows == {"56": 4}
    assert matched.problems == {
        "55": "fits row 4, and so does Alan Hopper",
        "Alan Hopper": "fits row 4, and so does 55",
    }


def test_a_name_that_two_rows_have_is_reported(tmp_path: Path) -> None:
    text = (RECORDED / "canvas.csv").read_text().replace("Idle, Eric", "Lovelace, Ada")
    (tmp_path / "roster.csv").write_text(text)
    roster = read(tmp_path / "roster.csv", "Canvas", frozenset(CANVAS.identifying))
    problems = match(["Ada Lovelace"], roster, CANVAS.identifying).problems
    assert problems == {"Ada Lovelace": "fits more than one row: 5, 10"}


def test_all_that_are_unmatched_are_in_one_error(tmp_path: Path) -> None:
    students = [f"stranger-{number:02}" for number in range(70)]
    folder = write_class(tmp_path / "class", dict.fromkeys([*students, "56"], ALL))
    out = tmp_path / "filled.csv"
    wish = {"roster": RECORDED / "canvas.csv", "column": "Labs", "out": out}
    with pytest.raises(BadUsage, match="70 not matched") as error:
        export(folder, "canvas", **wish)
    assert all(student in error.value.details for student in students)
    assert len(error.value.details.splitlines()) <= 20  # as many as an error shows
    assert "--allow-unmatched" in error.value.advice and not out.exists()
    done = export(folder, "canvas", **wish, allow_unmatched=True)
    assert sum("fits no row" in note for note in done.notes) == 70
    assert b",9.50,3.55,95" in out.read_bytes()


def test_an_excused_student_stays_so_and_is_reported(graded: Path, tmp_path: Path) -> None:
    wish = {"roster": RECORDED / "canvas.csv", "column": "Labs"}
    done = export(graded, "canvas", **wish, out=tmp_path / "f.csv")
    assert any("excused in Canvas" in note for note in done.notes)


def test_a_grade_that_moodle_has_locked_stays(graded: Path, tmp_path: Path) -> None:
    text = (RECORDED / "moodle_worksheet.csv").read_bytes()
    locked = text.replace(b'"1.00",3.55,Yes', b'"1.00",3.55,No')
    (tmp_path / "roster.csv").write_bytes(locked)
    done = export(graded, "moodle", roster=tmp_path / "roster.csv", out=tmp_path / "f.csv")
    assert b'"1.00",3.55,No' in done.paths[0].read_bytes() != locked
    assert any("cannot be changed" in note for note in done.notes)


def test_another_maximum_is_reported(graded: Path, tmp_path: Path) -> None:
    text = (RECORDED / "moodle_worksheet.csv").read_bytes().replace(b",3.55,Yes", b",3.00,Yes")
    (tmp_path / "roster.csv").write_bytes(text)
    done = export(graded, "moodle", roster=tmp_path / "roster.csv", out=tmp_path / "f.csv")
    assert any("3.00" in note and "above its maximum" in note for note in done.notes)


@pytest.mark.parametrize(
    ("column", "header", "told"),
    [
        ("Labs", "Labs (4711)", ""),
        ("Labs (4711)", "Labs (4711)", ""),
        (None, "lab08_redis (1)", ""),
        (None, "Other (1)", "not clear what to fill"),
        ("Section", "Labs (4711)", "no column to fill is called 'Section'"),
    ],
)
def test_which_column_is_filled(tmp_path: Path, column, header: str, told: str) -> None:
    text = (RECORDED / "canvas.csv").read_bytes().decode()
    (tmp_path / "roster.csv").write_bytes(text.replace("Labs (4711)", header).encode())
    wish = {"roster": tmp_path / "roster.csv", "column": column, "out": tmp_path / "f.csv"}
    folder = write_class(tmp_path / "class", {"56": ALL})
    if not told:
        assert repr(header) in export(folder, "canvas", **wish).notes[-1]
        return
    with pytest.raises(BadUsage, match=told) as error:
        export(folder, "canvas", **wish)
    assert header in error.value.advice


def test_semicolons_and_no_mark_and_bytes_that_are_no_utf8_stay(tmp_path: Path) -> None:
    text = 'Student;ID;SIS Login ID;Section;"Labs (1)"\nM\xfcller, J;7;x;"a;b";"1,5"'
    (tmp_path / "roster.csv").write_bytes(text.encode("latin-1"))
    folder = write_class(tmp_path / "class", {"7": ALL})
    export(folder, "canvas", roster=tmp_path / "roster.csv", out=tmp_path / "f.csv")
    assert (tmp_path / "f.csv").read_bytes() == text.encode("latin-1").replace(b'"1,5"', b"3.55")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "none of these columns"),
        ("a,b\n1,2\n", "none of these columns"),
        ('Student,ID,Labs (1)\n"never ends,7,\n', "none of these columns"),
        ("Student,ID,Labs (1)\nx,7\n", "row 2 has no cell for 'Labs \\(1\\)'"),
    ],
)
def test_a_file_that_is_no_roster_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "roster.csv").write_text(text)
    folder = write_class(tmp_path / "class", {"7": ALL})
    with pytest.raises(BadUsage, match=told):
        export(folder, "canvas", roster=tmp_path / "roster.csv", out=tmp_path / "f.csv")


def test_the_roster_itself_is_never_overwritten(graded: Path, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_bytes((RECORDED / "canvas.csv").read_bytes())
    with pytest.raises(BadUsage, match="would be overwritten"):
        export(graded, "canvas", roster=tmp_path / "roster.csv", out=tmp_path / "roster.csv")
