"""A class for the tests of gradebooks: its journal, and no server anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workerlab.grading.batch.book import Planned
from workerlab.grading.batch.journal import Journal
from workerlab.grading.result import FAILED, INCONCLUSIVE, NOT_GRADABLE, PASSED, CheckResult

SEED = 1_987_654_321
SECRET = "CANARY-in-the-instructor-message"
PLAN = {
    "lab07_sqlite": [Planned("starts", "It starts", 0.1), Planned("kept", "All is kept", 0.2)],
    "lab08_redis": [
        Planned("starts", "It starts", 1.0),
        Planned("no_lost_update", "No update is lost", 2.25),
    ],
}
EVIDENCE = {
    "seed": SEED,
    "schedule": ["A", "B"],
    "steps": [
        {"worker": 1, "task": "A", "line": 9, "kind": "call", "source": "n = get()", "read": "0"},
        {"worker": 2, "task": "B", "line": 9, "kind": "call", "source": "n = get()", "read": "0"},
    ],
}
# Each student and how the four checks of the plan ended.
ENDINGS = {
    "Ada Lovelace_1234567_assignsubmission_file": (PASSED, PASSED, PASSED, PASSED),
    "hopperalan_55_9001_lab.py": (PASSED, PASSED, PASSED, FAILED),
    "=2+5": (PASSED, FAILED, PASSED, PASSED),
    "zoe\u0308@example.edu": (PASSED, PASSED, PASSED, INCONCLUSIVE),
    "bell\x07 <&>\n\u202eright": (PASSED, NOT_GRADABLE, FAILED, PASSED),
    "refused": (),
}


def write_class(folder: Path, endings: dict[str, tuple[str, ...]] = ENDINGS) -> Path:
    """Write the journal of a class that is graded to its end."""
    with Journal(folder) as journal:
        journal.begin(PLAN, seed=SEED, isolation="bubblewrap")
        for student, ended in endings.items():
            refused = "" if ended else "the zip holds a path that leaves it"
            journal.submission(student, f"/in/{student}", "0123456789abcdef" * 4, refused)
            for lab, result in _results(ended):
                journal.check(student, lab, result)
            for lab in PLAN if ended else ():
                journal.done(student, lab, 3.25)
    return folder


def _results(endings: tuple[str, ...]) -> Iterator[tuple[str, CheckResult]]:
    checks = [(lab, check) for lab, planned in PLAN.items() for check in planned]
    for (lab, check), status in zip(checks, endings, strict=False):
        points = check.max_points if status == PASSED else 0.0
        message = "" if status == PASSED else f"=an {status} \x00message <&>\nin two lines"
        yield (
            lab,
            CheckResult(
                check.id,
                check.title,
                status,
                points,
                check.max_points,
                message,
                f"{SECRET} {SEED}",
                {"requests": 2},
                EVIDENCE if status == FAILED else None,
            ),
        )
