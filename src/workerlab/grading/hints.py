"""The hint ladder of a check: three steps, from a question to nearly the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workerlab.errors import BadUsage
from workerlab.grading import memory
from workerlab.grading.api import CheckInfo, checks_of
from workerlab.grading.manifest import Manifest, find

NAME = "hints"


@dataclass(frozen=True)
class Ladder:
    """The hints of one check, and how many of them have been seen."""

    lab: Manifest
    check: CheckInfo
    seen: int

    @property
    def shown(self) -> tuple[str, ...]:
        return self.check.hints[: self.seen]

    @property
    def left(self) -> int:
        return len(self.check.hints) - self.seen


def ladder(lab: str, check: str) -> Ladder:
    """The ladder of a check as it stands. Raises BadUsage for a lab or a check that is not there."""
    found = find(lab)
    infos = {info.id: info for info in checks_of(found)}
    if check not in infos:
        advice = f"choose one of: {', '.join(infos)}"
        raise BadUsage(f"{found.name} has no check {check!r}", advice)
    return Ladder(found, infos[check], min(seen(found.name, check), len(infos[check].hints)))


def seen(lab: str, check: str) -> int:
    """How many hints of a check have been shown."""
    number = memory.table(memory.recall(NAME), lab).get(check)
    return number if isinstance(number, int) and number > 0 else 0


def climb(
    at: Ladder, to: int | None = None, warn: Callable[[str], None] = lambda text: None
) -> Ladder:
    """One step up (or to step `to`; 0 forgets them all), remembered for the next time.

    `warn` is called with a line when it cannot be remembered.
    """
    to = min(at.seen + 1 if to is None else to, len(at.check.hints))
    try:
        memory.update(NAME, lambda kept: memory.table(kept, at.lab.name).update({at.check.id: to}))
    except memory.NotRemembered as error:
        warn(f"{error}; {error.advice}")
    return Ladder(at.lab, at.check, to)
