"""What an instructor has set by hand: points, who is excused, late hand-ins, groups; each with a reason.

Nothing that was graded is changed: a hand-set value lies over it, and can be taken back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from workerlab.errors import BadUsage
from workerlab.grading.result import FAILED, PASSED, CheckResult

EXCUSED, WITHDRAWN, UNDO = "excused", "withdrawn", "undo"
TOTAL, LATE = "total_set_by_hand", "late"  # ids of the lines that stand below a lab's checks
_POLICY = re.compile(
    r"(?P<percent>\d+(?:[.,]\d+)?) ?% (?:a|per|each) (?P<unit>day|hour|week)"
    r"(?:, ?(?:at most|max\.?|up to) (?P<most>\d+)(?: (?:day|hour|week)s?)?)?"
)
UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
EXAMPLE = '"10 % a day, at most 3"'


@dataclass(frozen=True)
class Given:
    """Points that somebody has given, and why."""

    points: float
    because: str


@dataclass
class ByHand:
    """What was set by hand for one student.

    points     for (lab, check) the points; of a whole lab where check is ""
    state      "", or EXCUSED or WITHDRAWN
    because    why that is so
    members    further students whose submission it is, too, and why
    submitted  when it was handed in, as ISO 8601, where the platform does not say so
    """

    points: dict[tuple[str, str], Given] = field(default_factory=dict)
    state: str = ""
    because: str = ""
    members: dict[str, str] = field(default_factory=dict)
    submitted: str = ""

    def take(self, entry: Mapping[str, str]) -> None:
        """Take one line of the journal in."""
        value, because = entry["value"], entry["because"]
        match entry["what"]:
            case "points":
                given = Given(float(value), because)
                self.points[entry["lab"], entry["check"]] = given
            case "excused" | "withdrawn" as state:
                self.state, self.because = state, because
            case "with":
                self.members[value] = because
            case "submitted":
                self.submitted = value

    def of_a_new_submission(self) -> ByHand:
        """What still holds when a student hands in again: points were for what they had before."""
        return replace(self, points={})


@dataclass(frozen=True)
class Late:
    """What handing in late costs: a share of the points for each begun day.

    percent, unit  so many hundredths of the points of a lab, for each begun hour, day or week
    most           so many of them at most; None for all of the points
    due            when all should have been handed in
    """

    percent: float
    unit: str
    most: int | None
    due: datetime

    def late(self, submitted: str) -> int:
        """By how many begun days (hours, weeks) this was late; 0 when it was not, or is not known.

        Where one of the two times has no zone, both are read as the clock on the same wall.
        """
        if not submitted:
            return 0
        at, due = datetime.fromisoformat(submitted), self.due
        if not at.tzinfo or not due.tzinfo:
            at, due = at.replace(tzinfo=None), due.replace(tzinfo=None)
        return max(0, math.ceil((at - due) / UNITS[self.unit]))

    def share(self, late: int) -> float:
        """The share of the points that is taken off, of 1."""
        counted = late if self.most is None else min(late, self.most)
        return min(1.0, self.percent / 100 * counted)


def late_policy(text: str, due: str) -> Late:
    """Read "10 % a day, at most 3" and a time. Raises BadUsage."""
    found = _POLICY.fullmatch(text.strip())
    if not found:
        raise BadUsage(f"what does {text!r} cost?", f"write it as in {EXAMPLE}")
    percent = float(found["percent"].replace(",", "."))
    if not 0 < percent <= 100:
        raise BadUsage(f"{percent:g} % is no share of the points", f"write it as in {EXAMPLE}")
    most = int(found["most"]) if found["most"] else None
    return Late(percent, found["unit"], most, when(due))


def when(text: str) -> datetime:
    """A time as ISO 8601, with or without a zone. Raises BadUsage."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        advice = "write it as 2026-11-01T23:59, or with its zone: 2026-11-01T23:59+01:00"
        raise BadUsage(f"{text!r} is no time", advice) from error


def over_the_checks(
    lab: str, checks: list[CheckResult], by_hand: ByHand, late: Late | None, submitted: str
) -> Iterator[CheckResult]:
    """A lab's results as they count: with hand-set points, and lines for what changes the total."""
    total = 0.0
    for check in checks:
        if given := by_hand.points.get((lab, check.id)):
            check = _set(check, given)
        total += check.points
        yield check
    if given := by_hand.points.get((lab, "")):
        text = f"{given.points:g} points set by hand"
        yield _line(TOTAL, "Set by hand", given.points - total, text, given.because)
    elif late and (number := late.late(submitted)):
        units = f"{number} {late.unit}{'s' if number > 1 else ''}"
        title = f"Handed in {units} late"
        off = round(total * late.share(number), 2)
        most = "" if late.most is None else f", at most {late.most}"
        yield _line(LATE, title, -off, f"{late.percent:g} % a {late.unit}{most}", "")


def _set(check: CheckResult, given: Given) -> CheckResult:
    status = PASSED if given.points >= check.max_points else FAILED
    text = f"{given.points:g} of {check.max_points:g} points set by hand"
    message = f"{text}; before: {check.message}" if check.message else text
    return replace(
        check, status=status, points=given.points, message=message, by_hand=given.because
    )


def _line(id_: str, title: str, points: float, message: str, because: str) -> CheckResult:
    points = round(points, 2) + 0.0
    return CheckResult(id_, title, PASSED, points, 0.0, message, by_hand=because)
