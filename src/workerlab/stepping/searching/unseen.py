"""Why a search that has lost nothing says nothing: a loss would have shown nowhere.

What can be lost is seen in a response to the program that depends on its other requests, or in what is
asked afterwards, if the program changes that at all.
"""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import replace

from workerlab.history import History
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.placeholders import is_like_an_id
from workerlab.stepping.program import Program
from workerlab.stepping.searching.outcome import BODY, without
from workerlab.stepping.searching.reference import Reference
from workerlab.stepping.searching.serial_runs import one_by_one
from workerlab.verdict import Verdict

READING = ("GET", "HEAD", "OPTIONS")


def unseen(stepped: SteppedServer, reference: Reference, *, ours: bool = False) -> str:
    """Why no loss would show, and what to ask instead; "" where one would.

    ours   the question was proposed by us. Who asks one wants to know whether two requests that read
           disturb each other, or whether two that write fail, and may ask nothing afterwards
    """
    return nothing_to_see_afterwards(reference) or _nothing_changes(stepped, reference, ours)


def as_far_as_seen(
    stepped: SteppedServer, reference: Reference, verdict: Verdict, *, ours: bool
) -> Verdict:
    """A verdict that passed, with what it does not say; inconclusive where it says nothing."""
    if why := unseen(stepped, reference, ours=ours):
        return Verdict("inconclusive", why, verdict.tried)
    return replace(verdict, message=verdict.message + only_errors_show(reference))


def only_errors_show(reference: Reference) -> str:
    """The caveat of a question that asks nothing afterwards, where no response tells of the others."""
    program = reference.program
    if program.after or not _is_judged_by_what_it_changes(program):
        return ""
    if _tell_of_each_other(reference) or _tells_something(reference):
        return ""
    return (
        "; nothing was asked afterwards (--after), so only an error or a deadlock would have shown"
    )


def nothing_to_see_afterwards(reference: Reference) -> str:
    """Why a loss would not show in what is asked afterwards, or "".

    All of it is left out of the comparison, since it is another response each time.
    """
    program = reference.program
    whole = {path[0] for path in reference.volatile if path[1:] in ((), (BODY,))}
    if not program.last_names or program.invariants or not whole.issuperset(program.last_names):
        return ""
    return (
        f"no losing schedule was found, but {_asked_after(program)} is answered otherwise each time, so "
        "that a loss would not show there; ask something afterwards (--after) of which some part is the "
        "same each time"
    )


def _nothing_changes(stepped: SteppedServer, reference: Reference, ours: bool) -> str:
    """Why the requests might as well not have been sent, or ""."""
    program = reference.program
    reads = {request.method for request in program.requests} <= {*READING}
    if (reads or not program.after) and not ours:
        return ""
    if not _is_judged_by_what_it_changes(program) or _tell_of_each_other(reference):
        return ""
    if not program.after:
        return "" if _tells_something(reference) else (
            "nothing happened that could be lost: the app has no GET that tells what these requests "
            "have done; ask what does (--after)"
        )  # fmt: skip
    if any(f"{{{name}." in str(request) for request in program.after for name in program.names):
        return ""  # it asks for what the requests have made
    if _is_changed(stepped, reference):
        return ""
    return (
        f"nothing happened that could be lost: {_asked_after(program)} is answered the same without "
        "these requests; send some that change it, or ask afterwards (--after) what they change"
    )


def _is_judged_by_what_it_changes(program: Program) -> bool:
    """Whether nobody listens, nothing must be true of every run, and no request waits for another."""
    return not (
        program.listeners or program.invariants or program.follows or program.starts_a_worker
    )


def _asked_after(program: Program) -> str:
    return " and ".join(f"{request.method} {request.path}" for request in program.after)


def _tell_of_each_other(reference: Reference) -> bool:
    """Whether some request is answered otherwise in another order."""
    names = reference.program.names
    seen = [[_said(reference, run, {name}) for name in names] for run in reference.runs.values()]
    return any(one != seen[0] for one in seen)


def _tells_something(reference: Reference) -> bool:
    """Whether the responses could be mixed up: they differ, or are read, or have ids of their own."""
    program = reference.program
    names = program.names
    each = [_said(reference, reference.first, {name}) for name in names]
    said = {one.removeprefix(f'{{"{name}": ') for name, one in zip(names, each, strict=True)}
    ids = any(path[0] in names and is_like_an_id(str(path[-1])) for path in reference.volatile)
    reads = any(request.method in READING for request in program.requests)
    return reads or len(said) > 1 or (ids and len(names) > 1)


def _is_changed(stepped: SteppedServer, reference: Reference) -> bool:
    """Whether what is asked afterwards is answered otherwise when some of the requests were sent."""
    program = reference.program
    last = {*program.last_names}

    def afterwards(run: History) -> str:
        return _said(reference, run, last)

    nothing = afterwards(one_by_one(stepped, program, ())[0])
    if any(afterwards(run) != nothing for run in reference.runs.values()):
        return True
    alone = ((name,) for name in program.names if len(program.names) > 1)
    return any(afterwards(one_by_one(stepped, program, one)[0]) != nothing for one in alone)


def _said(reference: Reference, run: History, clients: Container[str]) -> str:
    """The responses to these clients as a text, without what differs each time."""
    outcome = reference.outcome(event for event in run if event.client in clients)
    return json.dumps(without(outcome, reference.volatile), sort_keys=True)
