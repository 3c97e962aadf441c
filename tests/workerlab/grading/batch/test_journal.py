"""The journal: half a line, unknown lines, a full disk."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.grading.batch.book import Planned
from workerlab.grading.batch.journal import JOURNAL, Journal, read
from workerlab.grading.result import NOT_GRADABLE, PASSED, CheckResult

PLAN = {"lab90": [Planned("one", "One", 1.0), Planned("two", "Two", 2.0)]}


def begun(folder: Path) -> Journal:
    journal = Journal(folder)
    journal.begin(PLAN, seed=1234567890, isolation="not isolated")
    journal.submission("ada", "handed-in/ada", "abc")
    return journal


def passed(id_: str) -> CheckResult:
    return CheckResult(id_, "title", PASSED, 1.0, 1.0)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    name = "a\n\u202eb\udcff"  # a file's name may be any bytes
    with begun(tmp_path) as journal:
        journal.submission(name, "x", "d")
        journal.check(name, "lab90", passed("one"))
        journal.check("ada", "lab90", passed("one"))
        journal.done("ada", "lab90", 1.234)
    book = read(tmp_path)
    assert book == journal.book
    assert book.seed == 1234567890 and book.plan == PLAN and book.max_score == 3.0
    assert book.rows[name].score == 1.0 and book.rows["ada"].done == {"lab90"}
    assert not book.complete
    assert (tmp_path / JOURNAL).stat().st_mode & 0o777 == 0o600


def test_what_another_process_appends_is_taken_away(tmp_path: Path) -> None:
    def forge() -> None:
        result = {**asdict(passed("one")), "points": 99.0}
        entry = {"kind": "check", "student": "ada", "lab": "lab90", "result": result}
        with open(tmp_path / JOURNAL, "a") as file:
            file.write(json.dumps(entry) + "\n")

    with begun(tmp_path) as journal:
        forge()
        journal.check("ada", "lab90", passed("one"))
        forge()
    assert read(tmp_path) == journal.book and journal.book.rows["ada"].score == 1.0


@pytest.mark.parametrize("cut", [1, 2, 20, 80])
def test_half_a_line_is_ignored(tmp_path: Path, cut: int) -> None:
    with begun(tmp_path) as journal:
        journal.check("ada", "lab90", passed("one"))
        journal.check("ada", "lab90", passed("two"))
    path = tmp_path / JOURNAL
    os.truncate(path, path.stat().st_size - cut)
    before = [check.id for check in read(tmp_path).rows["ada"].labs["lab90"].checks]
    assert before == (["one", "two"] if cut == 1 else ["one"])  # cut 1 loses the line's end alone
    with Journal(tmp_path) as journal:
        journal.check("ada", "lab90", passed("two"))
    assert [check.id for check in read(tmp_path).rows["ada"].labs["lab90"].checks] == ["one", "two"]


def test_unknown_lines_are_left_alone(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        journal.write("weather", sky="blue")
    assert list(read(tmp_path).rows) == ["ada"]


def test_a_check_counts_once(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        journal.check("ada", "lab90", passed("one"))
        journal.check("ada", "lab90", passed("one"))
    assert read(tmp_path).rows["ada"].score == 1.0


def test_a_changed_submission_begins_anew(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        journal.check("ada", "lab90", passed("one"))
        journal.done("ada", "lab90", 1.0)
        journal.submission("ada", "handed-in/ada", "abc")  # the same
        assert journal.book.rows["ada"].score == 1.0
        journal.submission("ada", "handed-in/ada", "other")
    assert read(tmp_path).rows["ada"].score == 0.0 and not read(tmp_path).rows["ada"].done


def test_a_row_has_a_line_for_every_check(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        journal.check("ada", "lab90", passed("two"))
        journal.submission("eve", "eve.zip", "", "it is no .zip")
    book = read(tmp_path)
    ada, eve = (book.lab_of(book.rows[name], "lab90") for name in ("ada", "eve"))
    assert [(check.id, check.status) for check in ada.checks] == [
        ("one", NOT_GRADABLE),
        ("two", PASSED),
    ]
    assert {check.message for check in eve.checks} == {"it is no .zip"} and eve.score == 0.0


def test_a_file_that_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_text(json.dumps({"kind": "check", "student": "ada"}) + "\n")
    with pytest.raises(BadUsage, match="line 1 is not a journal's"):
        read(tmp_path)


FULL = """
import resource, signal, sys
from pathlib import Path
from workerlab.errors import BadUsage
from workerlab.grading.batch.journal import Journal
from workerlab.grading.result import CheckResult
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
with Journal(Path(sys.argv[1])) as journal:
    try:
        for number in range(1000):
            journal.check("ada", "lab90", CheckResult(f"c{number}", "x" * 50, "passed", 1.0, 1.0))
    except BadUsage as error:
        print(number, error, error.advice, sep="|")
"""


def test_a_full_disk_is_reported_and_what_is_there_stays(tmp_path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    begun(tmp_path).close()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), "2000"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    number, told, advice = done.stdout.strip().split("|")
    assert "File too large" in told and "make room" in advice, done.stderr
    kept = read(tmp_path).rows["ada"].labs["lab90"].checks
    assert [check.id for check in kept] == [f"c{n}" for n in range(int(number))]
    assert (tmp_path / JOURNAL).stat().st_size == 2000  # half a line is there
    with Journal(tmp_path) as journal:  # there is room again
        journal.check("ada", "lab90", passed("last"))
    assert read(tmp_path).rows["ada"].labs["lab90"].checks[-1].id == "last"
