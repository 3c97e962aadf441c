"""Requests that name an earlier response: the id of a booking is known only when it was made.

>>> from workerlab.stepping.program import Program
>>> program = Program.parse("DELETE /bookings/{before.0.id}", before="POST /bookings", after="")
>>> str(filled(program, [Event("-", "POST", "/bookings", output={"id": 17})]))
'DELETE /bookings/17'
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from urllib.parse import quote

from workerlab.history import Event
from workerlab.stepping.program import Program, Request

_BEFORE = re.compile(r"\{before\.(\d+)\.(\w+)\}")
_NAMED = re.compile(r"\{([A-Z])\.(\w+)\}")
MISSING = (
    "missing"  # stands where a response has no such field: the oracle finds that response wrong
)
Value = Callable[[re.Match[str]], object]


def filled(program: Program, before: Sequence[Event]) -> Program:
    """The program with `{before.0.id}` made into the field `id` of the first response.

    It may stand in a path, in a header, or in a text of the body; a text that is nothing else becomes
    the value itself, of its own type.

    before   the responses to the requests of `program.before`, in order
    """

    def value(place: re.Match[str]) -> object:
        index, name = int(place[1]), place[2]
        return _field(before[index] if index < len(before) else None, name)

    def fill(requests: tuple[Request, ...]) -> tuple[Request, ...]:
        return tuple(_filled(one, _BEFORE, value) for one in requests)

    return replace(program, requests=fill(program.requests), after=fill(program.after))


def filled_after(request: Request, history: Iterable[Event]) -> Request:
    """A request asked at the end, with `{A.id}` made into the field `id` of A's response."""
    events = {str(event.client): event for event in history}
    return _filled(request, _NAMED, lambda place: _field(events.get(place[1]), place[2]))


def unknown_field(request: Request, before: Sequence[Event], history: Iterable[Event]) -> str:
    """A sentence about the first placeholder of a request that no response fills, or ""."""
    text = f"{request}"
    events = {str(event.client): event for event in history}
    for place in (*_BEFORE.finditer(text), *_NAMED.finditer(text)):
        number = int(place[1]) if place[1].isdigit() else -1
        event = events.get(place[1]) or (before[number] if 0 <= number < len(before) else None)
        if _field(event, place[2]) is MISSING:
            known = event.output if event and isinstance(event.output, dict) else {}
            has = f"it has {', '.join(map(str, known))}" if known else "it has no fields"
            return (
                f"{place[0]} in {request.method} {request.path} names no field of a response; {has}"
            )
    return ""


def _field(event: Event | None, name: str) -> object:
    output = event.output if event else None
    return output.get(name, MISSING) if isinstance(output, dict) else MISSING


def _filled(request: Request, pattern: re.Pattern[str], value: Value) -> Request:
    path = pattern.sub(lambda place: quote(str(value(place)), ""), request.path)
    headers = tuple(
        (name, pattern.sub(lambda place: str(value(place)), text)) for name, text in request.headers
    )
    return replace(request, path=path, headers=headers, body=_in_body(request.body, pattern, value))


def _in_body(body: object, pattern: re.Pattern[str], value: Value) -> object:
    if isinstance(body, dict):
        return {key: _in_body(one, pattern, value) for key, one in body.items()}
    if isinstance(body, list):
        return [_in_body(one, pattern, value) for one in body]
    if not isinstance(body, str):
        return body
    if whole := pattern.fullmatch(body):
        return value(whole)
    return pattern.sub(lambda place: str(value(place)), body)
