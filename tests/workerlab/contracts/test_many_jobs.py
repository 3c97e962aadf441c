"""Many jobs at once, of which one is called again: at fault, excused, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from workerlab.contracts.once import quiet
from workerlab.contracts.once.sink import Call

ONE, OTHER = 11, 12  # workers


class Stage:
    """Jobs that are called at once, and the first one once more, `again` seconds later."""

    tick = 0.0

    def __init__(self, again: float | None, not_given: float) -> None:
        self.desk, self.pids = self, [ONE, OTHER]
        self.again, self.not_given = again, not_given
        self.called: dict[str, list[Call]] = {}

    def clock_of_waiting(self) -> Callable[[], float]:
        return lambda: self.not_given

    @contextmanager
    def answering(self, answers: Callable[[Call], int]) -> Iterator[None]:
        self.answers = answers
        yield

    def post(self, pid: int) -> str:
        job = str(len(self.called) + 1)
        self.called[job] = [Call(job, 1, pid, arrived=1.0, answered=1.0 + quiet.SLOW_S)]
        return job

    def is_done(self, job: str, *_: float, after: str) -> None:
        self.answers(self.called[job][0])
        if job == "1" and self.again is not None:
            second = Call(job, 2, OTHER, number=1, arrived=1.0 + self.again)
            self.called[job].append(second)
            self.answers(second)

    def calls(self, job: str) -> list[Call]:
        return self.called[job]


def test_one_call_for_each_says_something() -> None:
    assert quiet.many_jobs(Stage(None, 0.0))  # type: ignore[arg-type]


def test_a_second_call_is_a_fault() -> None:
    with pytest.raises(AssertionError, match=r"more than once.\n.* 0.37 s after the first"):
        quiet.many_jobs(Stage(0.37, 0.0))  # type: ignore[arg-type]


def test_one_that_a_busy_machine_excuses_is_no_pass() -> None:
    """Leases of a third of a second had passed on a busy machine."""
    assert not quiet.many_jobs(Stage(0.37, 0.9))  # type: ignore[arg-type]
