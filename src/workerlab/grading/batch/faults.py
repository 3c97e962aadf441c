"""What goes wrong in a class: submissions with the same fault, as one group.

A fault is told by the checks that failed, and by the kind of loss that each of them found: an
anomaly's name, or its message without values. Two submissions with the same of both are of one
group. The first of these checks names the group, since checks are listed in the order in which to
correct them; the shape of the shortest losing schedule says which member to look at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from workerlab.evidence import Evidence
from workerlab.grading.batch.book import Book
from workerlab.grading.result import FAILED, CheckResult, LabResult

__all__ = ["Fault", "Group", "fault_of", "groups_of"]

LONGEST = 80  # characters of a message that tell its kind
VALUES = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`|\{[^}]*\}|\[[^\]]*\]|\d+(?:[.,:]\d+)*")
TASK = re.compile(r"[A-Z][0-9]*$")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a submission in a lab.

    check  the first check that failed
    kind   the anomaly that its history shows; else its message without values
    shape  of the losing schedule: "A read, B read, A wrote, B wrote"; "" without one
    signs  every check that failed, and its kind
    """

    lab: str
    check: str
    kind: str
    shape: str = ""
    signs: frozenset[tuple[str, str]] = frozenset()


Member = tuple[str, Fault, CheckResult]  # a student, the fault, and the first failed check


@dataclass
class Group:
    """The submissions with one fault.

    students  their names
    others    how many more checks fail in each
    example   the result to look at: of the most frequent shape, the one with the fewest steps
    shapes    how many have which shape
    """

    lab: str
    check: str
    kind: str
    others: int = 0
    students: list[str] = field(default_factory=list)
    example: CheckResult | None = None
    shapes: Counter[str] = field(default_factory=Counter)


def fault_of(lab: LabResult) -> Fault | None:
    """The fault of a submission in a lab; None where no check has failed."""
    failed = _failed(lab)
    if not failed:
        return None
    first = failed[0]
    shape = _shape(first.evidence) if first.evidence else ""
    signs = frozenset((check.id, _kind(check)) for check in failed)
    return Fault(lab.lab, first.id, _kind(first), shape, signs)


def _failed(lab: LabResult) -> list[CheckResult]:
    return [check for check in lab.checks if check.status == FAILED]


def _kind(check: CheckResult) -> str:
    evidence = check.evidence or {}
    if anomaly := evidence.get("anomaly"):
        return str(anomaly)
    if evidence.get("crash_point") is not None:
        return "after a kill"
    first = check.message.strip().partition("\n")[0]
    return VALUES.sub("…", first)[:LONGEST].strip()


def _shape(evidence: Evidence) -> str:
    """Who read and who wrote; tasks are named anew in the order in which they come."""
    names: dict[str, str] = {}
    did: list[str] = []
    for step in evidence.get("steps", []):
        task = step.get("task", "")
        what = "wrote" if step.get("wrote") else "read" if step.get("read") else ""
        if what and TASK.match(task):
            name = names.setdefault(task, chr(ord("A") + len(names) % 26))
            did.append(f"{name} {what}")
    return ", ".join(one for one, _ in groupby(did))


def groups_of(book: Book) -> list[Group]:
    """The groups of a class, the largest first; of those who are graded and not withdrawn."""
    found: dict[tuple[str, frozenset[tuple[str, str]]], list[Member]] = {}
    for student, row in sorted(book.rows.items()):
        if row.by_hand.state:
            continue
        for lab in (book.lab_of(row, name) for name in book.plan if name in row.done):
            if fault := fault_of(lab):
                member = (student, fault, _failed(lab)[0])
                found.setdefault((fault.lab, fault.signs), []).append(member)
    groups = [_group(members) for members in found.values()]
    return sorted(groups, key=lambda group: (-len(group.students), group.lab, group.check))


def _group(members: Sequence[Member]) -> Group:
    shapes = Counter(fault.shape for _, fault, _ in members)
    usual = shapes.most_common(1)[0][0]
    examples = [result for _, fault, result in members if fault.shape == usual]
    example = min(examples, key=lambda result: len((result.evidence or {}).get("steps", [])))
    fault = members[0][1]
    students = [student for student, _, _ in members]
    others = len({check for check, _ in fault.signs}) - 1
    return Group(fault.lab, fault.check, fault.kind, others, students, example, shapes)
