"""Several workers that do not respond as one does, when the requests come one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product

from workerlab.evidence import Evidence
from workerlab.history import Event, History
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.invariants import broken
from workerlab.stepping.program import LISTENS, TWO_WORKERS, Program
from workerlab.stepping.searching.attempts import REPLAYS
from workerlab.stepping.searching.evidence import evidence_of
from workerlab.stepping.searching.oracle import (
    Oracle,
    Violation,
    outcome_in_words,
    said_in_full,
)
from workerlab.stepping.searching.outcome import HEADERS, differences
from workerlab.stepping.searching.reference import Reference
from workerlab.stepping.searching.schedulers import SerialScheduler
from workerlab.stepping.searching.serial_runs import ALL, one_by_one
from workerlab.stepping.searching.worker_marks import learn_marks


@dataclass(frozen=True)
class Disagreement:
    """How several workers responded otherwise than one.

    requests   that were sent for it each time
    warm       each worker had been asked before what is asked at the end
    """

    words: str
    requests: int
    order: tuple[str, ...]
    warm: bool = False

    def picture(
        self, stepped: SteppedServer, reference: Reference, message: str
    ) -> Evidence | None:
        """The run as a schedule; None when that does not show the same, since it waits for a time, say."""
        if self.warm:
            return None
        program = reference.program
        asked_of_all = replace(program, after=program.after * len(stepped.workers))
        oracle = Oracle(asked_of_all, Reference.learned(stepped, asked_of_all))
        scheduler = SerialScheduler(self.order)
        scheduler.new_execution()
        trace = stepped.run(asked_of_all, TWO_WORKERS, scheduler, explain=True)
        if trace.end != "finished" or oracle.violation(trace.history) is None:
            return None
        violation = Violation("all workers say what one worker would", message)
        return evidence_of(asked_of_all, TWO_WORKERS, trace, violation, 1, REPLAYS)


def disagreements(
    stepped: SteppedServer, reference: Reference, copies: bool
) -> Iterator[Disagreement]:
    """Ways in which they do, each seen every time that it was tried; to be asked for the first.

    copies   look for those that new workers keep, too
    """
    shifts = (0, 1)  # the requests before may have gone to the same worker, or to another
    known_before = reference.program.before or reference.program.sign_in
    for order, shift in product(reference.runs, shifts if known_before else (0,)):
        said, length = _said(stepped, reference, order, shift=shift)
        if said:
            yield Disagreement(said, length, order)
    if copies and (looks := ", ".join(map(str, reference.program.looks))):
        order = next(iter(reference.runs))
        with _on_new_workers(stepped):  # which have kept nothing from another run
            said, length = _said(stepped, reference, order, warm=True)
        if said:
            yield Disagreement(
                f"each had been asked {looks} before; {said}", length, order, warm=True
            )


def _said(
    stepped: SteppedServer,
    reference: Reference,
    order: tuple[str, ...],
    shift: int = 0,
    warm: bool = False,
) -> tuple[str, int]:
    """In words, how several workers respond otherwise than one each time, and how many requests that were.

    What one worker would respond that was asked as often is no disagreement: a page may count its
    readers.
    """
    program, said, run = reference.program, "", History()
    for _ in range(REPLAYS):
        right = reference.runs[order]
        run, _ = one_by_one(stepped, program, order, ALL, shift=shift, warm=warm)
        learn_marks(reference, order, run)
        if _disagreement(reference, right, run):
            reference.learn_later(stepped)
        if _disagreement(reference, right, run) and not program.invariants:
            right, _ = _on_one(stepped, program, order, warm)
        if not (said := _disagreement(reference, right, run)):
            break
    return said, len(run)


@contextmanager
def _on_new_workers(stepped: SteppedServer) -> Iterator[None]:
    before, stepped.anew = stepped.anew, True
    try:
        yield
    finally:
        stepped.anew = before


def _on_one(
    stepped: SteppedServer, program: Program, order: tuple[str, ...], warm: bool
) -> tuple[History, dict[str, str]]:
    """The run on one worker, that is asked at the end as often as all are together."""
    return one_by_one(stepped, program, order, times=len(stepped.workers), warm=warm)


def _disagreement(reference: Reference, right: History, run: History) -> str:
    """In words, how a run on several workers differs from that in the same order on one, or "".

    The requests did not run at once: another order is no excuse.
    """
    asked = History(event for event in run if " of " not in str(event.client))
    if reference.program.invariants:
        return _broken_somewhere(reference.program, run, asked)
    first = History(event for event in right if " of " not in str(event.client))
    if reference.key(asked) != reference.key(first):
        said = (
            f"one after the other, on several workers: {outcome_in_words(asked)}; on one worker: "
            f"{outcome_in_words(reference.shown(first))}"
        )
        headers = reference.wrong_headers(asked)
        return said + (f" ({headers})" if headers else "")
    for event, other in _asked_at_another(right, run):
        name = str(event.client).partition(" of ")[0]
        mine, its = (reference.outcome([replace(e, client=name)]) for e in (event, other))
        places = [place for place in differences(mine, its) if place not in reference.volatile]
        if places:
            if event.method in LISTENS:
                return (
                    f"after the same requests, a client that listens at one worker, {event.method} "
                    f"{event.path}, hears {said_in_full(other)}, and one at another worker "
                    f"{said_in_full(event)}"
                )
            headers_only = all(place[1:2] == (HEADERS,) for place in places)
            return (
                f"after the same requests, {event.method} {event.path} is answered "
                f"{said_in_full(other)} by one worker and {said_in_full(event)} by another"
                + (f", with other headers ({places[0][-1]})" if headers_only else "")
            )
    return ""


def _asked_at_another(right: History, run: History) -> Iterator[tuple[Event, Event]]:
    """What another worker than the first responded, and what one worker did in its place.

    That is its response to the same request as often asked, or where it was asked once the only one.
    """
    seen: dict[str, int] = {}
    for event in run:
        name, another, _ = str(event.client).partition(" of ")
        if not another:
            continue
        seen[name] = seen.get(name, 0) + 1
        again = [one for one in right if str(one.client).partition(" of ")[0] == name]
        yield event, again[min(seen[name], len(again) - 1)]


def _broken_somewhere(program: Program, run: History, asked: History) -> str:
    """The invariant that does not hold when some worker is asked at the end, in words, or ""."""
    for event in run:
        if event.unknown or (event.status or 0) >= 500:
            said = f"{event.method} {event.path} is answered {said_in_full(event)}"
            return f"one after the other, on several workers, {said}"
    at_once = [event for event in asked if event.client == "-" or event.client in program.names]
    by_worker: dict[str, list[Event]] = {}
    for event in run[len(at_once) :]:
        name, _, worker = str(event.client).partition(" of ")
        by_worker.setdefault(worker, []).append(replace(event, client=name))
    for last in by_worker.values() or [[]]:
        if why := broken(program, [*at_once, *last]):
            return f"one after the other, on several workers, {why}"
    return ""
