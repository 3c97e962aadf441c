"""Do the groups of a class by fault hold together? Asked of all known wrong answers.

    workerlab verify-labs --full --anew --results build/results
    python benchmarks/faults.py build/results [--page build/faults]

Takes the results of all mutants as one class. A group is pure as far as its members have the same
fault: the check that names it (`dies_by` in tests/mutants). Leave-one-out: each mutant in turn is
taken out, and put to those that are most like it; it is right where most of them have its fault. With
--page it writes the class's summary, to look at. Writes benchmarks/faults.json.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from made import write

from workerlab.grading.authoring.pairing import answers_of
from workerlab.grading.batch.book import Book, Planned, Row
from workerlab.grading.batch.faults import Fault, fault_of, groups_of, nearest
from workerlab.grading.batch.folder import Folder
from workerlab.grading.manifest import all_labs
from workerlab.grading.result import LabResult, Report

LEAST = 0.95


def mutants(results: Path) -> Iterator[tuple[str, str, LabResult]]:
    """Of each mutant with a result: its name, its fault, and the result."""
    for lab in all_labs():
        for answer in answers_of(lab):
            file = results / f"{lab.name}.mutant.{answer.name}.json"
            if answer.dies_by and file.exists():
                yield f"{lab.name} {answer.name}", answer.dies_by, Report.read(file).labs[0]


def class_of(found: list[tuple[str, str, LabResult]]) -> Book:
    """The mutants as one class that handed in a lab each."""
    book = Book(1, "known answers")
    for name, _, lab in found:
        book.plan.setdefault(
            lab.lab, [Planned(check.id, check.title, check.max_points) for check in lab.checks]
        )
        book.rows[name] = Row(name, name, digest=name, labs={lab.lab: lab}, done={lab.lab})
    return book


def purity(book: Book, faults: dict[str, str]) -> float:
    """How many are in a group in which most have their fault: 0 to 1."""
    groups = groups_of(book)
    pure = sum(
        Counter(faults[student] for student in group.students).most_common(1)[0][1]
        for group in groups
    )
    return pure / sum(len(group.students) for group in groups)


def left_out(found: list[tuple[str, str, LabResult]]) -> tuple[list[str], list[str], list[str]]:
    """Leave-one-out: the names that are put right, that are put wrong, and that nothing is like."""
    known = {name: (fault_of(lab), fault) for name, fault, lab in found}
    right, wrong, alone = [], [], []
    for name, (fault, real) in known.items():
        others: dict[Fault, Counter[str]] = {}
        for other, (like, other_real) in known.items():
            if other != name and like:
                others.setdefault(like, Counter())[other_real] += 1
        alike = nearest(fault, others) if fault else []
        votes = sum((others[one] for one in alike), Counter())
        if not votes:
            alone.append(name)
        elif votes.most_common(1)[0][0] == real:
            right.append(name)
        else:
            wrong.append(f"{name}: {real}, put to {votes.most_common(1)[0][0]}")
    return right, wrong, alone


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--page", type=Path, help="write the summary of that class there")
    asked = parser.parse_args()
    found = [*mutants(asked.results)]
    if not found:
        print(f"no results of mutants in {asked.results}")
        return 1
    book = class_of(found)
    right, wrong, alone = left_out(found)
    judged = len(right) + len(wrong)
    result = {
        "mutants": len(found),
        "groups": len(groups_of(book)),
        "purity": round(purity(book, {name: fault for name, fault, _ in found}), 3),
        "left_out": {"right": len(right), "wrong": wrong, "alone": alone},
        "left_out_right": round(len(right) / judged, 3) if judged else None,
        "least": LEAST,
    }
    if asked.page:
        Folder(asked.page, book).whole()
        print(f"look at {asked.page / 'index.html'}")
    print(f"wrote {write('faults.json', result).name}")
    for name, value in result.items():
        print(f"{name}: {value}")
    return 0 if result["purity"] >= LEAST and (result["left_out_right"] or 0) >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
