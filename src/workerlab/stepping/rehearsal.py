"""Before a search: send each request once, and decide how each schedule begins."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from workerlab.errors import BadUsage, NotReady
from workerlab.history import Event, History
from workerlab.models.counter import COUNTER_REQUESTS
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.conversation import Conversation
from workerlab.stepping.placeholders import renewed, without_number
from workerlab.stepping.program import Program, Request
from workerlab.stepping.searching.last_exception import last_exception

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
        if request.starts_a_worker:
            continue
        if program.model == COUNTER and (request.method, request.path) not in COUNTER_REQUESTS:
            known = ", ".join(" ".join(pair) for pair in COUNTER_REQUESTS)
            raise BadUsage(
                f"{request} is not a request of a counter, which has {known}",
                AGAINST_ITSELF,
            )


def rehearsed(
    stepped: SteppedServer, program: Program, before_is_given: bool, note: Callable[[str], None]
) -> tuple[Program, History]:
    """The program as it can be judged on this app, and the responses when all of it was asked once.

    Unless the reader has named the requests before, POST /reset may be missing. A counter that nothing
    resets goes on from schedule to schedule: it is asked first where it stands, and is checked from
    there. Raises what `rehearse` raises, and BadUsage when it cannot be asked.
    """
    missing = not before_is_given and stepped.ask(RESET).status in NO_SUCH_ENDPOINT
    program = replace(program, before=()) if missing else program
    stepped.begin_again()
    cold = rehearse(stepped, program)
    if missing and not stepped.puts_back:
        where = f"what {REPORT} says" if program.model == COUNTER else "where the last one ended"
        note(f"the app has no {RESET}: each schedule goes on from {where}")
    asked = [COUNTER_REQUESTS.get((request.method, request.path)) for request in program.before]
    if program.model != COUNTER or ("reset",) in asked:
        return program, cold
    program = replace(program, before=(REPORT, *program.before))
    rehearse(stepped, replace(program, requests=(), after=()))
    return program, cold


def rehearse(stepped: SteppedServer, program: Program) -> History:
    """Run every request once, one after the other: an error now is not the schedule's fault.

    Returns the responses, as far as there are any. Raises NotReady for a request without a response,
    BadUsage for a response that the model does not know.
    """
    names = [name for name, _ in _in_turn(program)]
    last_names = program.last_names
    program, number = renewed(program)
    talk, history = stepped.conversation(), History()
    at_once: dict[str, Conversation] = {}  # what each knows that runs at once with the others
    said: dict[str, tuple[str, Request, Event]] = {}
    for name, (_, request) in zip(names, _in_turn(program), strict=True):
        knows = talk
        if name in program.names:
            earlier = said.get(program.follows.get(name, ""))
            knows = at_once[earlier[0]].heard_all([earlier]) if earlier else talk.copy()
            at_once[name] = knows
        elif name in last_names:
            knows = talk = talk.heard_all(said.values())
            said.clear()
        ready = knows.ready(request)
        client = "-" if name.startswith("before.") else name
        if program.model == SERIAL:
            event = stepped.alone(ready, client, stepped.workers[0])
        else:
            event = replace(stepped.ask(ready), client=client)
        history.append(event)
        if name in at_once:
            said[name] = (name, request, event)
        else:
            talk.heard(name, request, event)
        request = replace(ready, headers=request.headers)  # in words without cookies and tokens
        if event.unknown and program.model == SERIAL:
            break  # the reference says so, and says why
        if event.unknown:
            raise NotReady(
                f"{request} got no answer ({event.error})",
                "fix the app so that it answers when asked alone; its last lines are above",
                stepped.server.log,
            )
        if event.status == 405 or (event.status == 404 and _is_unknown(stepped, program, event)):
            named = "program, before and after (--program, --before, --after)"
            advice = f"name the app's own with {named}; {_routes(stepped)}"
            raise BadUsage(
                f"{request} was answered {event.status}: the app has no such endpoint", advice
            )
        if program.model != SERIAL:
            _must_suit_the_model(program, request, event, stepped)
    return without_number(history, number)


def _in_turn(program: Program) -> Iterator[tuple[str, Request]]:
    """Every request, with the name that placeholders have for its response; START is none."""
    yield from ((f"before.{number}", request) for number, request in enumerate(program.before))
    for name, request in zip(program.names, program.requests, strict=True):
        if not request.starts_a_worker:
            yield name, request
    yield from zip(program.last_names, program.after, strict=True)


def _is_unknown(stepped: SteppedServer, program: Program, event: Event) -> bool:
    """Whether the app has no such endpoint; it may know the endpoint, and not what is asked for."""
    if program.model != SERIAL or event.output != {"detail": "Not Found"}:
        return program.model != SERIAL
    known = (re.split(r"\{[^}]*\}", path) for path in _paths(stepped))
    patterns = ("[^/]+".join(map(re.escape, parts)) for parts in known)
    path = event.path.partition("?")[0]
    return not any(re.fullmatch(pattern, path) for pattern in patterns)


def _must_suit_the_model(
    program: Program, request: Request, event: Event, stepped: SteppedServer
) -> None:
    if not event.ok:
        raise NotReady(
            f"{request} was answered {event.status}, even alone{_why(stepped, event)}",
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


def _why(stepped: SteppedServer, event: Event) -> str:
    """The exception behind a response. It is logged after that, and before the worker's next one."""
    stepped.alone(Request("GET", "/openapi.json"), "-", event.pid or stepped.workers[0])
    return last_exception(stepped.server.log)


def _paths(stepped: SteppedServer) -> dict[str, Iterable[str]]:
    """The app's paths with their methods, as its own description has them; {} when it has none."""
    described = stepped.ask(Request("GET", "/openapi.json")).output
    paths = described.get("paths") if isinstance(described, dict) else None
    return paths if isinstance(paths, dict) else {}


def _routes(stepped: SteppedServer) -> str:
    """The app's endpoints in words, as its own description has them."""
    if stepped.ask(Request("GET", "/openapi.json")).status != 200:
        return "see the app's file"
    routes = [
        f"{method.upper()} {path}"
        for path, methods in _paths(stepped).items()
        for method in methods
    ]
    return f"it has {', '.join(routes[:8])}" if routes else "it has none"
