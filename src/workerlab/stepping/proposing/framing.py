"""A question made fit to be judged: it begins alike each time, and looks where looking tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from workerlab.errors import BadUsage
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import PLACEMENTS, Program
from workerlab.stepping.proposing.questions import Question
from workerlab.stepping.searching.outcome import Path
from workerlab.stepping.searching.reference import Reference, path_in_words
from workerlab.stepping.searching.unseen import unseen
from workerlab.stepping.searching.without_schedule import is_state, judged_without_schedule
from workerlab.verdict import Verdict

_BEFORE = re.compile(r"\{before\.(\d+)\.")


@dataclass(frozen=True)
class Framed:
    """A question with its reference.

    verdict   when it is decided without any schedule
    goes_on   what nothing resets, in words, so that it had to be left out; "" for nothing
    unseen    why a loss would show nowhere; "" where it would
    """

    program: Program
    reference: Reference
    verdict: Verdict | None = None
    goes_on: str = ""
    unseen: str = ""

    @property
    def is_judged(self) -> bool:
        """Whether its schedules are to be run, and are held against all that the app says."""
        return self.verdict is None and not self.goes_on and not self.unseen

    @property
    def begins_otherwise(self) -> bool:
        """Whether the app did not come back into the same state, as far as is known."""
        return bool(self.goes_on or self.reference.unstable)

    @property
    def refuses(self) -> bool:
        """Whether one of the requests at once is refused in some order, as if too little were there."""
        names = self.program.names
        return any(
            not event.done and event.status != 404
            for run in self.reference.runs.values()
            for event in run
            if event.client in names
        )

    @property
    def never_done(self) -> str:
        """A request that is refused in every order, in words; "" for none."""
        runs = self.reference.runs.values()
        for name, request in zip(self.program.names, self.program.requests, strict=True):
            events = [event for run in runs for event in run if event.client == name]
            if not any(event.done for event in events):
                return (
                    f"{request.method} {request.path} is answered {events[0].status} in every order"
                )
        return ""


def framed(
    stepped: SteppedServer, question: Question, placements: tuple[str, ...] = PLACEMENTS
) -> Framed:
    """The first way to begin it from which it can be judged; else the best that there is.

    Raises BadUsage when it names a field that no response has, and what a server raises.
    """
    best: Framed | None = None
    for program in _beginnings(question):
        found = _learned(stepped, program)
        found = _without_growing_looks(stepped, found)
        found = _decided(stepped, found, placements)
        inconclusive = found.verdict is not None and found.verdict.status == "inconclusive"
        if not inconclusive and not found.goes_on:
            return found
        if best is None or (best.verdict is not None and not inconclusive):
            best = found
    assert best is not None  # there is one beginning at least
    return best


def _beginnings(question: Question) -> Iterator[Program]:
    program = question.program
    yield program
    for reset in question.resets:
        requests, before, after = (
            " | ".join(map(str, part)) for part in (program.requests, program.before, program.after)
        )
        shifted = [_BEFORE.sub(_one_more, part) for part in (requests, before, after)]
        first = f"{reset} | {shifted[1]}" if before else str(reset)
        parsed = Program.parse(shifted[0], first, shifted[2], program.model)
        yield replace(parsed, sign_in=program.sign_in)


def _one_more(place: re.Match[str]) -> str:
    return f"{{before.{int(place[1]) + 1}."


def _learned(stepped: SteppedServer, program: Program) -> Framed:
    """The program and its reference, without looks that the app does not have for us."""
    reference = Reference.learned(stepped, program)
    if reference.missing:  # a look is named by a response that no order has
        own = tuple(f"{{{name}." for name in program.names)
        after = tuple(one for one in program.after if not any(part in one.path for part in own))
        if after == program.after:
            raise BadUsage(reference.missing, "name a field that the response has")
        return _learned(stepped, replace(program, after=after))
    useless = {
        str(event.client)
        for event in reference.first
        if event.client in program.last_names and _tells_nothing(event.status)
    }
    if not useless:
        return Framed(program, reference)
    kept = zip(program.last_names, program.after, strict=True)
    after = tuple(request for name, request in kept if name not in useless)
    return _learned(stepped, replace(program, after=after))


def _tells_nothing(status: int | None) -> bool:
    return status is None or status in (401, 403, 405, 422) or status >= 500


def _without_growing_looks(stepped: SteppedServer, found: Framed) -> Framed:
    """The same without looks whose whole response goes on from run to run, unless one must stay."""
    program, places = found.program, _going_on(found.reference)
    growing = {str(path[0]) for path in places} & {*program.last_names}
    if growing and len(growing) < len(program.after):
        kept = zip(program.last_names, program.after, strict=True)
        after = tuple(request for name, request in kept if name not in growing)
        found = _learned(stepped, replace(program, after=after))
    words = ", ".join(sorted({path_in_words(path) for path in _going_on(found.reference)}))
    return replace(found, goes_on=words)


def _going_on(reference: Reference) -> list[Path]:
    """Places of state that differs from run to run: nothing has brought it back."""
    outcome = reference.outcome(reference.first)
    return [path for path in reference.volatile if path and is_state(path, outcome)]


def _decided(stepped: SteppedServer, found: Framed, placements: tuple[str, ...]) -> Framed:
    verdict = judged_without_schedule(stepped, found.reference, placements, copies=False)
    if verdict is None and found.never_done:
        verdict = Verdict("inconclusive", found.never_done)
    if verdict is None and not found.goes_on:
        found = replace(found, unseen=unseen(stepped, found.reference, ours=True))
    return replace(found, verdict=verdict)
