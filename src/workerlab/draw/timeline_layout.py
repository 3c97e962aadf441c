"""The content of a picture of a burst: a lane for each worker, a bar for each request, in tracks.

Requests of one worker overlap, so a lane has as many tracks as it needs, each request in the
first track that is free when it is called.

    >>> from workerlab.history import Event, History
    >>> picture = timeline_of(History([
    ...     Event(0, "POST", "/increment", None, 1.0, 1.2, 200, {"count": 1}, 4711),
    ...     Event(1, "POST", "/increment", None, 1.1, 1.3, 200, {"count": 2}, 4711)]))
    >>> [(bar.track, bar.label) for bar in picture.lanes[0].bars]
    [(0, '1'), (1, '2')]
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from workerlab.draw.timeline_order import Order, points
from workerlab.draw.words import brief, clean, shorten
from workerlab.history import Event, History

Kind = tuple[str, str]  # method, path


@dataclass
class Bar:
    """One request; `end` is None when there was no response, then it stays open."""

    event: Event
    start: float  # seconds since the drawing begins
    end: float | None
    label: str
    kind: int  # its place in the legend
    first_illegal: bool
    twin: bool = False  # it got the response that the first illegal operation got again
    number: int | None = None  # its place in the longest order that works, from 1 on
    point: float | None = None  # when it takes effect in that order, seconds like `start`
    track: int = 0


Extent = Callable[[Bar, float], float]  # the least time that a bar takes, of so many seconds


@dataclass
class Lane:
    """The requests that one worker answered; those of no known worker share the last lane."""

    pid: int | None
    title: str
    requests: int  # drawn or not
    bars: list[Bar] = field(default_factory=list)
    hidden: int = 0  # bars for which there was no track

    @property
    def tracks(self) -> int:
        return max((bar.track for bar in self.bars), default=0) + 1


@dataclass
class Timeline:
    """Everything that a picture of a burst shows."""

    lanes: list[Lane]
    kinds: list[Kind]
    seconds: float  # from the first call to the last response drawn
    total: int
    drawn: int
    complaint: str  # why the first illegal operation does not fit, or ""
    ordered: int = 0  # how many requests the longest order that works has

    @property
    def note(self) -> str:
        """The number of requests that are not drawn, in words, or ""."""
        if self.drawn == self.total:
            return ""
        what = ": the end of the order, and what was beside it" if self._breaks_off else ""
        return f"{self.drawn} of {self.total} requests drawn{what}"

    @property
    def finding(self) -> str:
        """The finding on an order, or "" when no order was looked for."""
        if self._breaks_off:
            return f"the longest order that works has {self.ordered} of {self.total}"
        return "one order fits all answers" if self.ordered else ""

    @property
    def _breaks_off(self) -> bool:
        return bool(self.complaint and self.ordered)

    def in_order(self) -> list[Bar]:
        """The bars that are drawn and have a place in the order, in that order."""
        bars = [bar for lane in self.lanes for bar in lane.bars if bar.number]
        return sorted(bars, key=lambda bar: bar.number or 0)


def timeline_of(
    history: History,
    first_illegal: object = None,
    *,
    most: int = 600,
    most_tracks: int = 16,
    extent: Extent = lambda bar, seconds: 0.0,
) -> Timeline:
    """Arrange at most `most` requests: those that the first illegal operation is about, else the first ones.

    `first_illegal` is an Event, an Operation, or a whole Linearization (or Order), which brings its
    reason, and the order: then each request of it has its number and its moment.
    `extent(bar, seconds)` is the least time that a bar takes in its track, for faces whose
    bars have a least width.
    """
    order = Order.of(first_illegal)
    shown = order.window(history, most)
    kinds = [kind for kind, _ in Counter((e.method, e.path) for e in history).most_common()]
    start = min((e.called for e in shown), default=0.0)
    ends = [e.called if e.unknown else e.ended for e in shown]
    seconds = max((end - start for end in ends), default=0.0) or 1e-3
    by_pid = history.by_pid().items()
    lanes = {pid: Lane(pid, _title(pid, events), len(events)) for pid, events in by_pid}
    numbers, moments = order.numbers(), points(order.events)
    for e in shown:
        kind = kinds.index((e.method, e.path))
        end = None if e.unknown else e.ended - start
        bar = Bar(
            e, e.called - start, end, _label(e), kind, e is order.first_illegal, e is order.twin
        )
        if id(e) in numbers:
            bar.number = numbers[id(e)]
            bar.point = moments[bar.number - 1] - start
        lanes[e.pid].bars.append(bar)
    for lane in lanes.values():
        _pack(lane, seconds, most_tracks, extent)
    kept = [lane for lane in lanes.values() if lane.bars]
    drawn = sum(len(lane.bars) for lane in kept)
    complaint = _complaint(order, numbers)
    return Timeline(kept, kinds, seconds, len(history), drawn, complaint, len(order.events))


def _complaint(order: Order, numbers: dict[int, int]) -> str:
    """Why the first illegal operation does not fit; the request with the same response is named by number."""
    if order.first_illegal is None:
        return ""
    twin = numbers.get(id(order.twin))
    reason = order.reason or f"does not fit: {request_in_words(order.first_illegal)}"
    return f"{reason}\u00a0(number\u00a0{twin})" if twin else reason


def request_in_words(event: Event) -> str:
    """One request in one line: what was asked, what came back, when, from which worker."""
    answer = "never answered" if event.unknown else f"{event.status} {brief(event.output)}"
    if event.error:
        answer += f" ({shorten(clean(event.error), 40)})"
    return f"{clean(event.method)} {shorten(clean(event.path), 60)}: {answer}"


def ticks(seconds: float, most: int = 8) -> tuple[list[float], str, float]:
    """Round moments to mark; the unit's name, and how many of it are in a second."""
    unit, per_second = ("s", 1.0) if seconds >= 2 else ("ms", 1e3)
    span = seconds * per_second
    power = 10 ** math.floor(math.log10(span / most))
    step = next(power * n for n in (1, 2, 5, 10) if span / (power * n) <= most)
    return [n * step / per_second for n in range(int(span / step) + 1)], unit, per_second


def _title(pid: int | None, events: History) -> str:
    if pid is not None:
        return f"worker {pid}"
    # A response without a pid comes from a server that does not say which worker it is.
    return "some worker" if events.answered else "no answer"


def _label(event: Event) -> str:
    if event.unknown:
        return "?"
    if not event.ok:
        return str(event.status)
    # A response of several values does not fit into a bar; cut, they all look the same.
    several = isinstance(event.output, dict | list) and len(event.output) != 1
    return "" if several else brief(event.output, 12)


def _pack(lane: Lane, seconds: float, most_tracks: int, extent: Extent) -> None:
    """Give each bar the first free track; count those that find none, none of the order."""
    free: list[float] = []
    kept = []
    for bar in lane.bars:
        end = seconds if bar.end is None else max(bar.end, bar.start + extent(bar, seconds))
        track = next((n for n, since in enumerate(free) if since <= bar.start), len(free))
        if track >= most_tracks and not (bar.first_illegal or bar.number):
            lane.hidden += 1
            continue
        free[track : track + 1] = [end]
        bar.track = track
        kept.append(bar)
    lane.bars = kept
