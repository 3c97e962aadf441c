"""The content of a class's journal: its checks, and a row for each student."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from workerlab.grading.batch.by_hand import UNDO, ByHand, Late, late_policy, over_the_checks
from workerlab.grading.result import NOT_GRADABLE, CheckResult, LabResult


@dataclass(frozen=True)
class Planned:
    """A check as it was when the class was graded, for rows without a result of it.

    content   what it does, as a digest (see `check_content`); "" in the journal of an older workerlab
    """

    id: str
    title: str
    max_points: float
    content: str = ""


@dataclass
class HandedIn:
    """What was found of a student, and what of it is graded.

    package    the names of what was handed in, in the class's folder
    platform   the learning platform that packed it, or ""
    people     whose it is, as the platform says: {"name", "email", "id"}, several of a group
    submitted  the platform's time, as in ISO 8601, or ""
    late       whether the platform marked it as late
    section    the part of the class that it lay in, or ""
    found      the paths of its files (the first of many)
    taken      for each lab that is graded, where each file that it asks for came from
    refusals   for each lab that is not graded: why
    notes      what was done to find and take all that
    doubts     what an instructor should look at, though it is graded
    """

    package: str = ""
    platform: str = ""
    people: list[dict[str, str]] = field(default_factory=list)
    submitted: str = ""
    late: bool = False
    section: str = ""
    found: list[str] = field(default_factory=list)
    taken: dict[str, dict[str, str]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


@dataclass
class Row:
    """One student's results so far.

    student    the name of the folder or zip, without `.zip`; of a platform's, its name and number
    source     where the submission lies
    digest     SHA-256 of what was taken of it, or "" when nothing was
    refused    why nothing of it could be graded ("" when it could)
    handed_in  what was found, and what was taken
    done       the labs that are graded to their end
    """

    student: str
    source: str
    digest: str = ""
    refused: str = ""
    handed_in: HandedIn = field(default_factory=HandedIn)
    by_hand: ByHand = field(default_factory=ByHand)
    labs: dict[str, LabResult] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def why_not(self, lab: str) -> str:
        """Why this lab has no points, though it was handed in; "" when it has."""
        if (lab, "") in self.by_hand.points:
            return ""
        return self.by_hand.state or self.refused or self.handed_in.refusals.get(lab, "")

    def ended(self, labs: Iterable[str]) -> bool:
        """Whether there is an outcome for each of these labs."""
        given = {lab for lab, check in self.by_hand.points if not check}
        return all(lab in self.done | given or self.why_not(lab) for lab in labs)

    @property
    def submitted(self) -> str:
        """When it was handed in, as ISO 8601, or ""."""
        return self.by_hand.submitted or self.handed_in.submitted

    @property
    def score(self) -> float:
        """The points as they were graded; `Book.score` has them as they count."""
        return round(sum(lab.score for lab in self.labs.values()), 2)


@dataclass
class Book:
    """The content of a journal: the checks of each lab, and a row for each student, as handed in.

    map   the lines of the last `--map`: they hold until another is given
    late  what handing in late costs
    """

    seed: int = 1
    isolation: str = ""
    plan: dict[str, list[Planned]] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    map: list[dict[str, Any]] = field(default_factory=list)
    late: Late | None = None

    @property
    def max_score(self) -> float:
        return round(sum(check.max_points for lab in self.plan.values() for check in lab), 2)

    @property
    def complete(self) -> bool:
        """Whether every row has an outcome for every lab."""
        return all(row.ended(self.plan) for row in self.rows.values())

    def lab_of(self, row: Row, lab: str) -> LabResult:
        """A student's result in a lab as it counts, with a line for every check, also for those not run."""
        planned = self.plan[lab]
        graded = row.labs.get(lab, LabResult(lab))
        known = {check.id: check for check in graded.checks}
        why = row.why_not(lab) or "not graded yet"
        checks = [
            known.get(one.id)
            or CheckResult(one.id, one.title, NOT_GRADABLE, 0.0, one.max_points, why)
            for one in planned
        ]
        maximum = round(sum(one.max_points for one in planned), 2)
        counted = list(over_the_checks(lab, checks, row.by_hand, self.late, row.submitted))
        return LabResult(lab, counted, maximum, graded.duration_s)

    def points(self, row: Row, lab: str) -> float | None:
        """A student's points in a lab as they count; None where there are none, or none yet."""
        has = row.ended([lab]) and not row.why_not(lab)
        return self.lab_of(row, lab).score if has else None

    def days_late(self, row: Row) -> int:
        """How late a submission was, in begun units of the policy; 0 without one."""
        return self.late.late(row.submitted) if self.late else 0

    def score(self, row: Row) -> float:
        """A student's points in all labs, as they count."""
        return round(sum(self.lab_of(row, lab).score for lab in self.plan), 2)

    def take(self, entry: dict[str, Any]) -> None:
        """Take one line of the journal in. A kind that is unknown is left alone."""
        match kind := entry.pop("kind", None):
            case "class":
                self.seed, self.isolation = entry["seed"], entry["isolation"]
                for lab, checks in entry["plan"].items():
                    self.plan[lab] = [Planned(**check) for check in checks]
            case "submission":
                row = Row(**{**entry, "handed_in": HandedIn(**entry.get("handed_in", {}))})
                known = self.rows.get(row.student)
                if known and (known.digest, known.refused) == (row.digest, row.refused):
                    known.source, known.handed_in = row.source, row.handed_in
                else:
                    row.by_hand = known.by_hand.of_a_new_submission() if known else row.by_hand
                    self.rows[row.student] = row
            case "check":
                row = self.rows[entry["student"]]
                lab = row.labs.setdefault(entry["lab"], LabResult(entry["lab"]))
                result = CheckResult(**entry["result"])
                if all(check.id != result.id for check in lab.checks):
                    lab.checks.append(result)
            case "done":
                row = self.rows[entry["student"]]
                row.done.add(entry["lab"])
                lab = row.labs.setdefault(entry["lab"], LabResult(entry["lab"]))
                lab.duration_s = entry["duration_s"]
            case _:
                self._take_later(kind, entry)

    def _take_later(self, kind: object, entry: dict[str, Any]) -> None:
        """Take in what a person has said after the grading, or for it."""
        match kind:
            case "map":
                self.map = entry["lines"]
            case "gone":  # the map says that this is no submission, or another student's
                self.rows.pop(entry["student"], None)
            case "mark":
                row = self.rows[entry["student"]]
                if entry["what"] == UNDO:
                    row.by_hand = ByHand()
                else:
                    row.by_hand.take(entry)
            case "late":
                policy = entry["policy"]
                self.late = late_policy(policy, entry["due"]) if policy else None
            case "regrade":
                self._take_regrade(entry)

    def _take_regrade(self, entry: dict[str, Any]) -> None:
        """The checks are others from here on, and these results count instead of earlier ones."""
        for lab, checks in entry["plan"].items():
            self.plan[lab] = [Planned(**check) for check in checks]
        for student, labs in entry["results"].items():
            for lab, results in labs.items():
                checks = [CheckResult(**result) for result in results]
                self.rows[student].labs[lab].checks = checks
