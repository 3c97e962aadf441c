"""Do the groups of a class by fault hold together? Asked of all known wrong answers.

    workerlab verify-labs --full --anew --results build/results
    python benchmarks/faults.py build/results [--page build/faults]

Takes the results of all mutants as one class. A group is pure as far as its members have the same
fault: the check that names it (`dies_by` in tests/mutants). Leave-one-out: each mutant in turn is
taken out of its group, and is right where most of the others there have its fault. With --page it
writes the class's summary, to look at. Writes benchmarks/faults.json.
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
from workerlab.grading.batch.faults import Group, groups_of
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


def purity(groups: list[Group], faults: dict[str, str]) -> float:
    """How many are in a group in which most have their fault: 0 to 1."""
    pure = sum(
        Counter(faults[student] for student in group.students).most_common(1)[0][1]
        for group in groups
    )
    return pure / sum(len(group.students) for group in groups)


def left_out(groups: list[Group], faults: dict[str, str]) -> tuple[int, list[str], int]:
    """Leave-one-out: how many are right, who is wrong, and how many are alone in their group."""
    right, wrong, alone = 0, [], 0
    for group in groups:
        for student in group.students:
            others = Counter(faults[one] for one in group.students if one != student)
            if not others:
                alone += 1
            elif others.most_common(1)[0][0] == faults[student]:
                right += 1
            else:
                named = others.most_common(1)[0][0]
                wrong.append(f"{student}: {faults[student]}, beside {named}")
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
    book, faults = class_of(found), {name: fault for name, fault, _ in found}
    groups = groups_of(book)
    right, wrong, alone = left_out(groups, faults)
    result = {
        "mutants": len(found),
        "groups": len(groups),
        "purity": round(purity(groups, faults), 3),
        "least": LEAST,
        "left_out": {"right": right, "wrong": wrong, "alone": alone},
    }
    if asked.page:
        Folder(asked.page, book).whole()
        print(f"look at {asked.page / 'index.html'}")
    print(f"wrote {write('faults.json', result).name}")
    for name, value in result.items():
        print(f"{name}: {value}")
    return 0 if result["purity"] >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
