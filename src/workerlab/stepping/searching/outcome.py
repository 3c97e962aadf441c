"""The outcome of a run: what of its responses is compared, and what is left out.

Of each response: its status, its whole body, and the headers that mean something to a client. Other
headers (Date, Server, those of a proxy or of a timer) are not looked at.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import cache

from workerlab.bounded_json import loaded
from workerlab.errors import BadUsage
from workerlab.history import Event
from workerlab.stepping.cookies import names_set

NEAR_S = 86_400  # seconds: a moment so near to now is no constant, in any time zone
ANYTHING = "…"  # stands in an outcome where the app responds differently each time

Path = tuple[str | int, ...]
"""A place in a request's response: its client, then keys and indexes."""
Outcome = dict[str, object]
"""By client, the status, the body and the headers of each response of a run."""
WHOLE = (
    "content-type",
    "etag",
    "location",
    "www-authenticate",
    "allow",
    "content-disposition",
    "link",
)
"""Headers that are compared by their values."""
PRESENT = ("retry-after",)  # seconds that run down: only whether it is there
COOKIES = "set-cookie"  # its values are often new each time: only which cookies are set
BODY, HEADERS = 1, 2  # places in a response of an outcome, behind its status
KEYS = "its keys"  # in place of a key, where two objects have as many keys, but others


def outcome_of(history: Iterable[Event]) -> Outcome:
    """The responses of a run by client; those to the requests before are left out.

    Where a client has asked several workers, each other response has a number behind its name.
    """
    outcome: Outcome = {}
    for event in history:
        if event.client == "-" or event.unknown:
            continue
        said = [event.status, as_compared(event.output), headers_that_matter(event)]
        names = [str(event.client), *(f"{event.client} {number}" for number in range(2, 100))]
        name = next(name for name in names if outcome.get(name, said) == said)
        outcome[name] = said
    return outcome


def as_compared(body: object) -> object:
    """A body as it is; one with a JSON object on each line as their list, which is what it says."""
    if not isinstance(body, str) or not body.startswith("{"):
        return body
    try:
        return [loaded(line) for line in body.splitlines() if line.strip()]
    except ValueError:
        return body


def headers_that_matter(event: Event) -> dict[str, str]:
    """The headers of a response that are compared, by name.

    >>> headers_that_matter(Event("A", "GET", "/", headers={"etag": "x", "date": "now"}))
    {'etag': 'x'}
    """
    headers = event.headers or {}
    found = {name: headers[name] for name in WHOLE if name in headers}
    found |= {name: "is there" for name in PRESENT if name in headers}
    return found | ({COOKIES: names_set(headers)} if COOKIES in headers else {})


def differences(one: object, other: object, path: Path = ()) -> Iterator[Path]:
    """The places in which two values differ.

    >>> list(differences({"id": 1, "n": [2, 3]}, {"id": 5, "n": [2, 4]}))
    [('id',), ('n', 1)]
    """
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from differences(one[key], other[key], (*path, key))
    elif _have_other_keys(one, other) and path[1:2] == (BODY,):
        yield (*path, KEYS)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, (*path, index))
    elif one != other or type(one) is not type(other):
        yield path


def _have_other_keys(one: object, other: object) -> bool:
    """Whether both are objects with as many keys, such as rows by ids that are drawn."""
    return isinstance(one, dict) and isinstance(other, dict) and len(one) == len(other)


def permuted(one: object, other: object, path: Path = ()) -> Iterator[Path]:
    """The places of lists that have the same texts in another order, as sets of two processes have.

    >>> list(permuted({"tags": ["a", "b"], "n": [1, 2]}, {"tags": ["b", "a"], "n": [2, 1]}))
    [('tags',)]
    """
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() & other.keys():
            yield from permuted(one[key], other[key], (*path, key))
    elif isinstance(one, list) and isinstance(other, list):
        if one != other and _texts(one) and _texts(other) and sorted(one) == sorted(other):
            yield path
        else:
            for index, pair in enumerate(zip(one, other, strict=False)):
                yield from permuted(*pair, (*path, index))


