"""The pages as zips, and the messages: every student's own, and nothing that is not for them."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from gradebook_class import ENDINGS, SECRET, SEED, write_class

from workerlab.errors import BadUsage
from workerlab.grading.batch.by_hand import EXCUSED, WITHDRAWN
from workerlab.grading.batch.folder import Folder
from workerlab.grading.batch.journal import Journal, read
from workerlab.grading.batch.marking import Wish, mark
from workerlab.grading.gradebooks.exporting import export

ADA = "Ada Lovelace_1234567_assignsubmission_file"
MOODLE = {"package": f"class.zip/{ADA}", "platform": "moodle", "section": "Group A"}


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """The class of all gradebooks, with pages; Ada is Moodle's, and of a section."""
    folder = write_class(tmp_path / "class")
    with Journal(folder) as journal:
        person = {"name": "Ada Lovelace", "email": "ada@example.edu", "id": "1234567"}
        row = journal.book.rows[ADA]
        handed_in = replace(row.handed_in, **MOODLE, people=[person])
        journal.submission(ADA, row.source, row.digest, row.refused, handed_in)
        pages = Folder(folder, journal.book)
        for student in journal.book.rows:
            pages.student(student)
        pages.whole()
    return folder


def messages(out: Path) -> dict[str, dict[str, str]]:
    text = (out / "messages.csv").read_bytes().decode()
    return {row["name"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        return packed.namelist()


def test_each_section_has_a_zip_and_each_student_a_message(graded: Path, tmp_path: Path) -> None:
    done = export(graded, "feedback", out=tmp_path / "out")
    assert [path.name for path in done.paths] == ["Group A.zip", "class.zip", "messages.csv"]
    assert names(tmp_path / "out" / "Group A.zip") == [f"{ADA}/{ADA}.html"], "as Moodle takes it"
    others = names(tmp_path / "out" / "class.zip")
    assert len(others) == len(ENDINGS) - 1 and all("/" not in name for name in others)
    said = messages(tmp_path / "out")
    assert len(said) == len(ENDINGS) and said["Ada Lovelace"]["email"] == "ada@example.edu"
    assert "lab08_redis: 3.25 of 3.25 points." in said["Ada Lovelace"]["message"]
    assert "What failed first: No update is lost." in said["hopperalan_55_9001_lab.py"]["message"]
    assert "could not be graded" in said["refused"]["message"]
    assert any("have no e-mail address" in note for note in done.notes)


def test_what_is_for_the_instructor_is_in_none_of_them(graded: Path, tmp_path: Path) -> None:
    export(graded, "feedback", out=tmp_path / "out")
    texts = [(tmp_path / "out" / "messages.csv").read_bytes()]
    for path in (tmp_path / "out").glob("*.zip"):
        with zipfile.ZipFile(path) as packed:
            texts += [packed.read(name) for name in packed.namelist()]
    assert len(texts) == 1 + len(ENDINGS)
    for text in texts:
        assert SECRET.encode() not in text and str(SEED).encode() not in text


def test_no_name_runs_in_a_spreadsheet(graded: Path, tmp_path: Path) -> None:
    export(graded, "feedback", out=tmp_path / "out")
    assert "'=2+5" in messages(tmp_path / "out")


def test_the_same_class_gives_the_same_bytes(graded: Path, tmp_path: Path) -> None:
    first = export(graded, "feedback", out=tmp_path / "one")
    second = export(graded, "feedback", out=tmp_path / "two")
    assert [path.read_bytes() for path in first.paths] == [
        path.read_bytes() for path in second.paths
    ]


def test_who_has_withdrawn_has_nothing_and_who_is_excused_reads_so(
    graded: Path, tmp_path: Path
) -> None:
    mark(graded, ADA, [Wish(WITHDRAWN)], "left")
    mark(graded, "=2+5", [Wish(EXCUSED)], "ill")
    export(graded, "feedback", out=tmp_path / "out")
    assert not (tmp_path / "out" / "Group A.zip").exists()
    said = messages(tmp_path / "out")
    assert "Ada Lovelace" not in said and "you are excused" in said["'=2+5"]["message"]
    assert "ill" not in said["'=2+5"]["message"].split(), "the reason is not for the student"


def test_a_missing_page_is_one_line(graded: Path, tmp_path: Path) -> None:
    student = next(iter(read(graded).rows))
    (graded / "students" / f"{student}.html").unlink()
    with pytest.raises(BadUsage, match="cannot read"):
        export(graded, "feedback", out=tmp_path / "out")
