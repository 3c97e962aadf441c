"""The question as a notebook, graded by nbgrader's autograde and by Otter's local run."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path

from bounded import Ran, run
from outcome import LONGEST_WORDS, Grading, Outcome, last_words

HERE = Path(__file__).parent
NOTEBOOK = HERE / "notebook"
BOUND_S = 45.0  # for one submission, where the tool has no bound of its own
CLASS_BOUND_S = 300.0

TEST = """
import threading

def many_times():
    for _ in range(25):
        increment()

threads = [threading.Thread(target=many_times) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert report() == 200, f"200 increments were answered, {report()} are counted"
""".strip()

OTTER_TEST = """
from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 1


@test_case(points=1)
def test_nothing_is_lost(increment, report):
{body}
"""


def source_for(kind: str, tool: str) -> str:
    """What a student of this kind has handed in: a forgery is one for the tool."""
    return (NOTEBOOK / (f"forged_for_{tool}.py" if kind == "forged" else f"{kind}.py")).read_text()


def _cell(source: str, kind: str = "code", **metadata: object) -> dict:
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": f"c{abs(hash(source)) % 10**8}", "source": source} | {
        "metadata": metadata,
        **code,
    }


def _notebook(cells: list[dict]) -> dict:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}


def environment(venv: Path, home: Path) -> dict[str, str]:
    """Nothing of this user's own Jupyter; the programs of `venv` first."""
    home.mkdir(parents=True, exist_ok=True)
    path = f"{venv / 'bin'}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8"}


class Nbgrader:
    """A course with one assignment: `nbgrader autograde` grades all of it, one after the other."""

    name = "nbgrader autograde"
    bound = "30 s a cell (Execute.timeout, its default)"

    def __init__(self, venv: Path, place: Path) -> None:
        self.env, self.place = environment(venv, place / "home"), place
        self.course = place / "course"
        released = self.course / "release/ps1/question.ipynb"
        source = self.course / "source/ps1/question.ipynb"
        source.parent.mkdir(parents=True)
        (self.course / "nbgrader_config.py").write_text(
            "c = get_config()\nc.CourseDirectory.course_id = 'anchors'\n"
        )
        solution = "### BEGIN SOLUTION\n" + source_for("right", "nbgrader") + "### END SOLUTION"
        cells = [
            _cell(solution, nbgrader=self._marks("increment", solution=True)),
            _cell(TEST, nbgrader=self._marks("nothing_is_lost", grade=True, points=1)),
        ]
        source.write_text(json.dumps(_notebook(cells)))
        subprocess.run(
            ["nbgrader", "generate_assignment", "ps1"],
            cwd=self.course,
            env=self.env,
            check=True,
            capture_output=True,
        )
        self.released = json.loads(released.read_text())
        self.number = 0

    @staticmethod
    def _marks(name: str, *, solution: bool = False, grade: bool = False, points: int = 0) -> dict:
        marks = {"grade": grade, "solution": solution, "locked": not solution, "task": False}
        return marks | {"grade_id": name, "schema_version": 3, "points": points}

    def grade(self, students: dict[str, str]) -> Grading:
        """Grade a class, student -> kind, in one command."""
        self.number += 1
        course = self.place / f"course-{self.number}"
        shutil.copytree(self.course, course)
        for student, kind in students.items():
            handed_in = course / f"submitted/{student}/ps1/question.ipynb"
            handed_in.parent.mkdir(parents=True)
            notebook = json.loads(json.dumps(self.released))
            notebook["cells"][0]["source"] = source_for(kind, "nbgrader")
            handed_in.write_text(json.dumps(notebook))
        command = ["nbgrader", "autograde", "ps1"]
        ran = run(command, cwd=course, env=self.env, bound_s=CLASS_BOUND_S)
        return Grading(ran, self._outcomes(course, students, ran))

    def _outcomes(self, course: Path, students: dict[str, str], ran: Ran) -> dict[str, Outcome]:
        export = ["nbgrader", "export"]
        subprocess.run(export, cwd=course, env=self.env, check=True, capture_output=True)
        with (course / "grades.csv").open(newline="") as file:
            rows = {row["student_id"]: row for row in csv.DictReader(file)}
        found = {}
        for student in students:
            graded = course / f"autograded/{student}/ps1/question.ipynb"
            score = float(rows[student]["score"]) if student in rows else None
            if graded.exists():
                found[student] = Outcome(score, 1.0, "graded", self._error(graded))
            else:
                found[student] = Outcome(score, 1.0, "failed", last_words(ran.said, "Error:"))
        return found

    @staticmethod
    def _error(graded: Path) -> str:
        """What the first cell that failed ended with."""
        cells = json.loads(graded.read_text())["cells"]
        outputs = (output for cell in cells for output in cell["outputs"])
        errors = [output for output in outputs if output["output_type"] == "error"]
        return f"{errors[0]['ename']}: {errors[0]['evalue']}"[:LONGEST_WORDS] if errors else ""


class Otter:
    """`otter run`, one command a submission; a class in one command needs its Docker images."""

    name = "otter run"
    bound = "none (otter grade has --timeout, for its containers)"

    def __init__(self, venv: Path, place: Path) -> None:
        self.env, self.place = environment(venv, place / "home"), place
        tests = place / "assignment/tests"
        tests.mkdir(parents=True)
        body = "\n".join(f"    {line}".rstrip() for line in TEST.splitlines())
        (tests / "q1.py").write_text(OTTER_TEST.format(body=body).lstrip())
        self.autograder = place / "autograder.zip"
        subprocess.run(
            ["otter", "generate", "-t", "tests", "-o", str(self.autograder)],
            cwd=tests.parent,
            env=self.env,
            check=True,
            capture_output=True,
        )
        self.number = 0

    def grade(self, students: dict[str, str]) -> Grading:
        """Grade a class, student -> kind: a command for each, one after the other."""
        rans, outcomes = [], {}
        for student, kind in students.items():
            ran, outcomes[student] = self._one(kind)
            rans.append(ran)
        status = next((ran.status for ran in rans if ran.status != 0), 0)
        left = tuple(line for ran in rans for line in ran.left)
        seconds = round(sum(ran.seconds for ran in rans), 2)
        return Grading(Ran(seconds, status, "".join(ran.said for ran in rans), left), outcomes)

    def _one(self, kind: str) -> tuple[Ran, Outcome]:
        self.number += 1
        folder = self.place / f"run-{self.number}"
        folder.mkdir()
        cells = [_cell(source_for(kind, "otter"), otter={"tests": ["q1"]})]
        (folder / "question.ipynb").write_text(json.dumps(_notebook(cells)))
        command = ["otter", "run", "question.ipynb", "-a", str(self.autograder), "--no-logo"]
        ran = run(command, cwd=folder, env=self.env, bound_s=BOUND_S)
        results = folder / "results.json"
        if not results.exists():
            words = last_words(ran.said, "Error:")
            return ran, Outcome(None, 1.0, "failed" if ran.status is not None else "endless", words)
        tests = json.loads(results.read_text())["tests"]
        scored = [test for test in tests if "score" in test]
        words = next((test.get("output", "") for test in scored if test["score"] == 0), "")
        return ran, Outcome(sum(t["score"] for t in scored), 1.0, "graded", last_words(words))
