"""Double execution: what may happen once has happened twice.

The app itself says what one of two equal requests does alone; a booking says it by its key.
"""

from __future__ import annotations

from collections.abc import Iterator

from workerlab.history import Event, History
from workerlab.stepping.program import Program
from workerlab.stepping.searching.outcome import Outcome, outcome_of, without
from workerlab.stepping.searching.reference import Reference

__all__ = ["executed_twice"]


def executed_twice(
    program: Program, history: History, reference: Reference | None, alone: History | None
) -> bool:
    """A request that was sent twice, and was meant to count once, has counted twice."""
    asked = [event for event in history if event.client in program.names]
    if len(asked) != 2 or not all(event.ok for event in asked):
        return False
    if program.model == "bookings":
        return _two_bookings_of_one_key(asked)
    if reference is None or alone is None or len(set(map(str, program.requests))) > 1:
        return False
    return _more_than_once(program, history, reference, alone)


def _two_bookings_of_one_key(asked: list[Event]) -> bool:
    """Two bookings with one key, both of them new, under two ids."""
    wishes = [event.input for event in asked]
    new = all(
        (event.method, event.path, event.status) == ("POST", "/bookings", 201) for event in asked
    )
    if not new or not all(isinstance(wish, dict) and wish.get("key") for wish in wishes):
        return False
    ids = [event.output.get("id") for event in asked if isinstance(event.output, dict)]
    return wishes[0] == wishes[1] and len(ids) == 2 and None not in ids and ids[0] != ids[1]


def _more_than_once(
    program: Program, history: History, reference: Reference, alone: History
) -> bool:
    """One after the other, the second of the two changes nothing; here there is more than that."""

    def after(run: History) -> Outcome:
        outcome = without(outcome_of(run), reference.volatile)
        assert isinstance(outcome, dict)
        return {name: said for name, said in outcome.items() if name not in program.names}

    once = after(alone)
    if not once or any(after(run) != once for run in reference.runs.values()):
        return False
    growths = [*_growths(once, after(history))]
    return bool(growths) and all(growths)


def _growths(once: object, now: object) -> Iterator[bool]:
    """For each place that differs: whether there is more of it now, a longer list or a larger number."""
    if isinstance(once, dict) and isinstance(now, dict) and once.keys() == now.keys():
        for key in once:
            yield from _growths(once[key], now[key])
    elif isinstance(once, list) and isinstance(now, list) and len(once) == len(now):
        for pair in zip(once, now, strict=True):
            yield from _growths(*pair)
    elif isinstance(once, list) and isinstance(now, list):
        yield len(now) > len(once)
    elif type(once) is type(now) and isinstance(once, int | float) and isinstance(now, int | float):
        if once != now:
            yield now > once
    elif once != now:
        yield False
