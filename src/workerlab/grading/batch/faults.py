"""What goes wrong in a class: submissions with the same fault, as one group.

A fault is told by three things: the first check that failed (checks are listed in the order in
which to correct them), what kind of loss it found (an anomaly's name, or what its message says), and the
shape of the shortest losing schedule: who read and who wrote, in which order, whatever the lines
are called. Two submissions are of one group when check and kind are the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from workerlab.evidence import Evidence
from workerlab.grading.batch.book import Book
from workerlab.grading.result import FAILED, CheckResult, LabResult

__all__ = ["Fault", "Group", "fault_of", "groups_of", "nearest"]

LONGEST = 80  # characters of a message that tell its kind
VALUES = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`|\{[^}]*\}|\[[^\]]*\]|\d+(?:[.,:]\d+)*")
TASK = re.compile(r"[A-Z][0-9]*$")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a submission in a lab.

    check  the first check that failed
    kind   the anomaly that its history shows; else its message without values
    shape  of the losing schedule: "A read, B read, A wrote, B wrote"; "" without one
    """

    lab: str
    check: str
    kind: str
    shape: str = ""


@dataclass
class Group:
    """The submissions with one fault.

    students  their names
    example   the result to look at: of the most frequent shape, the one with the fewest steps
    shapes    how many have which shape
    """

    lab: str
    check: str
    kind: str
    students: list[str] = field(default_factory=list)
    example: CheckResult | None = None
    shapes: Counter[str] = field(default_factory=Counter)


def fault_of(lab: LabResult) -> Fault | None:
    """The fault of a submission in a lab; None where no check has failed."""
    failed = _first_failed(lab)
    return _fault(lab.lab, failed) if failed else None


def _first_failed(lab: LabResult) -> CheckResult | None:
    return next((check for check in lab.checks if check.status == FAILED), None)


def _fault(lab: str, check: CheckResult) -> Fault:
    return Fault(lab, check.id, _kind(check), _shape(check.evidence) if check.evidence else "")


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
    found: dict[tuple[str, str, str], list[tuple[str, CheckResult, str]]] = {}
    for student, row in sorted(book.rows.items()):
        if row.by_hand.state:
            continue
        for lab in (book.lab_of(row, name) for name in book.plan if name in row.done):
            if failed := _first_failed(lab):
                fault = _fault(lab.lab, failed)
                key = (fault.lab, fault.check, fault.kind)
                found.setdefault(key, []).append((student, failed, fault.shape))
    groups = [_group(*key, members) for key, members in found.items()]
    return sorted(groups, key=lambda group: (-len(group.students), group.lab, group.check))


def _group(
    lab: str, check: str, kind: str, members: Sequence[tuple[str, CheckResult, str]]
) -> Group:
    shapes = Counter(shape for _, _, shape in members)
    usual = shapes.most_common(1)[0][0]
    examples = [result for _, result, shape in members if shape == usual]
    example = min(examples, key=lambda result: len((result.evidence or {}).get("steps", [])))
    return Group(lab, check, kind, [student for student, _, _ in members], example, shapes)


def nearest(fault: Fault, others: Iterable[Fault]) -> list[Fault]:
    """The faults of its lab that are most like this one.

    Most like is: check, kind and shape the same; else check and kind; else the check; else
    nothing of it, and the list is empty.
    """
    known = [other for other in others if (other.lab, other.check) == (fault.lab, fault.check)]
    alike = [other for other in known if other.kind == fault.kind]
    same = [other for other in alike if other.shape == fault.shape]
    return same or alike or known
