"""A verdict: passed, failed or inconclusive, what was tried, and the evidence.

"Passed" means that nothing was found among what was tried, never that an app is correct.
"Failed" carries evidence that was replayed. "Inconclusive" is shown as such and is no points.

    >>> verdict = Verdict("passed", "no losing schedule among the 62 tried", {"schedules": 62})
    >>> verdict.tried
    {'schedules': 62, 'preemptions': 0, 'crash_points': 0, 'requests': 0}
    >>> Verdict.from_json(verdict.to_json()) == verdict
    True
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypedDict

Status = Literal["passed", "failed", "inconclusive"]
STATUSES = ("passed", "failed", "inconclusive")
TRIED = ("schedules", "preemptions", "crash_points", "requests")


class Step(TypedDict, total=False):
    """One move of one worker: what it did at one gate."""

    worker: int | None  # process id; None where nobody knows it
    task: str  # the request it works for: "A", "B", ...
    file: str
    line: int
    source: str  # the line as the student wrote it
    read: str | None
    wrote: str | None
    kind: str  # call, read, write, with, await, response, blocked, killed, ...
    preempted: bool  # after this step the worker could have gone on, but another was chosen
    note: str | None


class RequestRow(TypedDict, total=False):
    """One request of a schedule, and what it was answered."""

    task: str
    method: str
    path: str
    worker: int | None  # process id
    status: int | None  # None when no answer came
    output: Any  # the answer, as JSON takes it


class Evidence(TypedDict, total=False):
    """A losing schedule: enough to draw it and to run it again; or a burst that shows the loss."""

    schedule: list[str]  # whose turn it was, step by step
    steps: list[Step]
    program: str  # "POST /increment | POST /increment"
    before: str  # the requests before it, one by one: "POST /reset"
    after: str  # … and after it: "GET /report"
    model: str  # the truth that the answers are held against: "counter"
    placement: str  # "two workers" or "one worker"
    requests: list[RequestRow]
    expected: str
    actual: str
    breaks: str  # the task whose answer is the first that fits no order of the requests
    breaks_worker: int | None  # … and its worker: the same may be asked of several afterwards
    seed: int
    replayed: int  # how many replays, all of which lost again
    crash_point: int  # the gate at which the worker was killed; 0: between two requests
    then: str  # what the other workers were asked after that crash
    app: str  # which app of the lab it is, where there are several
    history: list[dict[str, Any]]  # the requests of a burst, as draw/timeline_evidence.py tells
    order: list[int]  # indices into it: the longest order of the requests that works
    first_illegal: int  # … the request with which that order breaks off
    twin: int  # … the one that had been given the same answer before
    reason: str  # why the first illegal operation does not fit


@dataclass(frozen=True)
class Verdict:
    """What a search or a check found.

    `tried` counts schedules, preemptions (the most in one schedule), crash points and requests;
    what is missing counts as 0. Raises ValueError for a status that does not exist.
    """

    status: Status
    message: str
    tried: dict[str, int] = field(default_factory=dict)
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"a verdict is one of {', '.join(STATUSES)}, not {self.status!r}")
        object.__setattr__(self, "tried", dict.fromkeys(TRIED, 0) | self.tried)

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as a dictionary that `json.dumps` takes."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verdict:
        """Return the verdict that `to_json` wrote; other keys, such as an id, are passed over."""
        return cls(data["status"], data["message"], data.get("tried") or {}, data.get("evidence"))

    def __str__(self) -> str:
        return f"{self.status}: {self.message}"
