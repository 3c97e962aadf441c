"""The evidence of a verdict, as typed records. Each is the JSON that `--json` writes.

A schedule and a crash can be run again; a burst can only be looked at. docs/design/schemas has
the same as JSON Schema, and a test holds the two together.
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypedDict

_FRESH = re.compile(r"([A-Za-z]?)\{fresh\}")

Anomaly = Literal[
    "lost update",
    "dirty read",
    "fractured read",
    "write skew",
    "stale read",
    "double execution",
    "deadlock",
]


class Step(TypedDict, total=False):
    """One move of one worker, at one gate."""

    worker: int | None  # process id; None if it is unknown
    task: str  # the request it works for: "A", "B", ...
    file: str
    line: int
    source: str  # the line as the student wrote it
    read: str | None
    wrote: str | None
    kind: str  # call, read, write, with, await, response, blocked, killed, expired, ...
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


class LeaseRow(TypedDict, total=False):
    """A time-to-live that ran out in a schedule."""

    place: str  # the kind of its store: "redis"
    key: str
    seconds: float  # as it was set; 0 when that is not known


class ScheduleEvidence(TypedDict, total=False):
    """A losing schedule: enough to draw it and to run it again."""

    schedule: list[str]  # the task of each step; "A.ttl1" for what ran out, which A had set
    leases: dict[str, LeaseRow]  # what ran out, by its name in the schedule
    steps: list[Step]
    assumed: str  # … and what was assumed of times-to-live: see `stepping.lease`
    program: str  # "POST /increment | POST /increment"
    before: str  # the requests before it, one by one: "POST /reset"
    after: str  # … and after it: "GET /report"
    sign_in: str  # the requests by which clients signed in, once: "ada: POST /token"
    listen: str  # the clients that listened meanwhile: "WS /rooms/1"
    ignore: list[str]  # what was not compared: "$.id", "etag"
    invariants: list[str]  # what every run must satisfy: "shop_rules:never_oversold"
    model: str  # the model of the responses: "counter"
    placement: str  # "two workers" or "one worker"
    requests: list[RequestRow]
    expected: str
    actual: str
    anomaly: Anomaly  # its name, where the history shows one
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


class ScheduleClass(TypedDict, total=False):
    """One schedule of a class: all orders that come to the same as this one."""

    orders: int  # how many they are; only where somebody has counted them
    meets: list[str]  # the steps whose order makes the class, in words: "A reads redis count"
    loses: bool  # whether its outcome is not allowed
    schedule: list[str]
    steps: list[Step]
    requests: list[RequestRow]  # with the last requests, which say what is left


class Classes(TypedDict):
    """What a search has run of all orders of a program: one schedule of each class."""

    classes: int
    orders: int  # in all classes together; 0 when that is not known
    provided: str  # what was taken for granted: that no time-to-live ran out; else ""
    ran_out: bool  # whether times-to-live ran out in some of them
    program: str
    before: str
    after: str
    model: str
    placement: str
    shown: list[ScheduleClass]  # at most MOST_SHOWN of them, those with few preemptions first


MOST_SHOWN = 8


def classes_in_words(found: Classes) -> str:
    """That one schedule of each class has been run.

    >>> found = {"classes": 4, "orders": 924, "provided": "", "ran_out": False, "shown": []}
    >>> classes_in_words(found)
    'complete for different workers: all 4 classes of the 924 orders were run'
    """
    orders = f"the {found['orders']:,} orders" if found["orders"] > 1 else "orders"
    one = found["classes"] == 1
    classes = f"the one class of {orders}" if one else f"all {found['classes']} classes of {orders}"
    run = "was run" if one else "were run"
    ends = "with every time-to-live run out at every step" if found["ran_out"] else ""
    if found["provided"]:
        but = f"{ends}, but while no other ran out" if ends else f"while {found['provided']}"
        return f"{classes} on different workers {run}, {but}"
    return f"complete for different workers: {classes} {run}{ends and f', {ends}'}"


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


def for_readers(text: str) -> str:
    """A text of evidence without the sign for a number that is new in each run.

    >>> for_readers('201 {"id": "{fresh}", "name": "item{fresh}"}')
    '201 {"id": "N", "name": "item"}'
    """
    return _FRESH.sub(lambda found: found[1] or "N", text)
