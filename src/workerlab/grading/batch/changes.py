"""What a regrade changes: who gains, who loses, and by which check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from workerlab.grading.batch.book import Book, Planned, Row
from workerlab.grading.batch.by_hand import over_the_checks
from workerlab.grading.batch.runner import Plan
from workerlab.grading.result import PASSED, CheckResult


@dataclass(frozen=True)
class Change:
    """What a regrade changes for one student in one lab.

    before, after  the points, as they count
    checks         for each check whose outcome changes: (id, before, after), in words
    results        all results of the lab, as they would be
    """

    student: str
    lab: str
    before: float
    after: float
    checks: list[tuple[str, str, str]]
    results: list[CheckResult]


@dataclass
class Regrade:
    """What a regrade has found.

    ran        by lab, the checks that ran again
    renamed    by lab, the checks of which only the title or the points are others
    gone       by lab, the checks that are no more
    changes    the students for whom something changes
    unchanged  how many students stay as they are
    changed    whether there is anything to write: a student's result, or a check
    written    whether it counts now
    """

    ran: dict[str, list[str]] = field(default_factory=dict)
    renamed: dict[str, list[str]] = field(default_factory=dict)
    gone: dict[str, list[str]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    changed: bool = False
    written: bool = False


def compared(book: Book, plan: Plan, todo: Plan, trial: Book) -> Regrade:
    """What changes when the checks in `todo` count as in `trial`, and all others as in `plan`."""
    found = Regrade()
    for lab, checks in plan.items():
        before = {one.id: one for one in book.plan[lab]}
        again = [one.id for one in todo[lab]]
        _note(found.ran, lab, again)
        _note(found.gone, lab, [id_ for id_ in before if id_ not in {one.id for one in checks}])
        others = [one for one in checks if one.id not in again and one != before.get(one.id)]
        _note(found.renamed, lab, [one.id for one in others])
    touched = set()
    for student, row in sorted(book.rows.items()):
        for lab, checks in plan.items():
            if lab not in row.labs:
                continue
            new = trial.rows[student].labs.get(lab) if student in trial.rows else None
            fresh = {check.id: check for check in new.checks} if new else {}
            old = row.labs[lab].checks
            results = list(_results(old, checks, {one.id for one in todo[lab]}, fresh))
            if results != old:
                touched.add(student)
                found.changes.append(_change(book, row, lab, old, results))
    found.changed = book.plan != plan or bool(found.changes)
    found.unchanged = len(book.rows) - len(touched)
    return found


def _note(where: dict[str, list[str]], lab: str, ids: list[str]) -> None:
    if ids:
        where[lab] = ids


def _results(
    old: list[CheckResult], checks: list[Planned], again: set[str], fresh: dict[str, CheckResult]
) -> Iterator[CheckResult]:
    """The results of a lab as they would be: what comes to the same stays as it was, to the byte."""
    known = {check.id: check for check in old}
    for check in checks:
        before, after = known.get(check.id), fresh.get(check.id)
        if check.id in again and after is None:
            continue  # this submission is not graded to its end: `workerlab grade` goes on
        chosen = after if check.id in again else before
        if chosen is None:
            continue
        points = check.max_points if chosen.status == PASSED else 0.0
        chosen = replace(chosen, title=check.title, max_points=check.max_points, points=points)
        yield before if before and _same(before, chosen) else chosen


def _same(one: CheckResult, other: CheckResult) -> bool:
    """Whether two results say the same, though the way there was another."""
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("title", "status", "points", "max_points", "message")
    )


def _change(
    book: Book, row: Row, lab: str, old: list[CheckResult], new: list[CheckResult]
) -> Change:
    was = {check.id: check for check in old}
    now = {check.id: check for check in new}
    checks = [
        (id_, _in_words(was.get(id_)), _in_words(now.get(id_)))
        for id_ in dict.fromkeys([*was, *now])
        if _in_words(was.get(id_)) != _in_words(now.get(id_))
    ]
    before, after = (_points(book, row, lab, results) for results in (old, new))
    return Change(row.student, lab, before, after, checks, new)


def _points(book: Book, row: Row, lab: str, results: list[CheckResult]) -> float:
    """The points as they count: with what was set by hand over them."""
    counted = over_the_checks(lab, results, row.by_hand, book.late, row.submitted)
    return round(sum(one.points for one in counted), 2)


def _in_words(check: CheckResult | None) -> str:
    if check is None:
        return "none"
    return f"{check.status.replace('_', ' ')} {check.points:g}/{check.max_points:g}"
