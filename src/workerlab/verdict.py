"""A verdict: passed, failed or inconclusive, with its counts and evidence.

"Passed" means that the tries found nothing, never that an app is correct.
"Failed" carries evidence that was replayed. "Inconclusive" is shown as such and is no points.

    >>> verdict = Verdict("passed", "no losing schedule among the 62 tried", {"schedules": 62})
    >>> verdict.tried
    {'schedules': 62, 'preemptions': 0, 'crash_points': 0, 'requests': 0}
    >>> Verdict.from_json(verdict.to_json()) == verdict
    True
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from workerlab.evidence import Classes, Evidence

Status = Literal["passed", "failed", "inconclusive"]
STATUSES = ("passed", "failed", "inconclusive")
TRIED = ("schedules", "preemptions", "crash_points", "requests")


@dataclass(frozen=True)
class Verdict:
    """The result of a search or a check.

    `tried` counts schedules, preemptions (the most in one schedule), crash points and requests;
    a missing count is 0. `classes` says what was run where one schedule of each class was.
    Raises ValueError for a status that does not exist.
    """

    status: Status
    message: str
    tried: dict[str, int] = field(default_factory=dict)
    evidence: Evidence | None = None
    classes: Classes | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"a verdict is one of {', '.join(STATUSES)}, not {self.status!r}")
        object.__setattr__(self, "tried", dict.fromkeys(TRIED, 0) | self.tried)

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as a dictionary that `json.dumps` takes; `classes` only if known."""
        whole = asdict(self)
        if self.classes is None:
            del whole["classes"]
        return whole

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verdict:
        """Return the verdict that `to_json` wrote; other keys, such as an id, are passed over."""
        shown = data.get("evidence"), data.get("classes")
        return cls(data["status"], data["message"], data.get("tried") or {}, *shown)

    def __str__(self) -> str:
        return f"{self.status}: {self.message}"
