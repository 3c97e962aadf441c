"""Before a search: send each request once, and decide how each schedule begins."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from workerlab.errors import BadUsage, NotReady
from workerlab.history import Event
from workerlab.models.counter import COUNTER_REQUESTS
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.placeholders import filled, filled_after
from workerlab.stepping.program import Program, Request

FOR_ANY_APP = COUNTER, SERIAL = ("counter", "serial")  # names of models
AGAINST_ITSELF = f"hold the app against itself: model {SERIAL!r} (--model {SERIAL})"
RESET, REPORT = Request("POST", "/reset"), Request("GET", "/report")
NO_SUCH_ENDPOINT = (404, 405)


def must_have_a_model(program: Program) -> None:
    """Raises BadUsage for a model that we do not have, or that knows nothing of these requests."""
    if program.model not in FOR_ANY_APP:
        advice = f"choose one of: {', '.join(FOR_ANY_APP)}"
        raise BadUsage(f"there is no model {program.model!r}", advice)
    for request in (*program.before, *program.requests, *program.after):
        if program.model == COUNTER and (request.method, request.path) not in COUNTER_REQUESTS:
            known = ", ".join(" ".join(pair) for pair in COUNTER_REQUESTS)
            raise BadUsage(
                f"{request} is not a request of a counter, which has {known}",
                AGAINST_ITSELF,
            )


def rehearsed(
    stepped: SteppedServer, program: Program, before_is_given: bool, note: Callable[[str], None]
) -> Program:
    """The program as it can be judged on this app, which has responded to all of it once.

    Unless the reader has named the requests before, POST /reset may be missing. A counter that nothing
    resets goes on from schedule to schedule: it is asked first where it stands, and is checked from
    there. Raises what `rehearse` raises, and BadUsage when it cannot be asked.
    """
    missing = not before_is_given and stepped.ask(RESET).status in NO_SUCH_ENDPOINT
    program = replace(program, before=()) if missing else program
    rehearse(stepped, program)
    if missing:
        where = f"what {REPORT} says" if program.model == COUNTER else "where the last one ended"
        note(f"the app has no {RESET}: each schedule goes on from {where}")
    asked = [COUNTER_REQUESTS.get((request.method, request.path)) for request in program.before]
    if program.model != COUNTER or ("reset",) in asked:
        return program
    program = replace(program, before=(REPORT, *program.before))
    rehearse(stepped, replace(program, requests=(), after=()))
    return program


def rehearse(stepped: SteppedServer, program: Program) -> None:
    """Run every request once, one after the other: an error now is not the schedule's fault.

    Raises NotReady for a request without a response, BadUsage for a response that the model
    does not know.
    """
    before: list[Event] = []
    asked: list[Event] = []
    for request in (*program.before, *program.requests, *program.after):
        if len(before) == len(program.before):
            request = filled(replace(program, requests=(request,), after=()), before).requests[0]
        request = filled_after(request, asked)
        event = stepped.ask(request)
        if len(before) < len(program.before):
            before.append(event)
        else:
            asked.append(replace(event, client=chr(ord("A") + len(asked))))
        if event.unknown and program.model == SERIAL:
            return  # the reference says so, and says why
        if event.unknown:
            raise NotReady(
                f"{request} got no answer ({event.error})",
                "fix the app so that it answers when asked alone; its last lines are above",
                stepped.server.log,
            )
        if event.status == 405 or (event.status == 404 and _is_unknown(program, event)):
            named = "program, before and after (--program, --before, --after)"
            advice = f"name the app's own with {named}; {_routes(stepped)}"
            raise BadUsage(
                f"{request} was answered {event.status}: the app has no such endpoint", advice
            )
        if program.model != SERIAL:
            _must_suit_the_model(program, request, event, stepped)


def _is_unknown(program: Program, event: Event) -> bool:
    """Whether the app has no such endpoint; it may know the endpoint, and not what is asked for."""
    return program.model != SERIAL or event.output == {"detail": "Not Found"}


def _must_suit_the_model(
    program: Program, request: Request, event: Event, stepped: SteppedServer
) -> None:
    if not event.ok:
        raise NotReady(
            f"{request} was answered {event.status}, even alone",
            "fix the app first; its last lines are above",
            stepped.server.log,
        )
    if program.model == COUNTER:
        body = event.output
        if not (isinstance(body, dict) and type(body.get("count")) is int):
            answer = body if isinstance(body, str) else json.dumps(body)
            raise BadUsage(
                f'{request} answered {answer[:60]!r}, and a counter answers {{"count": n}}',
                f"fix the response, or {AGAINST_ITSELF}",
            )


def _routes(stepped: SteppedServer) -> str:
    """The app's endpoints in words, as its own description has them."""
    described = stepped.ask(Request("GET", "/openapi.json")).output
    paths = described.get("paths") if isinstance(described, dict) else None
    if not isinstance(paths, dict):
        return "see the app's file"
    routes = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    return f"it has {', '.join(routes[:8])}" if routes else "it has none"
