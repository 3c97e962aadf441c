"""The name of an anomaly, where what the steps read and wrote shows one; docs/design/search.md has
the rules and their sources.

A rule fits only when nothing else can have gone wrong: a name that is not sure is not given.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, permutations
from typing import NamedTuple

from workerlab.evidence import Anomaly, Step
from workerlab.history import Event, History
from workerlab.models.counter import count_in, counter_operations
from workerlab.models.registry import MODELS
from workerlab.stepping.access import ALL, EXPIRES, OVERWRITES, READ, WRITE, Access
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.program import Program
from workerlab.stepping.searching.double_execution import executed_twice
from workerlab.stepping.searching.reference import Reference

PRECISE = ("redis", "memcached")  # places whose things are single values


class Touch(NamedTuple):
    """What a task did to a thing, at which step of the schedule."""

    at: int
    task: str
    access: Access

    @property
    def thing(self) -> tuple[str, str]:
        return self.access.place, self.access.thing


def anomaly_of(
    program: Program,
    trace: Trace,
    steps: Iterable[Step],
    reference: Reference | None = None,
    alone: History | None = None,
) -> Anomaly | None:
    """The name of what went wrong in a schedule that loses; None where no rule is sure.

    steps      those of its picture, with the values that were read and written
    reference  the app's own responses one after the other, where it is its own model
    alone      the same where only the first request was sent
    """
    if trace.end == "stuck":
        return "deadlock" if _deadlock(program, trace) else None
    asked = {str(event.client): event for event in trace.history if event.client in program.names}
    if executed_twice(program, trace.history, reference, alone):
        return "double execution"
    if not all(event.ok for event in asked.values()) or program.starts_a_worker:
        return None
    if not _interleaved(program, trace):  # it loses one after the other, too
        return None
    if _stale(program, trace.history):
        return "stale read"
    touches = _touches(trace, asked)
    if program.model == "counter":
        return "lost update" if _lost_increment(trace, asked, touches, [*steps]) else None
    return None if touches is None else _by_accesses(touches, asked)


def _deadlock(program: Program, trace: Trace) -> bool:
    """Each request waits, one was held while it could go on, and nobody else is under way."""
    asked = [event for event in trace.history if event.client in program.names]
    waits = [event for event in asked if event.unknown and event.error is None]
    return len(waits) == len(program.names) > 1 and _interleaved(program, trace)


def _interleaved(program: Program, trace: Trace) -> bool:
    """Whether one request took steps between those of another. The search has run each after the
    other first, and nothing was lost."""
    turns = [name for name, _ in groupby(name for name in trace.schedule if name in program.names)]
    return len(turns) > len(set(turns))


# -- what was read and written -----------------------------------------------------------------


def _touches(trace: Trace, asked: dict[str, Event]) -> list[Touch] | None:
    """What the requests that ran at once touched, in order; None when that is not all known."""
    if trace.caveats - {EXPIRES}:
        return None
    touches = [
        Touch(at, name, access)
        for at, name in enumerate(trace.schedule)
        if name in asked
        for access in sorted(trace.touched.get(at, ()), key=repr)
        if access.place != "socket"
    ]
    return None if any(touch.access.mode == ALL for touch in touches) else touches


def _by_accesses(touches: list[Touch], asked: dict[str, Event]) -> Anomaly | None:
    """The anomaly of two requests, when the things on which they conflict show it, and no others."""
    if len(asked) != 2:
        return None
    things = {touch.thing for touch in touches if _is_met(touch, touches)}
    if not things or any(place not in PRECISE or not key for place, key in things):
        return None
    met = [touch for touch in touches if touch.thing in things]
    if any(t.access.mode == WRITE and t.access.how != OVERWRITES for t in met):
        return None  # a field of a hash, say, or an item of a list: which one is not told
    for one, other in permutations(asked):
        if len(things) == 1 and _overwrites(met, one, other):
            return "lost update"
        if len(things) == 1 and _reads_between(met, one, other):
            return "dirty read"
        if len(things) == 2 and _sees_a_part(met, one, other):
            return "fractured read"
        if len(things) == 2 and _skews(met, one, other):
            return "write skew"
    return None


def _is_met(touch: Touch, touches: list[Touch]) -> bool:
    return any(
        other.task != touch.task
        and other.thing == touch.thing
        and WRITE in (other.access.mode, touch.access.mode)
        for other in touches
    )


def _at(touches: list[Touch], task: str, mode: str, thing: object = None) -> list[int]:
    """At which steps a task read, or wrote, a thing (or any)."""
    return [
        touch.at
        for touch in touches
        if (touch.task, touch.access.mode) == (task, mode) and thing in (None, touch.thing)
    ]


def _overwrites(met: list[Touch], one: str, other: str) -> bool:
    """r1(x) w2(x) w1(x): `one` puts what it made of an old value over what `other` has written.

    A step that reads and writes, as EXEC behind WATCH does, writes only what still fits.
    """
    if any(t.access.mode == WRITE and t.access.how != OVERWRITES for t in met):
        return False
    own, reads = _at(met, one, WRITE), _at(met, one, READ)
    return any(
        any(read < theirs for read in reads)
        and any(theirs < last for last in own)
        and not any(theirs < read <= max(own) for read in reads)
        for theirs in _at(met, other, WRITE)
    )


def late_write(program: Program, trace: Trace) -> int | None:
    """In a lost update, which choice let the write come that was made of an old value.

    None where no thing that is a single value shows it.
    """
    asked = {str(event.client): event for event in trace.history if event.client in program.names}
    touches = _touches(trace, asked) or []
    for thing in dict.fromkeys(touch.thing for touch in touches):
        if thing[0] not in PRECISE or not thing[1]:
            continue
        for one, other in permutations(asked, 2):
            met = [t for t in touches if t.thing == thing and t.task in (one, other)]
            if _overwrites(met, one, other):
                return max(_at(met, one, WRITE))
    return None


def _reads_between(met: list[Touch], one: str, other: str) -> bool:
    """w1(x) r2(x) w1(x): `other` only reads, and once, a value that `one` has not made up its mind on."""
    own, reads = _at(met, one, WRITE), _at(met, other, READ)
    return (
        not _at(met, other, WRITE)
        and len(reads) == 1
        and any(first < reads[0] for first in own)
        and any(reads[0] < last for last in own)
    )


def _sees_a_part(met: list[Touch], one: str, other: str) -> bool:
    """r2(x) w1(x) w1(y) r2(y): `other` only reads, and sees the one write and not the other."""
    if _at(met, other, WRITE):
        return False
    before = after = 0
    for thing in {touch.thing for touch in met}:
        writes, reads = _at(met, one, WRITE, thing), _at(met, other, READ, thing)
        if len(writes) != 1 or len(reads) != 1:
            return False
        before += reads[0] < writes[0]
        after += writes[0] < reads[0]
    return before == after == 1


def _skews(met: list[Touch], one: str, other: str) -> bool:
    """r1(x) r2(y) w1(y) w2(x): each writes what the other has read before, and not the same."""
    first, second = sorted({touch.thing for touch in met})
    pairs = ((one, first, second), (other, second, first))
    for task, written, only_read in pairs:
        if _at(met, task, WRITE, only_read) or not _at(met, task, WRITE, written):
            return False
    one_reads, other_reads = _at(met, one, READ, second), _at(met, other, READ, first)
    return (
        bool(one_reads and other_reads)
        and max(one_reads) < min(_at(met, other, WRITE, second))
        and max(other_reads) < min(_at(met, one, WRITE, first))
    )


# -- a counter ---------------------------------------------------------------------------------


def _lost_increment(
    trace: Trace, asked: dict[str, Event], touches: list[Touch] | None, steps: list[Step]
) -> bool:
    """Two increments got the same count, and the count that is left lacks one of them.

    One after the other they were both counted: so it is no count of each worker. They must have
    read before either wrote, as far as that is known; else both must have written that count.
    """
    if not _only_increments(asked.values()):
        return False
    counts = {name: count_in(event.output) for name, event in asked.items()}
    left = _reports_after(trace.history, asked.values())
    if len(set(left)) != 1 or any(type(count) is not int for count in counts.values()):
        return False
    alike = [pair for pair in permutations(counts, 2) if counts[pair[0]] == counts[pair[1]]]
    if not alike or left[0] != max(map(int, counts.values())):
        return False
    if touches is not None:
        return any(_reads_before_it_writes(touches, *pair) for pair in alike)
    wrote = {(step["task"], step["wrote"]) for step in steps if step.get("wrote") is not None}
    wrote |= _handed_over(trace)
    return all((name, str(counts[name])) in wrote for name in alike[0])


def _handed_over(trace: Trace) -> set[tuple[str, str]]:
    """What each task gave to its calls: among it what it wrote, where no store was seen."""
    stops = [(one.chosen, one.stop) for one in trace.decisions if one.stop is not None]
    stops += [row for passed in trace.passed.values() for row in passed]
    given = ((name, stop.details.get("handed")) for name, stop in stops)
    return {(name, value) for name, value in given if isinstance(value, str)}


def _reads_before_it_writes(touches: list[Touch], one: str, other: str) -> bool:
    """r1(x) w2(x) w1(x) on one thing; where a thing is one value, both must be overwritten."""
    for thing in {touch.thing for touch in touches}:
        met = [touch for touch in touches if touch.thing == thing]
        if thing[0] in PRECISE and thing[1]:
            if _overwrites([t for t in met if t.task in (one, other)], one, other):
                return True
            continue
        reads, own, theirs = (
            _at(met, one, READ), _at(met, one, WRITE), _at(met, other, WRITE)
        )  # fmt: skip
        if reads and own and any(min(reads) < their < max(own) for their in theirs):
            return True
    return False


def _reports_after(history: History, asked: Iterable[Event]) -> list[int]:
    """What the reports say that were asked after all of these had their responses."""
    end = max(event.ended for event in asked)
    later = [event for event in history if event.called > end]
    found = counter_operations(later)
    if len(found) != len(later) or any(o.op != ("report",) for o in found):
        return []
    return [o.output for o in found if type(o.output) is int]


# -- what the history alone shows --------------------------------------------------------------


def _stale(program: Program, history: History) -> bool:
    """The last reads, with nothing under way beside them, differ: one says what was true before."""
    asked = [event for event in history if event.client in program.names]
    end = max(event.ended for event in asked)
    last = [event for event in history if event.called > end]
    if program.model == "settings":
        said = MODELS["settings"].read(last)
        written = {o.op[1] for o in MODELS["settings"].read(history) if o.op[0] == "put"}
        values = {o.output for o in said if o.op == ("get",)}
        return len(said) == len(last) and len(values) > 1 and values <= written | {"null"}
    if program.model != "counter" or not _only_increments(asked):
        return False
    start, reports = _start(history), _reports_after(history, asked)
    if start is None or not reports:
        return False
    right = start + len(asked)
    return right in reports and start <= min(reports) < right and max(reports) == right


def _only_increments(asked: Iterable[Event]) -> bool:
    return all((event.method, event.path) == ("POST", "/increment") for event in asked)


def _start(history: History) -> int | None:
    """The count before: 0 after a reset, else what the first request, a report, says."""
    before = counter_operations(event for event in history if event.client == "-")
    known = [o for o in before if o.op in (("reset",), ("report",)) and type(o.output) is int]
    return known[-1].output if known and len(known) == len(before) else None
