"""The classes of a search, to be shown: one schedule of each, and the steps that set it apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePath

from workerlab.evidence import Classes, ScheduleClass
from workerlab.stepping.access import ALL, CALL, EXPIRES, FILES, READ, RETURN, WRITE, Access
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.program import TWO_WORKERS, Program
from workerlab.stepping.searching.evidence import request_row, steps_of
from workerlab.stepping.searching.reduction import ReducedScheduler


def classes_of(
    program: Program, scheduler: ReducedScheduler, shown: Iterable[ScheduleClass]
) -> Classes:
    """What a scheduler that has run all classes of a program has found."""
    return {
        "classes": scheduler.classes,
        "orders": scheduler.orders,
        "provided": EXPIRES if scheduler.expires else "",
        "ran_out": bool(scheduler.ran_out),
        "program": str(program),
        "before": " | ".join(map(str, program.before)),
        "after": " | ".join(map(str, program.after)),
        "model": program.model,
        "placement": TWO_WORKERS,
        "shown": list(shown),
    }


def class_of(
    program: Program, scheduler: ReducedScheduler, trace: Trace, shown: Trace, *, loses: bool
) -> ScheduleClass:
    """One class, from the trace of one schedule of it, and from the one that is to be shown."""
    return {
        "meets": [words for words, _ in groupby(_in_words(scheduler, trace))],
        "loses": loses,
        "schedule": shown.schedule,
        "steps": steps_of(program, shown),
        "requests": [request_row(event) for event in shown.history if event.client != "-"],
    }


def _in_words(scheduler: ReducedScheduler, trace: Trace) -> Iterator[str]:
    """The steps whose order makes a class: "A reads redis count". When none meet: which is first."""
    meetings = scheduler.meetings(trace)
    if not meetings:
        yield from (
            f"{name} runs" for name in dict.fromkeys(trace.schedule) if name in scheduler.workers
        )
    for name, accesses in meetings:
        yield f"{name} {accesses_in_words(accesses)}"


def accesses_in_words(accesses: Iterable[Access]) -> str:
    """What a step does, without the folders of files.

    >>> accesses_in_words({Access(READ, "file", "/srv/count"), Access(WRITE, "file", "/srv/count")})
    'reads and writes file count'
    """
    verbs: dict[str, set[str]] = {}
    for access in accesses:
        verbs.setdefault(_thing(access), set()).add(_verb(access))
    words = (f"{' and '.join(sorted(found))} {thing}".strip() for thing, found in verbs.items())
    return " and ".join(sorted(words))


def _verb(access: Access) -> str:
    if access in (CALL, RETURN):
        return "begins" if access == CALL else "answers"
    return {READ: "reads", WRITE: "writes"}.get(access.mode, "touches what cannot be told")


def _thing(access: Access) -> str:
    if access.mode == ALL or access in (CALL, RETURN):
        return ""
    thing = access.thing
    if access.place in FILES and thing:
        thing = PurePath(thing).name + "/" * thing.endswith("/")
    return f"{access.place} {thing}".strip()
