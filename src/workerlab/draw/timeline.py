"""What a picture of a burst shows: a lane for each worker, a bar for each request, in tracks.

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

from workerlab.draw.words import brief, clean, shorten
from workerlab.history import Event, History

Kind = tuple[str, str]  # method, path


@dataclass
class Bar:
    """One request; `end` is None when nobody answered, then it stays open."""

    event: Event
    start: float  # seconds since the drawing begins
    end: float | None
    label: str
    kind: int  # its place in the legend
    misfit: bool
    twin: bool = False  # it got the answer that the misfit got again
    track: int = 0


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
    seconds: float  # from the first call to the last answer drawn
    total: int
    drawn: int
    complaint: str  # why the misfit does not fit, or ""

    @property
    def note(self) -> str:
        """What the drawing leaves out, or ""."""
        return "" if self.drawn == self.total else f"{self.drawn} of {self.total} requests drawn"


def timeline_of(
    history: History,
    misfit: object = None,
    *,
    most: int = 600,
    most_tracks: int = 16,
    extent: Callable[[Bar, float], float] = lambda bar, seconds: 0.0,
) -> Timeline:
    """Arrange at most `most` requests: those round the misfit, else the first ones.

    `misfit` is an Event, an Operation or a whole Linearization, which brings its reason.
    `extent(bar, seconds)` is the least time that a bar takes in its track, for faces whose
    bars have a least width.
    """
    event, complaint, twin = _misfit_in(misfit)
    shown = _window(sorted(history, key=lambda e: e.called), event, most)
    kinds = [kind for kind, _ in Counter((e.method, e.path) for e in history).most_common()]
    start = min((e.called for e in shown), default=0.0)
    ends = [e.called if e.unknown else e.returned for e in shown]
    seconds = max((end - start for end in ends), default=0.0) or 1e-3
    by_pid = history.by_pid().items()
    lanes = {pid: Lane(pid, _title(pid, events), len(events)) for pid, events in by_pid}
    for e in shown:
        end = None if e.unknown else e.returned - start
        kind = kinds.index((e.method, e.path))
        bar = Bar(e, e.called - start, end, _label(e), kind, e is event, e is twin)
        lanes[e.pid].bars.append(bar)
    for lane in lanes.values():
        _pack(lane, seconds, most_tracks, extent)
    kept = [lane for lane in lanes.values() if lane.bars]
    drawn = sum(len(lane.bars) for lane in kept)
    return Timeline(kept, kinds, seconds, len(history), drawn, complaint)


def request_in_words(event: Event) -> str:
    """One request in one line: what was asked, what came back, when, by whom."""
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
    # An answer without a pid comes from a server that does not say which worker it is.
    return "some worker" if events.answered else "no answer"


def _misfit_in(misfit: object) -> tuple[Event | None, str, Event | None]:
    """The event that does not fit, why not, and the one that had its answer before it."""
    reason = clean(getattr(misfit, "reason", ""))
    operation = getattr(misfit, "misfit", misfit)
    event = getattr(operation, "event", operation)
    if not isinstance(event, Event):
        return None, "", None
    twin = getattr(getattr(misfit, "twin", None), "event", None)
    return event, reason or f"does not fit: {request_in_words(event)}", twin


def _window(events: list[Event], centre: Event | None, most: int) -> list[Event]:
    place = next((i for i, event in enumerate(events) if event is centre), 0)
    first = max(0, min(place - most // 2, len(events) - most))
    return events[first : first + most]


def _label(event: Event) -> str:
    if event.unknown:
        return "?"
    if not event.ok:
        return str(event.status)
    # An answer of several values does not fit into a bar; cut, they all look the same.
    several = isinstance(event.output, dict | list) and len(event.output) != 1
    return "" if several else brief(event.output, 12)


def _pack(lane: Lane, seconds: float, most_tracks: int, extent) -> None:
    """Give each bar the first free track; count those that find none, never the misfit."""
    free: list[float] = []
    kept = []
    for bar in lane.bars:
        end = seconds if bar.end is None else max(bar.end, bar.start + extent(bar, seconds))
        track = next((n for n, since in enumerate(free) if since <= bar.start), len(free))
        if track >= most_tracks and not bar.misfit:
            lane.hidden += 1
            continue
        free[track : track + 1] = [end]
        bar.track = track
        kept.append(bar)
    lane.bars = kept
