"""A lease that has ended, and all workers that find it at one moment: one of them takes the job.

A runner stands still at its call. How long its lease lasts is seen once, when another worker calls
in its place. Next time all others stand still from just before that moment until just after it;
then they look in step, as in `looking`, and each goes on alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from math import inf
from threading import Event
from typing import TypeVar

from workerlab.contracts.once.held import LEASE_S, WATCHED_S
from workerlab.contracts.once.looking import (
    HELD_S,
    all_begin,
    all_have_looked,
    standing_still,
    step_together,
    the_look_is_over,
)
from workerlab.contracts.once.sink import ACCEPT, Call
from workerlab.contracts.once.stage import RETRIED_S, Stage
from workerlab.grading.api import CheckInconclusive
from workerlab.network.turns import FREEZE

__all__ = ["all_find_an_ended_lease"]

# What became of a look in step. That there is no ended lease to see may be the app's own way: a
# leader's lease ends now earlier and now later. That workers are not in step is the machine's fault.
SEEN, NOTHING, LATE = "seen", "nothing to see", "not in step"
MOST_NOTHING, MOST_LATE = 2, 4
EARLY_S, LATE_S = 0.25, 0.05  # before a lease can have ended, and after it
TWICE = "Two workers took a job whose lease had ended."
Found = TypeVar("Found")
WHEN = "A runner was held until its lease had ended, and others found its job"


def all_find_an_ended_lease(stage: Stage, together: Iterable[int]) -> None:
    """Several times over: a runner stands still, its lease ends, and the others find that in step.

    together   messages of a look that all take in step, one number after the other
    """
    seconds = _StandsStill(stage).taken_over()
    if not seconds:
        return  # a runner that is only held need not be replaced
    for messages in together:
        tried = Counter[str]()
        while not tried[SEEN] and tried[LATE] < MOST_LATE and tried[NOTHING] < MOST_NOTHING:
            found, seconds = _StandsStill(stage).found_in_step(seconds, messages)
            tried[found] += 1
        if tried[LATE] == MOST_LATE:
            raise CheckInconclusive("the machine is too busy to see who takes an ended lease")


class _StandsStill:
    """A job whose runner stands still at its call, for as long as one of the methods takes."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._first: list[Call] = []
        self._held, self._goes_on, self._may_end = Event(), Event(), Event()

    def taken_over(self) -> float:
        """After how many seconds another worker calls; 0 if none does."""
        return self._play(self._wait_for_another)

    def found_in_step(self, seconds: float, together: int) -> tuple[str, float]:
        """All look at a lease that has ended, so many seconds after it had begun.

        Returns SEEN, NOTHING or LATE, and after how many seconds to look next time: fewer, where the
        job was taken before. An assertion if two of them called.
        """
        return self._play(lambda job: self._look(job, seconds, together))

    def _play(self, act: Callable[[str], Found]) -> Found:
        stage = self.stage
        with stage.meeting(self._on_way), stage.answering(self._answers):
            job = stage.posted()
            stage.comes(self._held.is_set, LEASE_S)
            assert self._held.is_set(), stage.nobody_called
            stage.is_a_worker(self._first[0])
            self._since = time.monotonic()
            try:
                found = act(job)
            finally:
                stage.turns.everybody_passes()
                self._may_end.set()
                self._goes_on.set()
                stage.thaw()
            stage.is_done(job, RETRIED_S, after=WHEN)
        return found

    def _on_way(self, call: Call) -> None:
        if self._first or not call.pid:
            return
        self._first.append(call)
        self.stage.signal(call.pid, FREEZE)
        self._held.set()
        self._goes_on.wait(3 * LEASE_S)

    def _answers(self, _: Call) -> int:
        self._may_end.wait(LEASE_S)
        return ACCEPT

    def _others_calls(self, job: str) -> list[Call]:
        return self.stage.calls(job, but=self._first[0].pid)

    def _wait_for_another(self, job: str) -> float:
        self.stage.comes(lambda: self._others_calls(job), LEASE_S, 1)
        calls = self._others_calls(job)
        return calls[0].arrived - self._since if calls else 0.0

    def _look(self, job: str, seconds: float, together: int) -> tuple[str, float]:
        stage = self.stage
        others = stage.others(self._first[0].pid)
        _sleep_until(self._since + seconds - stage.tick - EARLY_S)
        began = time.monotonic()  # a claim of now lasts until one second later at least
        in_time = all_have_looked(stage, others)
        stage.turns.nobody_passes()
        with standing_still(others):
            _sleep_until(self._since + seconds + LATE_S)
        before = self._others_calls(job)
        in_time &= all_begin(stage, others)
        in_time &= step_together(stage, others, together)
        for pid in others:
            stage.turns.only({pid: inf})
            in_time &= the_look_is_over(stage, [pid], job)
        stage.turns.everybody_passes()
        _sleep_until(began + HELD_S)
        early = [call for call in self._others_calls(job) if call.arrived < began + HELD_S]
        assert len(early) < 2 or early[1].arrived > early[0].arrived + WATCHED_S, (
            f"{TWICE}\nA runner was held until its lease had ended. Then the {len(others)} other workers "
            f"looked for jobs at the same moment (in step for {together} messages to the store, and "
            f"then one after the other): a second one called the sink when another one's call had "
            f"been under way for {early[1].arrived - early[0].arrived:.2f} s"
        )
        if before:
            return NOTHING, before[0].arrived - self._since
        if not in_time:
            return LATE, seconds
        return (SEEN if early else NOTHING), seconds


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
