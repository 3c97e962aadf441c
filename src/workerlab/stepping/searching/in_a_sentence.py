"""A loss in one plain sentence, before its details: what a person would say has happened.

Nothing is guessed. Where no sentence is certain there is none, and the details stand alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import permutations

from workerlab.evidence import Anomaly
from workerlab.history import Event, History
from workerlab.models.base import Op
from workerlab.models.bookings import bookings
from workerlab.models.counter import COUNTER_REQUESTS, count_in, counter
from workerlab.models.setting import settings
from workerlab.stepping.program import Program
from workerlab.stepping.searching.sentences import of_bookings, of_settings

__all__ = ["in_a_sentence"]

OF_ANOMALIES: dict[Anomaly, str] = {
    "lost update": "An update was lost: a request wrote over what another had written, unseen.",
    "dirty read": "A dirty read: a request saw what another one had not finished.",
    "fractured read": "A fractured read: a request saw only a part of what another one changed.",
    "write skew": "Write skew: each request looked at what the other then changed.",
    "stale read": "A stale read: a request answered with a value that was true no longer.",
    "double execution": "It was done twice: both requests found that nobody had done it yet.",
}
WORDS = ("no", "one", "two", "three", "four", "five", "six")


def in_a_sentence(program: Program, history: History, anomaly: Anomaly | None = None) -> str:
    """The sentence, with its full stop; "" where none is certain."""
    by_name = {event.client: event for event in history}
    own = [by_name[name] for name in program.names if name in by_name]
    for event in own:
        if event.unknown:
            return f"{event.method} {event.path} got no answer."
        if (event.status or 0) >= 500:
            return f"{event.method} {event.path} failed: it was answered {event.status}."
    found = _of_a_counter(program, history, own) if program.model == counter.name else ""
    found = found or (OF_ANOMALIES.get(anomaly, "") if anomaly else "")
    if not found and program.model == bookings.name:
        found = of_bookings(program, history)
    if not found and program.model == settings.name:
        found = of_settings(program, history)
    return found


def _of_a_counter(program: Program, history: History, own: Sequence[Event]) -> str:
    ops = [COUNTER_REQUESTS.get((request.method, request.path)) for request in program.requests]
    outputs = [count_in(event.output) for event in own]
    if len(own) != len(ops) or None in ops or not all(event.ok for event in own):
        return ""
    known: list[Op] = [op for op in ops if op is not None]
    before = _before(program)
    reports = _reports(program, history)
    if before is None or not all(type(one) is int for one in (*outputs, *reports)):
        return ""
    if len({*reports}) > 1:
        return f"The workers disagree: they report {_listed(sorted({*reports}, key=str), 'and')}."
    right = sorted({_left(before, order) for order in permutations(known)})
    wrong = [report for report in reports if report not in right]
    resets, increments = known.count(("reset",)), known.count(("increment",))
    if wrong and resets:
        return _of_a_reset(int(wrong[0]), right)
    if wrong:
        return _of_increments(int(wrong[0]), right[0], increments)
    counted = [out for op, out in zip(known, outputs, strict=True) if op == ("increment",)]
    if resets == increments == 1 and reports:
        return _of_a_reset_that_was_met(before, counted[0], int(reports[0]))
    return _of_equal_answers(counted)


def _before(program: Program) -> int | None:
    """The count before the requests; None if nothing says what it is."""
    count: int | None = None
    for request in program.before:
        op = COUNTER_REQUESTS.get((request.method, request.path))
        if op == ("reset",):
            count = 0
        elif op == ("increment",) and count is not None:
            count += 1
        elif op is None:
            return None
    return count


def _left(count: int, order: Sequence[Op]) -> int:
    for op in order:
        count, _ = counter.apply(count, op)
    return count


def _reports(program: Program, history: History) -> list[int | str]:
    """What the last requests say is left."""
    asked = {(request.method, request.path) for request in program.after} & {("GET", "/report")}
    return [
        count_in(event.output)
        for event in history
        if (event.method, event.path) in asked
        and event.client not in program.names
        and event.client != "-"
    ]


def _of_a_reset(report: int, right: Sequence[int]) -> str:
    if report > right[-1]:
        return f"The reset was undone: the report says {report}, where {_listed(right)} is right."
    return f"An increment was lost: the report says {report}, where {_listed(right)} is right."


def _of_a_reset_that_was_met(before: int, counted: int | str, report: int) -> str:
    """An increment that was answered as if it had come before the reset, or as if after it."""
    if counted == before + 1 != 1 and report != 0:
        return (
            f"An increment from before the reset is still counted: it was answered {counted}, and "
            f"the report says {report}, not 0."
        )
    if counted == 1 != before + 1 and report != 1:
        return f"An increment was lost: it was answered 1, and the report says {report}, not 1."
    return ""


def _of_increments(report: int, right: int, increments: int) -> str:
    answered = "both were answered" if increments == 2 else f"all {increments} were answered"
    if report > right:
        return f"Too much was counted: {answered}, and the report says {report}, not {right}."
    lost = right - report
    number = WORDS[lost] if lost < len(WORDS) else str(lost)
    plural = "increment was" if lost == 1 else "increments were"
    return (
        f"{number.capitalize()} {plural} lost: {answered}, and the report says {report}, "
        f"not {right}."
    )


def _of_equal_answers(outputs: Sequence[int | str]) -> str:
    """Two increments that were answered the same, though the count is right."""
    for output, times in Counter(outputs).items():
        if times > 1:
            return (
                f"{WORDS[times].capitalize()} increments were answered {output}: "
                "one of them was told a count that is not its own."
            )
    return ""


def _listed(values: Sequence[object], joined: str = "or") -> str:
    *first, last = map(str, values)
    return f"{', '.join(first)} {joined} {last}" if first else last
