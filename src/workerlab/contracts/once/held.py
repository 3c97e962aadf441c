"""A runner that is held, until another worker has called in its place, and then goes on.

It must disturb nobody: what it says now is late. It is held at the sink, where the worker whose
call comes first is the runner; or behind one of its messages to the store.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

from workerlab.contracts.once.desk import DONE, RUNNING
from workerlab.contracts.once.looking import FOUND_S, HELD_TIMES, post_for
from workerlab.contracts.once.sink import ACCEPT, FAIL, Call
from workerlab.contracts.once.stage import LATER_S, RETRIED_S, Stage
from workerlab.grading.api import CheckInconclusive
from workerlab.network.turns import FREEZE

__all__ = ["AT_ITS_CALL", "BEFORE_ITS_MARK", "FAILED", "is_held_at_the_sink", "is_held_in_its_run"]

LEASE_S = 4.0  # the longest lease, 3 s, and a look
ALONE_S = 1.0  # nobody else calls while a call has been under way for less
WATCHED_S = 0.7  # of these, how long we look: between claim and call some time has passed
KEPT_TIMES = 1  # uvicorn kills a worker that is held for 20 s
BUSY_S = 2.0  # not given: a lease, or a call of two seconds, can have ended early
LOOK_S = 0.02  # between two looks of ours
AT_ITS_CALL, BEFORE_ITS_MARK, FAILED = (
    "between its claim and its call",
    "between the sink's answer and its mark",
    "when its call had failed",
)


def is_held_at_the_sink(stage: Stage, where: str) -> None:
    """The first worker to call is held there, until another has called."""
    handover = _Handover(stage, where)
    first: list[Call] = []
    arrives, held = Event(), Event()

    def on_way(call: Call) -> None:
        if first or not call.pid:
            return
        first.append(call)
        if where == AT_ITS_CALL:
            stage.signal(call.pid, FREEZE)
            held.set()
            arrives.wait(2 * LEASE_S)

    def answers(call: Call) -> int:
        if not first:
            return FAIL  # of a worker that has given up its call: another one will do
        if call is not first[0]:
            return handover.answer_to_others(call)
        if where != AT_ITS_CALL:
            stage.signal(call.pid, FREEZE)
            held.set()
        return FAIL if where == FAILED else ACCEPT

    with stage.meeting(on_way), stage.answering(answers):
        job = stage.posted()
        stage.comes(held.is_set, LEASE_S)
        assert held.is_set(), stage.nobody_called
        stage.is_a_worker(first[0])

        def before_it_goes_on() -> None:
            arrives.set()
            stage.comes(lambda: first[0].answered, LATER_S)

        handover.goes_on(job, first[0].pid, before_it_goes_on)


def is_held_in_its_run(stage: Stage, runner: int, step: int) -> None:
    """This worker is held behind a message of its run, until another has called."""
    handover = _Handover(stage, f"behind message {step} of its look to the store")
    with stage.answering(handover.answer_to_others):
        stage.frozen.add(runner)
        job = post_for(stage, runner, step, FREEZE)
        held = stage.comes(lambda: stage.turns.sent[runner] >= step, FOUND_S, HELD_TIMES)
        stage.turns.everybody_passes()
        if held:
            handover.goes_on(job, runner)
        handover.may_end.set()
        stage.is_done(job, RETRIED_S, after=f"{handover.held}, and went on")


class _Handover:
    """A job whose runner stands still, and the successor that takes it over meanwhile.

    where   where the runner was held, in words
    """

    def __init__(self, stage: Stage, where: str) -> None:
        self.stage = stage
        self.held = f"A runner was held {where}"
        self.when = f"{self.held}, until another worker had called"
        self.not_given: Callable[[], float] = lambda: 0.0  # seconds, since the successor's call
        self.all_not_given = self.not_given  # the same, since the runner was held
        self.may_end = Event()  # the successor's call may be answered

    def answer_to_others(self, call: Call) -> int:
        """The successor's call is under way for a while."""
        self.may_end.wait(2 * ALONE_S)
        return ACCEPT

    def goes_on(self, job: str, runner: int, before: Callable[[], None] = lambda: None) -> None:
        """Let the runner go on when a successor has called.

        before   what is done just before it goes on
        """
        stage = self.stage
        self.all_not_given = stage.clock_of_waiting()
        if not stage.comes(lambda: stage.calls(job, but=runner), LEASE_S, KEPT_TIMES):
            self.may_end.set()
            before()
            stage.thaw()  # a runner that is only held need not be replaced
            stage.is_done(job, RETRIED_S, after=f"{self.held}, and went on")
            return
        self.not_given = stage.clock_of_waiting()
        successor = stage.calls(job, but=runner)[0]
        before()
        stage.thaw()
        self._nobody_is_disturbed(job, runner, successor)
        self.may_end.set()
        stage.comes(lambda: successor.answered, ALONE_S)
        stage.is_done(job, after=f"{self.when}; the sink has accepted that call")
        done = time.monotonic()
        time.sleep(2 * stage.tick)
        assert not any(call.fresh and call.arrived > done for call in stage.calls(job)), (
            f"A job was called again after it was done.\n{self.when}; then the job was called once more"
        )

    def _nobody_is_disturbed(self, job: str, runner: int, successor: Call) -> None:
        stage = self.stage
        witness = next(iter(stage.others(runner, successor.pid)), runner)
        while time.monotonic() < successor.arrived + WATCHED_S:
            state = stage.desk.state(job, witness)
            third = [call for call in stage.calls(job) if self._disturbs(call, successor)]
            if third:
                self._blame(self._fault(third[0], runner, successor))
            in_time = time.monotonic() < successor.arrived + WATCHED_S - self.not_given()
            accepted = any(call.accepted for call in stage.calls(job))
            assert state != DONE or accepted, (
                "A runner that was held says done to a job that another one has.\n"
                f"{self.when}. It went on, and while that call was under way, and none had been "
                "accepted, the job was said to be done"
            )
            if in_time and state not in (RUNNING, DONE):
                self._blame(
                    "A runner that was held gives back a job that another one has.\n"
                    f"{self.when}. It went on, and while that call was under way, the job was said "
                    f"to be {state}"
                )
            time.sleep(LOOK_S)

    def _blame(self, fault: str) -> None:
        """An assertion, unless the successor's call may have been so late that it was given up."""
        if self.all_not_given() > BUSY_S:
            raise CheckInconclusive("the machine is too busy to see what a late runner does")
        raise AssertionError(fault)

    def _disturbs(self, call: Call, successor: Call) -> bool:
        """Whether it is a new one; who was held as well may be late with an old epoch, which is refused."""
        if call is successor or call.arrived < successor.arrived:
            return False
        return call.fresh and call.arrived < successor.arrived + WATCHED_S - self.not_given()

    def _fault(self, call: Call, runner: int, successor: Call) -> str:
        passed = call.arrived - successor.arrived
        epochs = f"epoch {call.epoch}, after {successor.epoch}"
        if call.pid == runner:
            return (
                "A runner that was held calls with an epoch that is too new.\n"
                f"{self.when}. It went on, and {passed:.1f} s later it called with {epochs}"
            )
        return (
            f"Two workers run one job at the same time.\n{self.when}. It went on, and so a third worker "
            f"called the sink, with {epochs}, when that call had been under way for {passed:.1f} s"
        )
