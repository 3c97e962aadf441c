"""A class whose grader is killed (`kill -9`) again and again; counts what is lost or done twice.

    python benchmarks/crashes.py [--submissions 50] [--kills 100] [--later 40] [--seed 1]

The class is a small lab in a repository of its own. Each check says in a file of its own that it
has begun, so that repeated work is counted without the journal. After so many kills the class is
graded to its end and compared with one that was not interrupted; when a class is through before
that, the next one begins. Writes benchmarks/crashes.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crashes_later import crash_later
from made import write

from workerlab.grading.batch.book import Book
from workerlab.grading.batch.folder import MARKS, PAGES, RESULTS
from workerlab.grading.batch.journal import JOURNAL, read
from workerlab.grading.result import Report

LAB = "lab90_tiny"
CHECKS = 3
JOBS = 2
MARK = "WORKERLAB_CRASH_ROUND"  # in the environment of every process of a class
GONE_WITHIN_S = 15.0
TOML = f'name = "{LAB}"\ntitle = "Tiny"\nedits = ["app.py"]\nworkers = 1\npoints = 3\n'
APP = '''# {student}
async def app(scope, receive, send):
    """{words}"""
    if scope["type"] == "http":
        await send({{"type": "http.response.start", "status": 200, "headers": []}})
        await send({{"type": "http.response.body", "body": b"hello"}})
'''
TESTS = """
import os

import httpx

from workerlab.grading import check

THREE = ("one?", "two", "three")


