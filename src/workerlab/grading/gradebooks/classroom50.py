"""Classroom 50: a `result.json` for each student, as `classroom50/result/v1` asks for it.

    github.com/foundation50/classroom50, schemas/result-v1.schema.json

Scores are whole numbers there, and nothing else is taken. Where a class has points with a
fraction, every number of it is written in hundredths of a point: nothing is rounded, and the
share of the whole is the same. Other fields come from the environment that its
runner sets; the runner itself overwrites `owner`, `datetime` and `graded_at`. The
time is the one in the tag of the submission, so that the same journal gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from workerlab.grading.batch.folder import file_name
from workerlab.grading.gradebooks.common import (
    Done,
    Marks,
    exact,
    json_bytes,
    known,
    student_text,
    write,
)
from workerlab.grading.result import PASSED

SCHEMA = "classroom50/result/v1"
NEEDED = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")
NOT_KNOWN = "not known"
_TAGGED = re.compile(r"submit/(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z")


def export(marks: list[Marks], out: Path, env: Mapping[str, str]) -> Done:
    """Write OUT/NAME/result.json for every student; just OUT, if it ends with .json, for one student.

    A student whose points are not known has none.

    `env` is the environment that Classroom 50's runner sets; missing values are made up
    from the class, and the notes say so.
    """
    scale, done = scale_of(marks), Done()
    alone = len(marks) == 1
    for one in known(marks, done):
        single = alone and out.suffix == ".json"
        path = out if single else out / file_name(one.student) / "result.json"
        result = result_of(one, env, scale=scale, owner=_owner(one, env, alone))
        done.paths.append(write(path, json_bytes(result)))
    if scale > 1:
        done.notes.append("Classroom 50 takes whole numbers: all are in hundredths of a point")
    if missing := [name for name in NEEDED if not env.get(name)]:
        names = ", ".join(missing)
        done.notes.append(f"{names} are not set, as Classroom 50's runner sets them: placeholders")
    return done


def scale_of(marks: list[Marks]) -> int:
    """1 when all points of a class are whole, else 100."""
    points = {
        exact(number)
        for one in marks
        for lab in one.labs
        for check in lab.checks
        for number in (check.points, check.max_points)
    }
    return 1 if all(number == number.to_integral_value() for number in points) else 100


def result_of(marks: Marks, env: Mapping[str, str], *, scale: int, owner: str) -> dict[str, Any]:
    tag = env.get("SUBMISSION_TAG") or f"submit/{marks.digest[:12] or 'unknown'}"
    commit = env.get("COMMIT_URL") or NOT_KNOWN
    return {
        "schema": SCHEMA,
        "classroom": env.get("CLASSROOM") or NOT_KNOWN,
        "assignment": env.get("ASSIGNMENT") or "+".join(lab.name for lab in marks.labs),
        "assignment_type": env.get("ASSIGNMENT_TYPE") or "individual",
        "owner": owner,
        "submission": tag,
        "commit": commit,
        "release": env.get("RELEASE_URL") or NOT_KNOWN,
        "review": env.get("REVIEW_URL") or commit,
        "datetime": _when(tag),
        "score": whole(max(marks.score, Decimal(0)), scale),
        "max-score": whole(marks.most, scale),
        "tests": [
            {
                "test-name": f"{lab.name}: {check.id}",
                "passed": check.status == PASSED,
                "score": whole(exact(check.points), scale),
                "max-score": whole(exact(check.max_points), scale),
                "title": check.title,
                "status": check.status,
                "message": student_text(check),
            }
            for lab in marks.labs
            for check in lab.tests
        ],
    }


def whole(points: Decimal, scale: int) -> int:
    return int(points * scale)


def _owner(marks: Marks, env: Mapping[str, str], alone: bool) -> str:
    """The runner's own name of the student goes before ours, when there is one student."""
    return (alone and (env.get("OWNER") or env.get("USERNAME"))) or marks.student


def _when(tag: str) -> str:
    found = _TAGGED.match(tag)
    return "{}T{}:{}:{}Z".format(*found.groups()) if found else "1970-01-01T00:00:00Z"
