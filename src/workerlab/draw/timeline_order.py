"""The order in which a burst can have happened: place and moment of each request, and those left out.

A request takes effect at some moment between its call and its return. So an order is possible when
each of its requests can be given a moment inside its bar, and the moments never go back.

    >>> one, two = (Event(0, "POST", "/", called=n, returned=4) for n in (0, 1))
    >>> points([two, one])
    [2.0, 3.0]
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from workerlab.draw.words import clean
from workerlab.history import Event


@dataclass(frozen=True)
class Order:
    """The longest order that works, and the request with which it breaks off, if it does.

    `twin` got the response that the first illegal operation got again. Two events are
    different objects, however alike they are.
    """

    events: list[Event] = field(default_factory=list)
    first_illegal: Event | None = None
    twin: Event | None = None
    reason: str = ""

    @classmethod
    def of(cls, found: object) -> Order:
        """From None, an Event, an Operation, a Linearization, or an Order."""
        if isinstance(found, cls):
            return found
        first_illegal = _event_of(getattr(found, "first_illegal", found))
        operations = list(getattr(found, "order", ()))
        events = [event for operation in operations if (event := _event_of(operation))]
        if len(events) < len(operations):  # operations without an HTTP request have no bars
            events = []
        reason = clean(getattr(found, "reason", "")) if first_illegal or events else ""
        return cls(events, first_illegal, _event_of(getattr(found, "twin", None)), reason)

    def numbers(self) -> dict[int, int]:
        """The place in the order of each of its events (by id), beginning with 1."""
        return {id(event): number for number, event in enumerate(self.events, 1)}

    def window(self, history: Iterable[Event], most: int) -> list[Event]:
        """At most `most` events, in order of call: all, or those that the first illegal operation is about.

        The larger part of them is the end of the order, with the twin; the others were under way
        beside the first illegal operation and have no place. Without one: the first ones.
        """
        events = sorted(history, key=lambda event: event.called)
        if len(events) <= most:
            return events
        if not self.events:
            return _round(events, self.first_illegal, most)
        if self.first_illegal is None:
            return sorted(self.events[:most], key=lambda event: event.called)
        chosen = [event for event in (self.first_illegal, self.twin) if event]
        tail = self.events[::-1]
        placed = {id(event) for event in self.events}
        # A request called after the first illegal operation returned has no part in the question.
        beside = [e for e in events if id(e) not in placed and _overlap(e, self.first_illegal)]
        beside.sort(key=lambda event: event.ended)
        share = most * 3 // 5
        wanted = [*chosen, *tail[:share], *beside[: most - share - len(chosen)], *tail[share:]]
        unique = list({id(event): event for event in wanted}.values())[:most]
        return sorted(unique, key=lambda event: event.called)


def points(order: list[Event]) -> list[float]:
    """The moment at which each takes effect, in seconds as in the events.

    The moments lie inside the bars and never go back; wherever the bars leave room they go on, and
    those that have the same room are spread over it. Raises nothing: an order against real time
    gives moments outside the bars.
    """
    last = max((end for event in order if (end := event.ended) < math.inf), default=0.0)
    earliest = [*accumulate((event.called for event in order), max)]
    ends = [min(event.ended, max(last, event.called)) for event in order]
    latest = [*accumulate(reversed(ends), min)][::-1]
    found: list[float] = []
    for number, (early, late) in enumerate(zip(earliest, latest, strict=True)):
        begin = max(early, found[-1]) if found else early
        rivals = bisect_left(earliest, late) - number  # which want room before `late`, too
        found.append(begin + (late - begin) / (max(rivals, 1) + 1))
    return found


def _round(events: list[Event], centre: Event | None, most: int) -> list[Event]:
    place = next((i for i, event in enumerate(events) if event is centre), 0)
    first = max(0, min(place - most // 2, len(events) - most))
    return events[first : first + most]


def _overlap(one: Event, other: Event) -> bool:
    return one is not other and one.called <= other.ended and other.called <= one.ended


def _event_of(thing: object) -> Event | None:
    event = getattr(thing, "event", thing)
    return event if isinstance(event, Event) else None
