"""Requests that name an earlier response: the id of a booking is known only when it was made.

    {before.0.id}           of the first request before: the field `id` of its JSON
    {A.items.0.id}          of request A, for a request after it
    {ada.token}             of the sign-in of the client `ada`
    {A.headers.location}    a header
    {env.TOKEN}             of no response, but of our environment: a secret stands in no result

>>> from workerlab.stepping.program import Program
>>> program = Program.parse("DELETE /bookings/{before.0.id}", before="POST /bookings", after="")
>>> str(filled(program, [Event("-", "POST", "/bookings", output={"id": 17})]))
'DELETE /bookings/17'
"""

import itertools
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from workerlab.errors import BadUsage
from workerlab.history import Event, History
from workerlab.stepping.program import Program
from workerlab.stepping.request import Request

_PLACE = re.compile(r"\{(before\.\d+|[A-Z]|[a-z][\w-]*)((?:\.[\w-]+)+)\}")
MISSING = (
    "missing"  # stands where a response has no such field: the oracle finds that response wrong
)
ENVIRONMENT = "env"  # as if it were a client; one that signs in may bear the name, too
FRESH, DIGITS = "{fresh}", 8
"""Stands for a number of so many digits, another one in each run: what bears it is new there."""
_FRESH = re.compile(r"(\d?)\{fresh\}")
_numbers = itertools.count(10**7 + secrets.randbelow(8 * 10**7))  # ours differ from earlier ones
Value = Callable[[re.Match[str]], object]


def renewed(program: Program) -> tuple[Program, str]:
    """The program with a new number in place of `{fresh}`, the same one everywhere; and the number.

    A text of the body that is nothing else, but for a digit before it, becomes a number. The number
    is "" where the program has no such place.

    >>> one, number = renewed(Program.parse('PUT /a/x{fresh} {"n": "{fresh}"}', before="", after=""))
    >>> one.requests[0].path == f"/a/x{number}", one.requests[0].body["n"] == int(number)
    (True, True)
    """
    everything = (*program.before, *program.requests, *program.after)
    if not any(FRESH in str(request) for request in everything):
        return program, ""
    number = str(next(_numbers))

    def value(place: re.Match[str]) -> object:
        text = place[1] + number
        return int(text) if place[0] == place.string else text

    def fill(requests: tuple[Request, ...]) -> tuple[Request, ...]:
        return tuple(_filled(one, _FRESH, value) for one in requests)

    before, requests, after = map(fill, (program.before, program.requests, program.after))
    return replace(program, before=before, requests=requests, after=after), number


def without_number(history: Iterable[Event], number: str) -> History:
    """The events with `{fresh}` where this run's number was, so that runs can be compared."""
    if not number:
        return History(history)
    return History(
        replace(
            event,
            path=event.path.replace(number, FRESH),
            input=_again(event.input, number),
            output=_again(event.output, number),
            headers=_headers_again(event.headers, number),
        )
        for event in history
    )


def _headers_again(headers: dict[str, str] | None, number: str) -> dict[str, str] | None:
    return (
        {name: said.replace(number, FRESH) for name, said in headers.items()}
        if headers
        else headers
    )


def _again(value: object, number: str) -> object:
    if isinstance(value, dict):
        return {_again(key, number): _again(one, number) for key, one in value.items()}
    if isinstance(value, list):
        return [_again(one, number) for one in value]
    if isinstance(value, str):
        return value.replace(number, FRESH)
    whole = isinstance(value, int) and str(value).endswith(number)
    return str(value).replace(number, FRESH) if whole else value


def filled(program: Program, before: Sequence[Event]) -> Program:
    """The program with `{before.0.id}` made into the field `id` of the first response.

    before   the responses to the requests of `program.before`, in order
    """
    known = {f"before.{number}": event for number, event in enumerate(before)}

    def fill(requests: tuple[Request, ...]) -> tuple[Request, ...]:
        return tuple(filled_request(one, known) for one in requests)

    return replace(program, requests=fill(program.requests), after=fill(program.after))


def filled_request(request: Request, known: Mapping[str, Event]) -> Request:
    """A request with the fields that it names. They may stand in its path, in a header, in a form,
    and in a text of its body; a text that is nothing else becomes the value itself, of its own type.

    known   the responses so far: by "before.0", "A", or a client's name for its sign-in. What names
            a later one, or none of these, stays as it is.

    Raises BadUsage for a variable of the environment that is not set.
    """

    def value(place: re.Match[str]) -> object:
        if place[1] in known:
            return field_of(known[place[1]], place[2])
        if place[1] == ENVIRONMENT:
            return _of_environment(place[2].strip("."))
        return MISSING if place[1].startswith("before.") else place[0]

    return _filled(request, _PLACE, value)


def _of_environment(name: str) -> str:
    if name not in os.environ:
        raise BadUsage(f"there is no environment variable {name}", f"export {name}=… first")
    return os.environ[name]


def missing_fields(request: Request, known: Mapping[str, Event]) -> Iterator[tuple[str, str]]:
    """The placeholders of a request that no response fills, each with a sentence about it."""
    for place in _PLACE.finditer(str(request)):
        event = known.get(place[1])
        if event is not None and field_of(event, place[2]) is not MISSING:
            continue
        if event is None:
            if place[1].islower() and not place[1].startswith("before."):
                continue  # a client that does not sign in: then it is a text like any other
            has = "there is no such response before it"
        else:
            fields = event.output if isinstance(event.output, dict) else {}
            has = f"it has {', '.join(map(str, fields))}" if fields else "it has no fields"
        asked = f"{request.method} {request.path}"
        yield place[0], f"{place[0]} in {asked} names no field of a response; {has}"


def field_of(event: Event, dotted: str) -> object:
    """A field of a response by its place (".items.0.id", ".headers.etag"), or MISSING."""
    first, *rest = dotted.strip(".").split(".")
    own = isinstance(event.output, dict) and first in event.output
    if first == "headers" and len(rest) == 1 and not own:
        return (event.headers or {}).get(rest[0].lower(), MISSING)
    value = event.output
    for step in (first, *rest):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return MISSING
    return value


def _filled(request: Request, pattern: re.Pattern[str], value: Value) -> Request:
    def text(written: str) -> str:
        return pattern.sub(lambda place: str(value(place)), written)

    def in_path(place: re.Match[str]) -> str:
        filled_in = str(value(place))
        return filled_in if filled_in == place[0] else quote(filled_in, "")

    return replace(
        request,
        path=pattern.sub(in_path, request.path),
        headers=tuple((name, text(written)) for name, written in request.headers),
        form=tuple((name, text(written)) for name, written in request.form),
        parts=tuple(
            replace(part, value=text(part.value), filename=text(part.filename))
            for part in request.parts
        ),
        body=_in_body(request.body, pattern, value),
        raw=request.raw and replace(request.raw, value=text(request.raw.value)),
    )


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


def is_like_an_id(name: str) -> bool:
    """Whether a name is that of an id.

    >>> is_like_an_id("id"), is_like_an_id("product_id"), is_like_an_id("productId"), is_like_an_id("paid")
    (True, True, True, False)
    """
    return name.lower() in ("id", "uuid", "pk") or name.endswith(("_id", "Id", "ID"))
