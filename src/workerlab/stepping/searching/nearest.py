"""In which fields a run differs from the order that comes nearest: long bodies hide the one that counts."""

from __future__ import annotations

import json

from workerlab.history import History
from workerlab.stepping.searching.outcome import BODY, Path, differences, value_at, without
from workerlab.stepping.searching.reference import Reference

__all__ = ["fields_that_differ"]

MOST = 3  # fields that are named
WIDEST = 60  # characters of a value


def fields_that_differ(reference: Reference, history: History) -> str:
    """A sentence that begins with a semicolon; "" where the nearest order differs in more than fields.

    The nearest order is the one with the fewest places in which a response is another one.
    """
    mine = without(reference.outcome(history), reference.volatile)
    orders = [
        without(reference.outcome(run), reference.volatile) for run in reference.runs.values()
    ]
    right, places = min(
        ((order, [*differences(order, mine)]) for order in orders), key=lambda pair: len(pair[1])
    )
    if not places or not all(len(place) > BODY + 1 and place[1] == BODY for place in places):
        return ""
    words = [_in_words(place, mine, right) for place in places[:MOST]]
    more = f", and {len(places) - MOST} more" if len(places) > MOST else ""
    return f"; from the nearest order it differs in {', '.join(words)}{more}"


def _in_words(place: Path, mine: object, right: object) -> str:
    field = ".".join(map(str, place[BODY + 1 :]))
    said, expected = (_short(value_at(each, place)) for each in (mine, right))
    return f"{place[0]}'s {field} ({said}, not {expected})"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
