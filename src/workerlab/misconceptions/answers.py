"""What a model can answer beside a plain value: a range of numbers, or parts of a sum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@runtime_checkable
class Answer(Protocol):
    """An answer that more than one outcome fits."""

    def fits(self, outcome: object) -> bool: ...


@dataclass(frozen=True)
class Between:
    """Any whole number from `low` to `high`, both included; `words` say it to the reader."""

    low: float
    high: float
    words: str

    def fits(self, outcome: object) -> bool:
        return isinstance(outcome, int | float) and self.low <= outcome <= self.high

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Parts:
    """A number for each of several processes; none has the whole `total`, and their sum is it."""

    total: int

    def fits(self, outcome: object) -> bool:
        if not isinstance(outcome, Iterable):
            return False
        parts = [part for part in outcome if isinstance(part, int)]
        return sum(parts) == self.total and max(parts) < self.total

    def __str__(self) -> str:
        return f"parts, whose sum is {self.total}"


def fits(answer: object, outcome: object) -> bool:
    """Whether an outcome is one that the answer foretold."""
    return answer.fits(outcome) if isinstance(answer, Answer) else answer == outcome


def in_words(value: object) -> str:
    """A value as a reader sees it; a text without its quotes."""
    return value if isinstance(value, str) else str(value)
