"""One check of a graded class has changed: how long is a regrade, and does anything else change?

    python benchmarks/regrade.py [--submissions 200] [--checks CHECK …]

Grades a class of known answers of lab 08, and then runs one check after the other again, each as an
instructor would (`workerlab regrade --check`). A regrade may take a quarter of the full time. Where
nothing changed for a student, each of their files must be the same to the byte. Writes
benchmarks/regrade.json.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from classroom import LAB, grade, hand_in
from made import write

from workerlab.grading.batch.folder import PAGES, RESULTS, file_name
from workerlab.grading.batch.journal import read

MOST = 0.25  # of the time of the full run
CHECKS = ("no_lost_update", "every_answer_fits_one_order", "survives_a_killed_worker")
JOBS = 2


def regrade(out: Path, check: str) -> float:
    """Run a check of a class again; the seconds. Raises CalledProcessError."""
    command = [sys.executable, "-m", "workerlab", "regrade", str(out), "--check", check]
    command += ["--because", f"{check} has changed", "--yes", "--jobs", str(JOBS)]
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def files_of(out: Path, student: str) -> str:
    """A digest of all files of a student."""
    name = file_name(student)
    files = (out / PAGES / f"{name}.html", out / RESULTS / f"{name}.json")
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def statuses(out: Path) -> dict[str, list[tuple[str, str, float, str]]]:
    """What was found of each student: check, status, points and message."""
    book = read(out)
    return {
        student: [
            (one.id, one.status, one.points, one.message) for one in book.lab_of(row, LAB).checks
        ]
        for student, row in book.rows.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--checks", nargs="+", default=CHECKS)
    asked = parser.parse_args()
    rows, touched = [], []
    with tempfile.TemporaryDirectory(prefix="regrade-") as name:
        out = Path(name, "marks")
        hand_in(Path(name, "handed-in"), asked.submissions)
        whole, _, isolation = grade(Path(name, "handed-in"), out, JOBS)
        print(f"{asked.submissions} submissions in {whole:.0f} s")
        for check in asked.checks:
            before, found = {s: files_of(out, s) for s in read(out).rows}, statuses(out)
            seconds = regrade(out, check)
            after = statuses(out)
            same = [student for student in before if found[student] == after[student]]
            touched += [f"{check}: {s}" for s in same if files_of(out, s) != before[s]]
            changed = len(before) - len(same)
            rows.append(
                {
                    "check": check,
                    "seconds": round(seconds, 1),
                    "share": round(seconds / whole, 3),
                    "changed": changed,
                }
            )
            print(f"{check}: {seconds:.0f} s, {seconds / whole:.0%}; {changed} results changed")
    slow = [row["check"] for row in rows if row["share"] > MOST]
    result = {
        "submissions": asked.submissions,
        "jobs": JOBS,
        "cores": len(os.sched_getaffinity(0)),
        "isolation": isolation,
        "seconds": round(whole, 1),
        "most": MOST,
        "checks": rows,
        "touched_without_a_change": touched,
        "holds": not slow and not touched,
    }
    print(f"wrote {write('regrade.json', result).name}; too slow: {', '.join(slow) or 'none'}")
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
