"""Ids that a database counts on: there may be gaps.

A sequence gives a number to a row that is not kept: its transaction was rolled back, or the row was there
already. So the next row has a higher number than one request after the other would have brought. It is
new all the same, and nothing else is told by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from workerlab.stepping.placeholders import is_like_an_id
from workerlab.stepping.searching.outcome import HEADERS, Outcome, Path, put

Ids = dict[str, set[int]]  # numbers by the name of their field


def ids_of(outcomes: Iterable[Outcome]) -> Ids:
    """All numbers that are ids, in any of these outcomes.

    >>> ids_of([{"A": [201, {"id": 3, "n": 7}, {}]}])
    {'id': {3}}
    """
    found: Ids = {}
    for outcome in outcomes:
        for path, number in _places(outcome):
            found.setdefault(str(path[-1]), set()).add(number)
    return found


def _places(value: object, path: Path = ()) -> Iterator[tuple[Path, int]]:
    if isinstance(value, dict):
        for key, one in value.items():
            if is_like_an_id(str(key)) and type(one) is int:
                yield (*path, key), one
            else:
                yield from _places(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _places(one, (*path, index))


def without_gaps(mine: Outcome, right: Outcome, known: Ids) -> Outcome | None:
    """The outcome with the numbers of new rows as they are in a right one; None when it has none.

    known   ids of all right outcomes: one of those is no new one

    >>> mine, right = ({"A": [201, {"id": n}, {"location": f"/a/{n}"}]} for n in (3, 2))
    >>> without_gaps(mine, right, {"id": {1, 2}}) == right
    True
    """
    own, wanted, new = ids_of([mine]), ids_of([right]), dict[int, int]()
    for name, numbers in own.items():
        fresh = sorted(numbers - known.get(name, set()))
        missing = sorted(wanted.get(name, set()) - numbers)
        if len(fresh) != len(missing) or any(a <= b for a, b in zip(fresh, missing, strict=True)):
            return None
        new |= dict(zip(fresh, missing, strict=True))
    if not new:
        return None
    for path, number in _places(mine):
        mine = put(mine, path, new.get(number, number))
    return {name: _with_its_place(said, new) for name, said in mine.items()}


def _with_its_place(said: object, new: dict[int, int]) -> object:
    """A response whose Location header has the new numbers, too."""
    if not (isinstance(said, list) and isinstance(said[HEADERS], dict)):
        return said
    place = said[HEADERS].get("location")
    if not isinstance(place, str):
        return said
    changed = re.sub(r"\d+", lambda n: str(new.get(int(n[0]), int(n[0]))), place)
    return [*said[:HEADERS], {**said[HEADERS], "location": changed}]
