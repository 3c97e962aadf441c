"""The values that stand beside the steps of a schedule: what each one really read and wrote.

A worker tells of them later than of the step itself, and by the step's number among those of its
request (`worker/step_values.py`). What the commands to a store and their replies show goes before
what the source shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from workerlab.stepping.controller.stop import Stop
from workerlab.stepping.controller.trace import Trace

LONGEST = 160  # characters of all that one step read, or wrote


class Shown(NamedTuple):
    """What a step read and wrote, as text; None for nothing, and for what nobody knows."""

    read: str | None = None
    wrote: str | None = None


class ShownValues:
    """Those of all steps of a schedule."""

    def __init__(self, trace: Trace) -> None:
        self._told: dict[tuple[str, object], list[tuple[str, Shown]]] = {}
        for name, details in _reports(trace):
            for number, how, read, wrote in details.get("did", ()):
                shown = Shown(_text(read), _text(wrote))
                self._told.setdefault((name, number), []).append((str(how), shown))

    def of(self, name: str, stop: Stop) -> Shown:
        """What the step of this task did that began at this stop."""
        told = self._told.get((name, stop.details.get("number")), [])
        by_store = [shown for how, shown in told if how == "store"]
        if by_store:
            return Shown(_joined(one.read for one in by_store), _joined(w for _, w in by_store))
        wrote = _text(stop.details.get("wrote")) or _last(shown.wrote for _, shown in told)
        read = _last(shown.read for _, shown in told)
        return Shown(None if wrote else read, wrote)


def _reports(trace: Trace) -> Iterator[tuple[str, dict[str, Any]]]:
    for decision in trace.decisions:
        if decision.stop is not None:
            yield decision.chosen, decision.stop.details
    for passed in trace.passed.values():
        for name, stop in passed:
            yield name, stop.details
    for name, stop in trace.held.items():
        yield name, stop.details
    yield from trace.rest.items()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _last(texts: Iterable[str | None]) -> str | None:
    return next((text for text in reversed([*texts]) if text is not None), None)


def _joined(texts: Iterable[str | None]) -> str | None:
    said = ", ".join(text for text in texts if text is not None)
    return (said if len(said) <= LONGEST else said[: LONGEST - 1] + "…") or None