def _texts(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def in_order(outcome: Outcome, places: Iterable[Path]) -> Outcome:
    """An outcome whose lists at these places are sorted."""
    for path in places:
        value = value_at(outcome, path)
        if isinstance(value, list) and _texts(value):
            outcome = put(outcome, path, sorted(value))
    return outcome


def put(outcome: Outcome, path: Path, value: object) -> Outcome:
    """The outcome with another value at a place that it has."""
    changed = _replaced(outcome, path, value)
    assert isinstance(changed, dict)  # whose place was not the whole of it
    return changed


def value_at(value: object, path: Path) -> object:
    """The value at a place; None when there is none."""
    for step in path:
        if step == KEYS and isinstance(value, dict):
            return [*value]
        try:
            value = value[step]  # type: ignore[index]  # whatever it is, a wrong step is caught
        except (TypeError, KeyError, IndexError):
            return None
    return value


def times_in(value: object, path: Path = ()) -> Iterator[Path]:
    """The places of moments of today or nearly, which are others in a later run.

    Two runs within one second may well have the same one.
    """
    if isinstance(value, dict):
        for key, one in value.items():
            yield from times_in(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from times_in(one, (*path, index))
    elif abs(time.time() - _moment(value)) < NEAR_S:
        yield path


def _moment(value: object) -> float:
    """The seconds since 1970 of a date with a time, or of such a number; 0 for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value / 1000 if value > 10**11 else float(value)
    if isinstance(value, str) and ":" in value and value[:4].isdigit():
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(value).timestamp()
    return 0.0


def without(value: object, places: Iterable[Path]) -> object:
    """The value with `ANYTHING` at these places, as far as it has them."""
    for path in places:
        value = _replaced(value, path)
    return value


def _replaced(value: object, path: Path, new: object = ANYTHING) -> object:
    if not path:
        return new
    head, *rest = path
    if head == KEYS and isinstance(value, dict):
        return [ANYTHING] * len(value)  # how many they are may be compared
    if isinstance(value, dict) and head in value:
        return {**value, head: _replaced(value[head], tuple(rest), new)}
    if isinstance(value, list) and isinstance(head, int) and head < len(value):
        return [*value[:head], _replaced(value[head], tuple(rest), new), *value[head + 1 :]]
    return value


_STEP = re.compile(r"\.\.([\w-]+)|\.([\w-]+)|\[(\d+)\]|\[(\*)\]|\.(\*)|\[(['\"])(.+?)\6\]")
_NAME = re.compile(r"[A-Za-z][\w-]*")
DEEP = ".."


@cache
def pattern_of(text: str) -> tuple[str, ...]:
    """The steps of a JSON path, or the one name of a header. Raises BadUsage.

    >>> pattern_of("$.items[*].id"), pattern_of("$..id"), pattern_of("ETag")
    (('$', 'items', '*', 'id'), ('$', '..', 'id'), ('etag',))
    """
    if _NAME.fullmatch(text):
        return (text.lower(),)
    rest, steps = text[1:], ["$"]
    while text.startswith("$") and (found := _STEP.match(rest)):
        deep, key, index, star, other, _, quoted = found.groups()
        steps += [DEEP, deep] if deep else [key or index or star or other or quoted]
        rest = rest[found.end() :]
    if rest or not text.startswith("$"):
        message = f"{text!r} is neither a place in JSON nor the name of a header"
        raise BadUsage(message, "write ignore as '$.id', '$.items[*].at', '$..id', or 'ETag'")
    return tuple(steps)


def ignoring(outcome: Outcome, ignored: Iterable[str]) -> Outcome:
    """An outcome without what its reader does not want to be compared.

    ignored   JSON paths, and names of headers
    """
    for text in ignored:
        head, *steps = pattern_of(text)
        for name, said in outcome.items():
            if not isinstance(said, list):
                continue
            status, body, headers = said
            if head == "$":
                body = _struck(body, steps)
            elif head in headers:
                headers = {**headers, head: ANYTHING}
            outcome = {**outcome, name: [status, body, headers]}
    return outcome


def _struck(value: object, steps: list[str]) -> object:
    """The value with `ANYTHING` at all places to which the steps of a JSON path lead."""
    if not steps:
        return ANYTHING
    head, *rest = steps
    if head == DEEP:
        value = _struck(value, rest)
        if isinstance(value, dict):
            return {
                key: one if key == rest[0] else _struck(one, steps) for key, one in value.items()
            }
        return [_struck(one, steps) for one in value] if isinstance(value, list) else value
    if isinstance(value, dict):
        return {
            key: _struck(one, rest) if head in ("*", key) else one for key, one in value.items()
        }
    if isinstance(value, list):
        here = [head in ("*", str(number)) for number in range(len(value))]
        return [
            _struck(one, rest) if is_it else one for is_it, one in zip(here, value, strict=True)
        ]
    return value
