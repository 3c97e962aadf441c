"""Gradescope: a `results.json` for each student, as its autograder specification lists it.

    gradescope-autograders.readthedocs.io, "Autograder Specifications", "Output format"

`status` there is passed or failed. A check that is inconclusive or not gradable has neither: its
text begins with the word, and Gradescope colours it by its points. There is no leaderboard.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workerlab.grading.batch.folder import file_name
from workerlab.grading.gradebooks.common import (
    Done,
    LabMarks,
    Marks,
    exact,
    json_bytes,
    known,
    student_text,
    write,
)
from workerlab.grading.result import FAILED, PASSED, CheckResult

WORDS = {
    "inconclusive": "Inconclusive: no points and no blame.",
    "not_gradable": "Not gradable: no points, and your instructor is told.",
}


def export(marks: list[Marks], out: Path) -> Done:
    """Write OUT/NAME/results.json for every student whose points are known."""
    done = Done()
    for one in known(marks, done):
        path = out / file_name(one.student) / "results.json"
        done.paths.append(write(path, json_bytes(results(one))))
    return done


def results(marks: Marks, output: str = "") -> dict[str, Any]:
    """The results of a student; `output` is shown above the tests."""
    lines = [f"{line.title}: {line.points:g}" for lab in marks.labs for line in lab.lines]
    output = "\n".join(filter(None, [output, *lines]))
    return {
        "score": max(float(marks.score), 0.0),
        "execution_time": marks.seconds,
        "output": output,
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"max_score": float(marks.most)},
        "tests": [
            _test(lab, check, f"{place}.{number}")
            for place, lab in enumerate(marks.labs, 1)
            for number, check in enumerate(lab.tests, 1)
        ],
    }


def _test(lab: LabMarks, check: CheckResult, number: str) -> dict[str, Any]:
    text = "\n".join(filter(None, [WORDS.get(check.status, ""), student_text(check)]))
    status = {"status": check.status} if check.status in (PASSED, FAILED) else {}
    return {
        "score": float(exact(check.points)),
        "max_score": float(exact(check.max_points)),
        **status,
        "name": f"{lab.name}: {check.title}",
        "name_format": "text",
        "number": number,
        "output": text,
        "output_format": "text",
        "tags": [lab.name, check.id],
        "visibility": "visible",
        "extra_data": {"check": check.id, "status": check.status},
    }
