"""The journal of a class: JSON Lines, only ever appended to, one flushed line for each check.

Everything else in the folder of a class (grades, pages, gradebooks) is made from it. A grader
that is killed leaves at most half a line at the end, which is ignored; the next one goes on.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Self

from workerlab.errors import BadUsage
from workerlab.grading.batch.book import Book, HandedIn, Planned
from workerlab.grading.result import CheckResult

SCHEMA = "workerlab/journal/v1"
JOURNAL = "journal.jsonl"


class Journal:
    """The one writer of a journal; a context manager.

    `folder` is made when it is not there. Raises BadUsage when it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            advice = "name a folder that you may write"
            raise BadUsage(f"cannot write {self.path}: {error.strerror}", advice) from error
        self.book = read(folder)
        if not _ends_with_a_line(self._file):
            os.write(self._file, b"\n")  # half a line of a killed grader ends here
        self._size = os.fstat(self._file).st_size

    def begin(self, plan: dict[str, list[Planned]], *, seed: int, isolation: str) -> None:
        """Write the plan of the class, before the first submission."""
        checks = {lab: [asdict(check) for check in planned] for lab, planned in plan.items()}
        self.write("class", schema=SCHEMA, seed=seed, isolation=isolation, plan=checks)

    def submission(
        self,
        student: str,
        source: str,
        digest: str,
        refused: str = "",
        handed_in: HandedIn | None = None,
    ) -> None:
        """What was handed in. A row keeps its results while the digest stays the same."""
        entry = {"student": student, "source": source, "digest": digest, "refused": refused}
        self.write("submission", **entry, handed_in=asdict(handed_in or HandedIn()))

    def check(self, student: str, lab: str, result: CheckResult) -> None:
        whole = asdict(result)
        # To play the classes of a whole class of students would take too much room.
        whole["classes"] = [{**found, "shown": []} for found in result.classes]
        if not result.classes:
            del whole["classes"]
        self.write("check", student=student, lab=lab, result=whole)

    def done(self, student: str, lab: str, duration_s: float) -> None:
        """A lab of a student is graded to its end."""
        self.write("done", student=student, lab=lab, duration_s=round(duration_s, 2))

    def write(self, kind: str, **entry: object) -> None:
        """Append one line, whole, and have it on the disk before going on."""
        line = json.dumps({"kind": kind, **entry}, ensure_ascii=False) + "\n"
        data = line.encode("utf-8", "surrogateescape")
        try:
            self._only_ours()
            while data:
                written = os.write(self._file, data)
                self._size += written
                data = data[written:]
            os.fsync(self._file)
        except OSError as error:
            advice = "make room; the same command goes on where it was"
            raise BadUsage(f"cannot write {self.path}: {error.strerror}", advice) from error
        self.book.take(json.loads(line))

    def _only_ours(self) -> None:
        """Remove lines that a submission may have appended, where nothing isolates it from us."""
        if os.fstat(self._file).st_size > self._size:
            os.ftruncate(self._file, self._size)

    def close(self) -> None:
        self._only_ours()
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read(folder: Path) -> Book:
    """Read the journal of a class; an empty book when there is none yet.

    Raises BadUsage when the file is there and is none.
    """
    path, book = folder / JOURNAL, Book()
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return book
    except OSError as error:
        raise BadUsage(f"cannot read {path}: {error.strerror}", "name a class's folder") from error
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line.decode("utf-8", "surrogateescape"))
        except ValueError:
            continue  # half a line, left by a grader that was killed
        try:
            book.take(entry)
        except (KeyError, TypeError, AttributeError) as error:
            advice = "name the folder that `workerlab grade --out` wrote"
            raise BadUsage(
                f"{path}, line {number} is not a journal's: {error!r}", advice
            ) from error
    return book


def _ends_with_a_line(file: int) -> bool:
    size = os.fstat(file).st_size
    return size == 0 or os.pread(file, 1, size - 1) == b"\n"
