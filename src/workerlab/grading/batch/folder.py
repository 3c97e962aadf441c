"""The files of a class that are made from its journal: marks, a page a student, the summary.

Each is replaced whole, so a reader sees the old one or the new one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import time
import unicodedata
from contextlib import suppress
from pathlib import Path

from workerlab.draw.words import clean
from workerlab.errors import BadUsage
from workerlab.grading.batch.hidden import for_student
from workerlab.grading.batch.isolation import isolation_in_words
from workerlab.grading.batch.journal import Book, Row
from workerlab.grading.batch.summary import summary
from workerlab.grading.page.html import page
from workerlab.grading.result import PASSED, LabResult, Report

MARKS, SUMMARY = "grades.csv", "index.html"
PAGES, RESULTS = "students", "results"
SUMMARY_EVERY_S = 1.0
LONGEST_NAME = 80  # characters of a file's name
_PLAIN = re.compile(r"\w[\w .,@+()'-]*(?<![ .])")
NOT_YET = "not graded yet"


def file_name(student: str) -> str:
    """A student's name as the name of a file: unchanged when it is plain, else cleaned + hash.

    >>> file_name("ada.lovelace"), file_name("../x")
    ('ada.lovelace', 'x~4d6a6bca')
    """
    plain = _PLAIN.fullmatch(student) and len(student) <= LONGEST_NAME
    if plain and unicodedata.is_normalized("NFC", student):
        return student
    hash_ = hashlib.sha256(student.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    rest = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", student), flags=re.ASCII)
    return f"{rest.strip('._-')[:40]}~{hash_}"


class Folder:
    """The files in `out`; raises BadUsage when one cannot be written."""

    def __init__(self, out: Path, book: Book) -> None:
        self.out, self.book = out, book
        self._summary_at = -SUMMARY_EVERY_S
        for name in (PAGES, RESULTS):
            _made(out / name)

    def student(self, student: str) -> None:
        """The student's page, and the instructor's result file."""
        book, row, name = self.book, self.book.rows[student], file_name(student)
        labs = [book.lab_of(row, lab) for lab in book.plan]
        whole = Report(clean(row.source), book.seed, labs)
        whole.write(self.out / RESULTS / f"{name}.json")
        shown = [for_student(lab, book.seed) for lab in labs]
        how = isolation_in_words((check for lab in labs for check in lab.checks), book.isolation)
        text = page(Report(clean(student), 0, shown), graded=f"graded {how}")
        replace(self.out / PAGES / f"{name}.html", text)

    def marks(self) -> None:
        """The table of marks, and about once a second the summary."""
        replace(self.out / MARKS, marks(self.book))
        if time.monotonic() - self._summary_at >= SUMMARY_EVERY_S:
            self._write_summary()

    def whole(self) -> None:
        """Both, now."""
        replace(self.out / MARKS, marks(self.book))
        self._write_summary()

    def _write_summary(self) -> None:
        replace(self.out / SUMMARY, summary(self.book, file_name))
        self._summary_at = time.monotonic()


def marks(book: Book) -> str:
    """A line for each student: points by lab, total, most, status and a note."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["student", *book.plan, "total", "max", "status", "note"])
    for student, row in sorted(book.rows.items()):
        graded = [f"{row.labs[lab].score:g}" if lab in row.done else "" for lab in book.plan]
        status, note = outcome(book, row)
        total = f"{row.score:g}" if status != NOT_YET else ""
        end = [total, f"{book.max_score:g}", status, harmless(note)]
        table.writerow([harmless(student), *graded, *end])
    return text.getvalue()


def outcome(book: Book, row: Row) -> tuple[str, str]:
    """A row's status in a word, and why it is not simply passed or failed."""
    if row.refused:
        return "refused", row.refused
    if not row.done >= set(book.plan):
        return NOT_YET, ""
    labs = [book.lab_of(row, lab) for lab in book.plan]
    report = Report(row.student, book.seed, labs)
    status = {0: PASSED, 1: "failed", 2: "not gradable", 3: "inconclusive"}[report.exit_status]
    return status, next((f"{id_}: {why}" for lab in labs for id_, why in unclear(lab)), "")


def unclear(lab: LabResult) -> list[tuple[str, str]]:
    """The checks that came to no verdict, and why."""
    found = [check for check in lab.checks if check.status not in ("passed", "failed")]
    return [(check.id, check.message.partition("\n")[0]) for check in found]


def harmless(text: str) -> str:
    """Text for a cell of a table: one line, and never a formula where a spreadsheet opens it."""
    text = clean(text, 200)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def replace(path: Path, text: str) -> None:
    """Write a file whole, or leave the one that is there. Raises BadUsage."""
    draft = path.with_name(f".{os.getpid()}.draft")
    try:
        draft.write_text(text, encoding="utf-8", errors="replace")
        os.replace(draft, path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        advice = "make room, or name a folder that you may write; the same command goes on"
        raise BadUsage(f"cannot write {path}: {error.strerror}", advice) from error


def _made(folder: Path) -> None:
    """A folder without the drafts of graders that were killed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for draft in [*folder.glob(".*"), *folder.parent.glob(".*.draft")]:
            draft.unlink(missing_ok=True)
    except OSError as error:
        advice = "name a folder that you may write"
        raise BadUsage(f"cannot write {folder}: {error.strerror}", advice) from error
