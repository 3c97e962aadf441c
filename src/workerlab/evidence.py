"""The evidence of a verdict, as typed records. Each is the JSON that `--json` writes.

A schedule and a crash can be run again; a burst can only be looked at. docs/design/schemas has
the same as JSON Schema, and a test holds the two together.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Step(TypedDict, total=False):
    """One move of one worker, at one gate."""

    worker: int | None  # process id; None if it is unknown
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
    """One request of a schedule, and its response."""

    task: str
    method: str
    path: str
    worker: int | None  # process id
    status: int | None  # None when there was no response
    output: Any  # the response, as JSON takes it


class ScheduleEvidence(TypedDict, total=False):
    """A losing schedule: enough to draw it and to run it again."""

    schedule: list[str]  # the task of each step
    steps: list[Step]
    program: str  # "POST /increment | POST /increment"
    before: str  # the requests before it, one by one: "POST /reset"
    after: str  # … and after it: "GET /report"
    model: str  # the model of the responses: "counter"
    placement: str  # "two workers" or "one worker"
    requests: list[RequestRow]
    expected: str
    actual: str
    breaks: str  # the task whose response is the first that fits no order of the requests
    breaks_worker: int | None  # … and its worker: the same may be asked of several afterwards
    seed: int
    replayed: int  # how many replays, all of which lost again
    app: str  # which app of the lab it is, where there are several


class CrashEvidence(ScheduleEvidence, total=False):
    """A request whose worker was killed, and the responses of the others afterwards."""

    crash_point: int  # the gate at which the worker was killed; 0: between two requests
    then: str  # the requests to the other workers after that crash


class BurstEvidence(TypedDict, total=False):
    """A burst, and the longest order of its requests that works."""

    history: list[dict[str, Any]]  # its requests, as in draw/timeline_evidence.py
    order: list[int]  # indices into it: the longest order of the requests that works
    first_illegal: int  # … the request with which that order breaks off
    twin: int  # … the one that had been given the same response before
    reason: str  # why the first illegal operation does not fit


class Evidence(CrashEvidence, BurstEvidence, total=False):
    """Any of the three, as it is read from JSON: `kind_of` says which."""


Kind = Literal["schedule", "crash", "burst"]


def kind_of(evidence: Evidence) -> Kind:
    """Which of the three it is.

    >>> kind_of({"history": []}), kind_of({"schedule": ["A"]})
    ('burst', 'schedule')
    """
    if "crash_point" in evidence:
        return "crash"
    return "schedule" if "schedule" in evidence else "burst"
