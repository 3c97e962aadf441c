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
from dataclasses import asdict
from pathlib import Path

from workerlab.draw.words import clean
from workerlab.errors import BadUsage
from workerlab.grading.batch.book import Book, Row
from workerlab.grading.batch.by_hand import LATE
from workerlab.grading.batch.hidden import for_student
from workerlab.grading.batch.isolation import isolation_in_words
from workerlab.grading.batch.lesson import lesson
from workerlab.grading.batch.summary import LESSON, summary
from workerlab.grading.page.html import page
from workerlab.grading.result import PASSED, LabResult, Report

MARKS, SUMMARY = "grades.csv", "index.html"
PAGES, RESULTS = "students", "results"
SUMMARY_EVERY_S = 1.0
LONGEST_NAME = 80  # characters of a file's name
_PLAIN = re.compile(r"\w[\w .,@+()'-]*(?<![ .])")
NOT_YET, REFUSED, BY_HAND = "not graded yet", "refused", "by hand"


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
        whole = Report(clean(row.source), book.seed, labs, handed_in=asdict(row.handed_in))
        whole.write(self.out / RESULTS / f"{name}.json")
        shown = [for_student(lab, book.seed) for lab in labs]
        how = isolation_in_words((check for lab in labs for check in lab.checks), book.isolation)
        about = [row.by_hand.state, *row.handed_in.notes, *row.handed_in.doubts]
        said = "; ".join(filter(None, [f"graded {how}", *about]))
        text = page(Report(clean(student), 0, shown), graded=said)
        replace(self.out / PAGES / f"{name}.html", text)

    def remove(self, student: str) -> None:
        """Take away the files of a student who has no row any more."""
        name = file_name(student)
        for path in (self.out / RESULTS / f"{name}.json", self.out / PAGES / f"{name}.html"):
            with suppress(OSError):
                path.unlink(missing_ok=True)

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
        replace(self.out / LESSON, lesson(self.book))
        self._summary_at = time.monotonic()


def marks(book: Book) -> str:
    """A line for each student: points by lab, total, most, status and a note; what was handed in.

    A lab that could not be graded has no number, and neither has a total that it would be in.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    about = ["taken", "found", "package", "name", "email", "submitted"]
    table.writerow(["student", *book.plan, "total", "max", "status", "note", *about])
    for student, row in sorted(book.rows.items()):
        known = [book.points(row, lab) for lab in book.plan]
        graded = ["" if one is None else f"{one:g}" for one in known]
        status, note = outcome(book, row)
        note = "; ".join(filter(None, [note, *_whose_too(row)]))
        total = f"{book.score(row):g}" if all(graded) else ""
        end = [total, f"{book.max_score:g}", status, note, *_handed_in(row)]
        table.writerow([harmless(student), *graded, *map(harmless, end)])
    return text.getvalue()


def _whose_too(row: Row) -> list[str]:
    """Further students whose submission it is, as set by hand, and why."""
    return [f"also {name}'s, by hand: {why}" for name, why in row.by_hand.members.items()]


def _handed_in(row: Row) -> list[str]:
    """Where each file came from, all that was found, and whose it is: a cell for each of `about`."""
    what = row.handed_in
    taken = [source for parts in what.taken.values() for source in parts.values()]
    people = [
        ", ".join(filter(None, (one[key] for one in what.people))) for key in ("name", "email")
    ]
    return [", ".join(taken), ", ".join(what.found), what.package, *people, row.submitted]


def outcome(book: Book, row: Row) -> tuple[str, str]:
    """A row's status in a word, and what to know about it beside its points."""
    if row.by_hand.state:
        return row.by_hand.state, row.by_hand.because
    why = {lab: row.why_not(lab) for lab in book.plan if row.why_not(lab)}
    if why:
        text = row.refused or "; ".join(f"{lab}: {text}" for lab, text in why.items())
        return REFUSED, text
    if not row.ended(book.plan):
        return NOT_YET, ""
    labs = [book.lab_of(row, lab) for lab in book.plan]
    report = Report(row.student, book.seed, labs)
    status = {0: PASSED, 1: "failed", 2: "not gradable", 3: "inconclusive"}[report.exit_status]
    totals = [given.because for (_, check), given in row.by_hand.points.items() if not check]
    if totals:
        return BY_HAND, "; ".join(totals)
    first = next((f"{id_}: {why}" for lab in labs for id_, why in unclear(lab)), "")
    changed = [
        f"{check.id}: {check.message.partition('; before: ')[0]}, {check.by_hand}"
        if check.by_hand
        else f"{check.title}: {check.points:g}"
        for lab in labs
        for check in lab.checks
        if check.by_hand or check.id == LATE
    ]
    said = [first, *changed, *row.handed_in.doubts, *row.handed_in.notes]
    return status, "; ".join(filter(None, said))


def unclear(lab: LabResult) -> list[tuple[str, str]]:
    """The checks that came to no verdict, and why."""
    found = [check for check in lab.checks if check.status not in ("passed", "failed")]
    return [(check.id, check.message.partition("\n")[0]) for check in found]


def harmless(text: str) -> str:
    """Text for a cell of a table: one line, and never a formula where a spreadsheet opens it."""
    text = clean(text, 500)
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
