"""A class of 200 that handed in lab 08: how long it takes, and whether one at a time says the same.

    python benchmarks/classroom.py [--submissions 200] [--jobs 3] [--serial 30]

The class hands in the starter, the solution and every wrong and every odd answer that is known of
the lab, over and over. Then the first ones are graded again, one at a time. Wherever the same
answer is graded, the same must be said in every check. Three wrong answers are wrong by the clock
(`BY_THE_CLOCK`): theirs must agree in the check that names the fault, and where else they differ
is written down. Writes benchmarks/classroom.json.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made import write

from workerlab.grading.authoring.pairing import answers_of, solution_of
from workerlab.grading.batch.journal import read
from workerlab.grading.manifest import find

LAB = "lab08_redis"
LIMIT_S = 1200.0
BY_THE_CLOCK = {  # what decides whether another check meets them is no schedule of ours
    "answer_before_write_in_a_task": "its task races with whatever is asked next",
    "copy_kept_by_messages": "its workers' copies are a message late",
    "lock_shorter_than_the_work": "its lock lives for 5 ms, however busy the machine is",
}
Verdicts = dict[str, dict[str, str]]  # by student: check -> status


def hand_in(place: Path, submissions: int) -> dict[str, str]:
    """Write the class; the answer that each student handed in."""
    lab = find(LAB)
    answers = [solution_of(lab), lab.folder, *(answer.folder for answer in answers_of(lab))]
    handed_in = {}
    for number in range(submissions):
        answer = answers[number % len(answers)]
        student = f"s{number:03}"
        shutil.copytree(answer, place / student / LAB, ignore=shutil.ignore_patterns("__pycache__"))
        handed_in[student] = answer.name if number % len(answers) > 1 else str(answer.parent.name)
    return handed_in


def grade(handed_in: Path, out: Path, jobs: int) -> tuple[float, Verdicts, str]:
    """Seconds, verdicts, and how it was isolated. Raises CalledProcessError."""
    command = [sys.executable, "-m", "workerlab", "grade", str(handed_in), "--out", str(out)]
    command += ["--lab", LAB, "--jobs", str(jobs), "--seed", "1"]
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    book = read(out)
    verdicts = {
        student: {check.id: check.status for check in book.lab_of(row, LAB).checks}
        for student, row in book.rows.items()
    }
    return seconds, verdicts, book.isolation


def differing(handed_in: dict[str, str], *classes: Verdicts) -> tuple[list[str], list[str]]:
    """Each check with different results for one answer: those that must agree, and the others."""
    told: dict[tuple[str, str], set[str]] = {}
    for verdicts in classes:
        for student, checks in verdicts.items():
            for check, status in checks.items():
                told.setdefault((handed_in[student], check), set()).add(status)
    named = {answer.name: answer.dies_by for answer in answers_of(find(LAB))}
    must_not, may = [], []
    for (answer, check), states in sorted(told.items()):
        if len(states) > 1:
            by_the_clock = answer in BY_THE_CLOCK and check != named[answer]
            line = f"{answer}: {check} was {' and '.join(sorted(states))}"
            (may if by_the_clock else must_not).append(line)
    return must_not, may


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--serial", type=int, default=30, help="how many are graded again, alone")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="classroom-") as name:
        place = Path(name)
        handed_in = hand_in(place / "handed-in", asked.submissions)
        seconds, together, isolation = grade(place / "handed-in", place / "together", asked.jobs)
        print(f"{asked.submissions} submissions in {seconds:.0f} s, {asked.jobs} at a time")
        for student in sorted(handed_in)[asked.serial :]:
            shutil.rmtree(place / "handed-in" / student)
        alone_s, alone, _ = grade(place / "handed-in", place / "alone", 1)
        print(f"{asked.serial} of them again in {alone_s:.0f} s, one at a time")
    different, by_the_clock = differing(handed_in, together, alone)
    for line in different:
        print(f"differs: {line}")
    for line in by_the_clock:
        print(f"differs by a clock of its own: {line}")
    result = {
        "submissions": asked.submissions,
        "answers": len(set(handed_in.values())),
        "jobs": asked.jobs,
        "cores": len(os.sched_getaffinity(0)),
        "isolation": isolation,
        "seconds": round(seconds, 1),
        "limit_s": LIMIT_S,
        "again_one_at_a_time": {"submissions": asked.serial, "seconds": round(alone_s, 1)},
        "different": different,
        "by_the_clock": BY_THE_CLOCK,
        "different_by_the_clock": by_the_clock,
    }
    target = write("classroom.json", result)
    # A few submissions have not time enough to make up for the start of the first ones.
    in_time = asked.submissions < 200 or seconds <= LIMIT_S * asked.submissions / 200
    print(f"wrote {target.name}: {'in time' if in_time else 'TOO SLOW'}, {len(different)} differ")
    return 0 if in_time and not different else 1


if __name__ == "__main__":
    sys.exit(main())
