"""The same question as a server of two workers, and lab 08 whole; graded by `workerlab grade`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from bounded import run
from outcome import Grading, Outcome

from notebooks import CLASS_BOUND_S
from workerlab.grading.batch.book import Book
from workerlab.grading.batch.journal import read

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ONE = "lab91_one_question"
WHOLE = "lab08_redis"
TOML = """name = "{lab}"
title = "Nothing is lost"
edits = ["app.py"]
services = ["redis"]
workers = 2
points = 1
"""
TESTS = '''
"""The one question: 8 clients count 25 times each, and nothing is lost."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from workerlab.grading import check


@check("nothing_is_lost", title="Nothing is lost", points=1, hints=("one?", "two", "three"))
def test_nothing_is_lost(launch):
    with launch() as server:

        def count(_):
            with httpx.Client(base_url=server.url) as client:
                for _ in range(25):
                    assert client.post("/increment").status_code == 200

        with ThreadPoolExecutor(8) as clients:
            list(clients.map(count, range(8)))
        counted = httpx.get(f"{server.url}/report").json()["count"]
        assert counted == 200, f"200 increments were answered, {counted} are counted"
'''
SOURCES = {
    "right": [ROOT / "solutions" / WHOLE / "app.py"],
    "wrong": [ROOT / "labs" / WHOLE / "app.py"],
    "exits": [HERE / "app/exits.py"],
    "loops": [HERE / "app/loops.py"],
    "forged": [HERE / "app/forged.py", HERE / "app/conftest.py"],
}


class Workerlab:
    """`workerlab grade` of a class, in one command."""

    def __init__(self, lab: str, place: Path) -> None:
        self.lab, self.place = lab, place
        self.name = f"workerlab grade, {'one question' if lab == ONE else 'lab 08'}"
        self.bound = "120 s a submission (--budget, its default)"
        self.isolation = ""
        self.number = 0
        temporary = place / "tmp"
        temporary.mkdir(parents=True)
        self.env = {**os.environ, "TMPDIR": str(temporary)}
        if lab == ONE:
            home = place / "home"
            (home / "labs" / lab).mkdir(parents=True)
            (home / "tests/labs").mkdir(parents=True)
            (home / "labs" / lab / "lab.toml").write_text(TOML.format(lab=lab))
            shutil.copyfile(SOURCES["wrong"][0], home / "labs" / lab / "app.py")
            (home / "tests/labs" / f"test_{lab}.py").write_text(TESTS.lstrip())
            self.env["WORKERLAB_HOME"] = str(home)

    def grade(self, students: dict[str, str]) -> Grading:
        """Grade a class, student -> kind, in one command."""
        self.number += 1
        handed_in, out = (self.place / f"{name}-{self.number}" for name in ("class", "marks"))
        for student, kind in students.items():
            folder = handed_in / student / self.lab
            folder.mkdir(parents=True)
            app, *beside = SOURCES[kind]
            shutil.copyfile(app, folder / "app.py")
            for file in beside:
                shutil.copyfile(file, folder / file.name)
        command = [sys.executable, "-m", "workerlab", "grade", str(handed_in), "--out", str(out)]
        command += ["--lab", self.lab]
        ran = run(command, cwd=self.place, env=self.env, bound_s=CLASS_BOUND_S)
        book = read(out)
        self.isolation = book.isolation
        return Grading(ran, {student: self._outcome(book, student) for student in students})

    def _outcome(self, book: Book, student: str) -> Outcome:
        row = book.rows.get(student)
        if row is None:
            return Outcome(None, book.max_score, "failed")
        checks = book.lab_of(row, self.lab).checks
        lost = [check for check in checks if check.points < check.max_points]
        status = " and ".join(sorted({check.status for check in checks}))
        words = next((check.message.splitlines()[0][:200] for check in lost if check.message), "")
        return Outcome(row.score, book.max_score, status, words)
