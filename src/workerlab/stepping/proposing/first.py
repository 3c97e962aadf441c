"""The one question to begin with, for a reader who has asked none."""

from __future__ import annotations

from workerlab.errors import BadUsage
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import Program, Request
from workerlab.stepping.proposing.asked_for import USUAL, description_of
from workerlab.stepping.proposing.description import Operation
from workerlab.stepping.proposing.framing import framed
from workerlab.stepping.proposing.questions import DIFFERENT, SAME, Pair, Questions
from workerlab.verdict import Verdict

COUNTER = {("POST", "/increment"), ("GET", "/report")}
MOST_TRIED = 12  # questions, before one that can be judged is good enough
OWN_QUESTION = 'ask your own: --model serial --program "POST /x | POST /x" --after "GET /x"'


def proposed(stepped: SteppedServer) -> Program | None:
    """A program for an app whose reader has named none; None for a counter, which has a usual one.

    Also None for an app that does not describe itself, or has no operation that writes. Raises
    BadUsage when its description is broken, or when none of its operations can be asked.
    """
    if not stepped.ask(Request("GET", USUAL[0])).ok:
        return None
    description = description_of(stepped)
    if {(one.method, one.path) for one in description.operations} >= COUNTER:
        return None
    questions = Questions(stepped, description)
    pairs = questions.pairs(sorted(description.writing, key=_promise))
    best, why = _best(stepped, questions, pairs)
    if best is None and pairs:
        raise BadUsage(f"no question could be made of the app's description: {why}", OWN_QUESTION)
    return best


def _best(
    stepped: SteppedServer, questions: Questions, pairs: list[Pair]
) -> tuple[Program | None, str]:
    """The first question at a limit, where not both requests can succeed; else the first that can be
    judged at all; else None, and why not."""
    best: Program | None = None
    why, tried = "", 0
    for pair in pairs:
        if best is not None and tried > MOST_TRIED:
            break
        if reason := questions.not_ready(pair):
            why = why or f"{pair.one}: {reason}"
            continue
        for kind in (DIFFERENT, SAME):
            if (question := questions.of(pair, kind)) is None:
                continue
            tried += 1
            found = framed(stepped, question)
            judged = found.verdict is None and not found.goes_on
            if (judged and found.refuses) or _failed(found.verdict):
                return found.program, ""
            if judged and (best is None or (found.program.before and not best.before)):
                best = found.program
            said = found.verdict.message if found.verdict else f"{found.goes_on} is not reset"
            why = why or f"{pair}: {said}"
    return best, why


def _failed(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.status == "failed"


def _promise(operation: Operation) -> tuple[bool, bool]:
    """What is asked first: what is done to a thing that is there, and no removal."""
    return operation.method == "DELETE", not operation.names_in_path
