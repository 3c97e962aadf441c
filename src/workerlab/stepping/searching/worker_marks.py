"""What may differ from worker to worker in a service that is right.

A response may name the worker that gives it, as demonstrations of several workers do: its process id,
or an id that it has drawn for itself. And the texts of a set come in an order that each Python process
draws for itself. Both are learned from runs in which the same requests went to several workers, one after
the other, and are left out from then on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from workerlab.history import Event, History
from workerlab.stepping.searching.outcome import Path, differences, permuted, value_at
from workerlab.stepping.searching.reference import Reference

_NAMES_A_WORKER = re.compile(
    r"(.*_)?(worker|instance|replica|hostname|pid)(_?id|_?name)?|(served|handled)_by", re.IGNORECASE
)


def learn_marks(reference: Reference, order: tuple[str, ...], run: History) -> None:
    """Leave out from now on where responses of this run differ only for their workers' sake."""
    found = False
    for mine, its in _pairs(reference.runs[order], run):
        one, other = (reference.outcome([event]) for event in (mine, its))
        pids = mine.pid, its.pid
        for place in differences(one, other):
            if place not in reference.volatile and names_its_worker(one, other, place, pids):
                reference.volatile.add(place)
                found = True
        new = {*permuted(one, other)} - reference.unordered
        reference.unordered |= new
        found |= bool(new)
    if found:
        reference.forget_right()


def _pairs(reference: History, run: History) -> Iterator[tuple[Event, Event]]:
    """Each response of a run beside that to the same request in the reference."""
    known = {event.client: event for event in reference}
    for event in run:
        name = str(event.client).partition(" of ")[0]
        if name in known and name != "-":
            yield known[name], replace(event, client=name)


def names_its_worker(
    mine: object, its: object, place: Path, pids: tuple[int | None, int | None]
) -> bool:
    """Whether a value differs only since it tells which worker it is from.

    pids   of the two workers; as a part of another number, one says nothing
    """
    values = [value_at(each, place) for each in (mine, its)]
    if isinstance(place[-1], str) and _NAMES_A_WORKER.fullmatch(place[-1]):
        return all(isinstance(value, str | int) for value in values)
    return all(
        re.search(rf"(?<!\d){pid}(?!\d)", str(value)) is not None
        for value, pid in zip(values, pids, strict=True)
    )
