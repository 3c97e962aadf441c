"""A part of lab 18 that fails is believed, unless the machine had no time for us: then once more."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from workerlab.contracts.once import scenes
from workerlab.grading import CheckInconclusive


class Stage:
    """As much of a stage as a part needs that only counts how often it was played."""

    def __init__(self) -> None:
        self.tried, self.server = {"requests": 0}, SimpleNamespace(tree=list)
        self.gathered = 0

    def gather(self) -> None:
        self.gathered += 1


def played(monkeypatch, ends: list[Exception | None], not_given: float) -> tuple[Future, int]:
    """A part that ends so, one time after the other: what came of it, and how often it was played."""
    ends = [*ends]
    whole = len(ends)
    chain = SimpleNamespace(not_given=lambda: not_given)
    monkeypatch.setattr(scenes, "Chain", lambda pids: chain)

    def part(_: object) -> None:
        if error := ends.pop(0):
            raise error

    future: Future = Future()
    scenes._play_one(Stage(), part, future)
    return future, whole - len(ends)


@pytest.mark.parametrize(
    ("ends", "not_given", "fails", "times"),
    [
        ([None], 9.0, False, 1),
        ([AssertionError("a"), None], 0.1, True, 1),
        ([AssertionError("a"), None], 9.0, False, 2),
        ([AssertionError("a"), AssertionError("b"), None], 9.0, True, 2),
        ([CheckInconclusive("busy"), None], 9.0, True, 1),
    ],
    ids=["passes", "quiet", "busy", "twice", "inconclusive"],
)
def test_only_a_busy_machine_gives_a_second_chance(monkeypatch, ends, not_given, fails, times):
    future, found = played(monkeypatch, ends, not_given)
    assert bool(future.exception()) == fails
    assert found == times
