"""Feedback: the students' pages as a zip for each section, and a table for a mail merge.

    feedback/SECTION.zip   NAME.html of each student; where Moodle packed the submissions, in the
                           folder that it takes back by "Upload multiple feedback files in a zip"
    feedback/messages.csv  a row for each student: email, name, subject, message, page

A page is what a student may see; so is a message. A withdrawn submission has neither.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from workerlab.draw.words import clean
from workerlab.errors import BadUsage
from workerlab.grading.batch.book import Book, Row
from workerlab.grading.batch.by_hand import EXCUSED, WITHDRAWN
from workerlab.grading.batch.folder import PAGES, file_name
from workerlab.grading.batch.hidden import for_student
from workerlab.grading.gradebooks.common import Done, exact, plain, write
from workerlab.grading.gradebooks.sheet import as_text
from workerlab.grading.result import FAILED, LabResult

HEADER = ("email", "name", "subject", "message", "page")
WHOLE = "class"  # the name of the zip where a class has no sections
DAY = (1980, 1, 1, 0, 0, 0)  # of every file in a zip: the same class gives the same bytes
LONGEST = 400  # characters of a check's message


def export(folder: Path, book: Book, labs: list[str], out: Path) -> Done:
    """Write the zips and the messages of the class in `folder` below `out`.

    Raises BadUsage when a student's page is missing, or a place cannot be written.
    """
    rows = [row for _, row in sorted(book.rows.items()) if row.by_hand.state != WITHDRAWN]
    sections: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        sections[row.handed_in.section or WHOLE].append(row)
    done = Done()
    for section, members in sorted(sections.items()):
        path = out / f"{file_name(section)}.zip"
        done.paths.append(write(path, _packed(folder, members)))
    messages = [line for row in rows for line in _messages(book, row, labs)]
    done.paths.append(write(out / "messages.csv", _table(messages)))
    without = sum(not line[0] for line in messages)
    if without:
        done.notes.append(f"{without} of {len(messages)} messages have no e-mail address")
    return done


def _packed(folder: Path, rows: list[Row]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for row in rows:
            name = f"{file_name(row.student)}.html"
            entry = zipfile.ZipInfo(_place(row) + name, DAY)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, _page(folder / PAGES / name))
    return data.getvalue()


def _page(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        advice = "run `workerlab grade` with the same --out again: it writes what is missing"
        raise BadUsage(f"cannot read {path}: {error.strerror}", advice) from error


def _place(row: Row) -> str:
    """The folder by which Moodle knows a student, or ""."""
    package = Path(row.handed_in.package).name
    moodle = row.handed_in.platform == "moodle" and "_assignsubmission_" in package
    return f"{package.partition('_assignsubmission_')[0]}_assignsubmission_file/" if moodle else ""


def _messages(book: Book, row: Row, labs: list[str]) -> Iterator[tuple[str, ...]]:
    """A line for each student of a submission."""
    page = f"{file_name(row.student)}.html"
    people: list[Mapping[str, str]] = [*row.handed_in.people] or [{}]
    people += [{"name": name} for name in row.by_hand.members]
    for person in people:
        name = clean(person.get("name") or row.student)
        text = "\n\n".join([f"Hello {name},", *_said(book, row, labs), f"The details: {page}"])
        yield person.get("email", ""), name, f"Your result in {', '.join(labs)}", text, page


def _said(book: Book, row: Row, labs: list[str]) -> Iterator[str]:
    for name in labs:
        why = row.why_not(name)
        if why == EXCUSED:
            yield f"{name}: you are excused."
        elif why:
            yield f"{name}: it could not be graded. {clean(why)}. Please write to your instructor."
        else:
            yield _about(for_student(book.lab_of(row, name), book.seed))


def _about(lab: LabResult) -> str:
    score = sum((exact(check.points) for check in lab.checks), exact(0.0))
    begin = f"{lab.lab}: {plain(score)} of {plain(exact(lab.max_score))} points."
    failed = [check for check in lab.checks if check.status == FAILED]
    if not failed:
        return begin
    first = clean(failed[0].message.strip().partition("\n")[0])[:LONGEST]
    more = f" {len(failed) - 1} more failed; correct this one first." if len(failed) > 1 else ""
    return f"{begin} What failed first: {failed[0].title}. {first}{more}"


def _table(lines: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows([*map(as_text, line)] for line in lines)
    return text.getvalue().encode("utf-8", "surrogateescape")
