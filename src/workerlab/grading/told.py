"""The words beside a picture: nothing that the picture says, and no schedule for the second time.

A message has to say everything, since a gradebook may show it alone. Beside the picture of its
schedule, the responses and the expected ones would stand there twice. And one schedule often
fails two checks: the later one names the earlier, and shows neither again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from workerlab.evidence import Evidence


class Told(Protocol):
    """The result of a check, as far as it is told."""

    @property
    def id(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def evidence(self) -> Evidence | None: ...


T = TypeVar("T", bound=Told)


def told_before(check: T, checks: Iterable[T]) -> T | None:
    """The first of these checks, before this one, that has the same schedule; None without any."""
    for earlier in checks:
        if earlier.id == check.id:
            return None
        if earlier.evidence and earlier.evidence == check.evidence:
            return earlier
    return None


def message_of(check: Told, earlier: Told | None = None) -> str:
    """The message of a check, to be shown beside its picture.

    earlier   the check whose picture is the same, and which stands before this one
    """
    evidence, lines = check.evidence or {}, check.message.split("\n")
    if evidence.get("steps"):
        drawn = f"{evidence.get('actual')}; {evidence.get('expected')}"
        lines = [line.removeprefix(drawn).lstrip("; ") for line in lines]
    if earlier is not None:
        known = {*earlier.message.split("\n"), *message_of(earlier).split("\n")}
        lines = [line for line in lines if line not in known]
        lines.insert(0, f"The schedule of {earlier.id} fails this check, too.")
    return "\n".join(filter(None, lines)) or check.message
