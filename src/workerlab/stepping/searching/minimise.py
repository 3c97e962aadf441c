"""Make a losing schedule as simple as it can be: fewest preemptions, then fewest steps."""

from collections.abc import Callable, Iterator
from itertools import groupby

from workerlab.stepping.controller.trace import Trace

MOST_TRIES = 60


def _size(trace: Trace) -> tuple[int, int]:
    return trace.preemptions, len(trace.decisions)


def _simpler(schedule: list[str]) -> Iterator[list[str]]:
    """The schedule with two neighbouring turns swapped, so that turns of one task join up."""
    turns = [list(group) for _, group in groupby(schedule)]
    for index in range(len(turns) - 1):
        swapped = [*turns[:index], turns[index + 1], turns[index], *turns[index + 2 :]]
        yield [step for turn in swapped for step in turn]


def minimise(trace: Trace, loses: Callable[[list[str]], Trace | None]) -> Trace:
    """Return the simplest losing trace found near `trace`.

    `loses` runs a schedule and returns its trace if it loses. Every candidate is run; at
    most `MOST_TRIES` are.
    """
    tries = MOST_TRIES
    improved = trace.preemptions > 1
    while improved and tries:
        improved = False
        for schedule in _simpler(trace.schedule):
            if not tries:
                break
            tries -= 1
            candidate = loses(schedule)
            if candidate is not None and _size(candidate) < _size(trace):
                trace, improved = candidate, True
                break
    return trace