def begun(submission, name):
    text = (submission / "app.py").read_text()
    file = os.open({begun!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{{text.split()[1]}} {{name}}\\n".encode())
    os.close(file)
    return text


@check("starts", title="It starts", points=1, quick=True, hints=THREE)
def test_starts(submission, launch):
    begun(submission, "starts")
    with launch() as server:
        assert httpx.get(server.url).text == "hello"


@check("says_one", title="It says one", points=1, quick=True, hints=THREE)
def test_says_one(submission):
    assert "one" in begun(submission, "says_one"), "it does not say one"


@check("says_two", title="It says two", points=1, quick=True, hints=THREE)
def test_says_two(submission):
    assert "two" in begun(submission, "says_two"), "it does not say two"
"""


@dataclass
class Found:
    """What so many kills did to classes.

    busy       how many of the kills met a grader that had begun at least one check
    repeated   for each kill, how many checks its grader ran that had begun before
    """

    kills: int = 0
    busy: int = 0
    classes: int = 0
    repeated: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Class:
    """A small lab in a repository of its own, and a class that handed it in."""

    def __init__(self, place: Path, submissions: int) -> None:
        self.place, self.mark = place, secrets.token_hex(8)
        self.home, self.handed_in, self.temporary = (
            place / name for name in ("home", "handed-in", "tmp")
        )
        for folder in (self.home / "labs" / LAB, self.home / "tests" / "labs", self.temporary):
            folder.mkdir(parents=True)
        (self.home / "labs" / LAB / "lab.toml").write_text(TOML)
        self.seen = place / "seen"
        self.seen.mkdir()
        self.begun = self.seen / "begun"
        self.tests = self.home / "tests" / "labs" / f"test_{LAB}.py"
        self.tests.write_text(TESTS.format(begun=str(self.begun)))
        for number in range(submissions):
            folder = self.handed_in / f"s{number:02}" / LAB
            folder.mkdir(parents=True)
            words = ("nothing", "one", "two", "one two")[number % 4]
            (folder / "app.py").write_text(APP.format(student=folder.parent.name, words=words))

    def start(self, out: Path) -> subprocess.Popen:
        """Begin or go on grading into `out`."""
        words = ["grade", str(self.handed_in), "--out", str(out), "--lab", LAB]
        return self.run(*words, "--jobs", str(JOBS), "--seed", "1")

    def run(self, *words: str) -> subprocess.Popen:
        """Begin a command."""
        command = [sys.executable, "-m", "workerlab", *words]
        env = {
            **os.environ,
            "WORKERLAB_HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "WORKERLAB_CELL_FOLDER": str(self.seen),
            MARK: self.mark,
        }
        log = open(self.place / "log", "ab")  # noqa: SIM115 (the process has it)
        with log:
            return subprocess.Popen(command, env=env, stdout=log, stderr=log)

    def whole(self, out: Path) -> list[str]:
        """Grade to the end; what went wrong with that."""
        status = self.start(out).wait()
        return [f"exit status {status}: {(self.place / 'log').read_text()[-500:]}"] * bool(status)

    def begun_lines(self) -> list[str]:
        return self.begun.read_text().splitlines() if self.begun.exists() else []

    def left(self) -> list[str]:
        """What is still there, after waiting for it to go."""
        until = time.monotonic() + GONE_WITHIN_S
        while (left := [*self._left()]) and time.monotonic() < until:
            time.sleep(0.05)
        return left

    def _left(self) -> Iterator[str]:
        line = f"{MARK}={self.mark}".encode()
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if line in path.read_bytes().split(b"\0"):
                    yield f"process {path.parent.name}"
            except OSError:  # it ended, or is not ours
                continue
        yield from (f"file {path.name}" for path in self.temporary.iterdir())


def crash(group: Class, submissions: int, kills: int, seed: int, tell=lambda line: None) -> Found:
    """Kill graders of classes until there were so many kills; says all that is wrong."""
    dice, found, place = random.Random(seed), Found(), group.place
    began = time.monotonic()
    found.wrong += group.whole(place / "uninterrupted")
    longest = 2 + 3 * (time.monotonic() - began) / submissions  # seconds until a kill, at most
    while found.kills < kills and not found.wrong:
        out = place / f"killed-{found.classes}"
        _one_class(group, out, kills, longest, dice, found, tell)
        if not found.wrong:
            found.wrong += _compared(out, place / "uninterrupted", submissions)
        found.classes += 1
    found.wrong += group.left()
    return found


def _one_class(group: Class, out: Path, kills: int, longest: float, dice, found, tell) -> None:
    """One class to its end, its graders killed while there are kills left."""
    group.begun.unlink(missing_ok=True)
    again = number = 0
    while not found.wrong:
        grader = group.start(out)
        wait = dice.uniform(0, longest) if found.kills < kills else None
        try:
            status = grader.wait(wait)
        except subprocess.TimeoutExpired:
            grader.kill()
            grader.wait()
            found.kills += 1
        else:
            if status:
                found.wrong.append(f"a grader failed: {(group.place / 'log').read_text()[-500:]}")
            return
        found.wrong += [f"left after a kill: {line}" for line in group.left()]
        begun = group.begun_lines()
        found.busy += len(begun) > number
        before, again, number = again, len(begun) - len(set(begun)), len(begun)
        found.repeated.append(again - before)
        if again - before > CHECKS:
            found.wrong.append(f"{again - before} checks were run again after one kill")
        tell(f"kill {found.kills}: {len(set(begun))} checks begun, {again - before} of them again")


def _compared(out: Path, whole: Path, submissions: int) -> Iterator[str]:
    """What differs from the class that was not interrupted."""
    if (out / MARKS).read_bytes() != (whole / MARKS).read_bytes():
        yield "the marks differ"
    book, expected = read(out), read(whole)
    if len(book.rows) != submissions or not book.complete:
        yield f"{len(book.rows)} rows of {submissions}, complete: {book.complete}"
    for student, row in expected.rows.items():
        if _checks(book, student) != _checks(expected, student):
            yield f"{student} differs"
        if not (out / PAGES / f"{student}.html").is_file():
            yield f"{student} has no page"
        if Report.read(out / RESULTS / f"{student}.json").labs[0].score != row.score:
            yield f"the result file of {student} differs"
    entries = [json.loads(line) for line in (out / JOURNAL).read_text().splitlines() if line]
    told = Counter(
        (entry["kind"], entry["student"], entry.get("result", {}).get("id"))
        for entry in entries
        if entry["kind"] != "class"
    )
    yield from (
        f"{what} is {number} times in the journal" for what, number in told.items() if number > 1
    )


def _checks(book: Book, student: str) -> list[tuple]:
    found = book.lab_of(book.rows[student], LAB).checks if student in book.rows else []
    return [(check.id, check.status, check.points, check.message) for check in found]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--submissions", type=int, default=50)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--later", type=int, default=40, help="kills of regrades and exports")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()

    def tell(line: str) -> None:
        print(line, flush=True)

    with tempfile.TemporaryDirectory(prefix="crashes-") as place:
        group = Class(Path(place), options.submissions)
        found = crash(group, options.submissions, options.kills, options.seed, tell)
        later = crash_later(group, options.later, options.seed, tell)
    result = {
        "what": f"kill -9 of the grader of {options.submissions} submissions, {JOBS} at a time",
        "seed": options.seed,
        "kills": found.kills,
        "kills_after_a_check_had_begun": found.busy,
        "classes": found.classes,
        "checks_of_a_submission": CHECKS,
        "most_checks_repeated_by_a_kill": max(found.repeated, default=0),
        "checks_repeated": sum(found.repeated),
        "later": {"kills": later.kills, "of": later.of, "wrong": later.wrong},
        "wrong": found.wrong,
        "holds": not found.wrong
        and not later.wrong
        and found.kills >= options.kills
        and 2 * found.busy > found.kills,
        "duration_s": round(time.monotonic() - began),
    }
    print(write("crashes.json", result).read_text(encoding="utf-8"))
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
