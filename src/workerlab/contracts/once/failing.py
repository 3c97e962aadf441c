"""A sink that fails, refuses, drops connections, or never answers."""

from __future__ import annotations

import os
import time
from itertools import pairwise

from workerlab.contracts.once.sink import ACCEPT, DROP, DROP_ACCEPTED, FAIL, HANG, Call
from workerlab.contracts.once.stage import REPLACED_S, RETRIED_S, Stage
from workerlab.grading.api import CheckInconclusive
from workerlab.processes.waiting import Waiting

__all__ = ["one_call_hangs", "the_sink_fails", "the_sink_hangs", "the_sink_refuses"]

FAILS_S = 3.0  # how long the sink fails
AGAIN_S = 5.0  # a failed call is tried again
HANGS_S = 2.0  # a call without an answer has hung
HOLDS_UP_S = 3.0  # a hung call may hold others up
GET_S = 1.0  # a GET is answered while calls hang
LATE_S = 0.5  # and what our own looks take
EARLY_S = 0.02  # clocks in whole milliseconds, and what a message takes
SLOWLY_S = 0.1  # more than a tick: a pause counts from the failure, not from the call
BUSY_S = 1.0  # not given: a call may have been late for its runner
NEVER_S = 4.0  # a call that hangs has ended long before
HANGING_S = 1.5  # how long we ask while calls hang
MOST_HANGS = 5  # rounds, where a busy machine lets nobody be seen to answer
BLOCKED = "A worker does not answer while its call hangs."
LOOK_S = 0.05  # between two looks of ours
WAYS = {"answered 503": FAIL, "dropped": DROP, "accepted and dropped": DROP_ACCEPTED}


def the_sink_fails(stage: Stage) -> None:
    """Calls fail for some seconds, in each way; each is tried again, neither early nor late."""
    chain, began = stage.chains.begin(), time.monotonic()
    kept_waiting = stage.clock_of_waiting()
    ways = [*WAYS.values()]

    def answers(call: Call) -> int:
        over = time.monotonic() > began + FAILS_S
        way = ways[stage.sink.known(call.job) % len(ways)]
        if way == FAIL and not over:
            time.sleep(stage.tick + SLOWLY_S)
        return ACCEPT if over or (way == DROP_ACCEPTED and call.number) else way

    with stage.answering(answers):
        jobs = [stage.posted() for _ in ways]
        for job in jobs:
            seconds = FAILS_S + AGAIN_S + REPLACED_S
            stage.is_done(job, seconds, after="the sink failed for some seconds")
    busy = kept_waiting() > BUSY_S
    for job in jobs:
        late = [call.epoch for call in stage.calls(job) if not call.fresh]
        assert busy or not late, (
            "A job was called with an old epoch.\nThe sink failed for some seconds, and the job was "
            f"called with epoch {late[0]} when a higher one had been seen; nobody was held, and nobody died"
        )
        _tried_again_in_time(stage, job, chain.not_given())


def _tried_again_in_time(stage: Stage, job: str, not_given: float) -> None:
    calls = stage.calls(job)
    for failed, again in pairwise(calls):
        words = next((word for word, way in WAYS.items() if way == failed.answer), "")
        if not words:
            continue
        passed = again.arrived - failed.answered
        assert passed >= stage.tick - EARLY_S, (
            f"A call was tried again too early.\nIt was {words}, and tried again "
            f"{passed * 1000:.0f} ms later; TICK_MS is {stage.tick * 1000:.0f}"
        )
        _is_in_time(passed, not_given, after=f"A call was {words}")


def _is_in_time(passed: float, not_given: float, after: str) -> None:
    """An assertion if a call was tried again too late; if that may be the machine's fault, nobody passes."""
    late = passed - AGAIN_S - LATE_S
    if 0 < late <= not_given:
        raise CheckInconclusive("the machine is too busy to see when a call is tried again")
    assert late <= 0, (
        f"A call was tried again too late.\n{after}, and tried again {passed:.1f} s later"
    )


def the_sink_refuses(stage: Stage) -> None:
    """Nobody listens there for a while."""
    with stage.sink.refusing():
        job = stage.posted()
        time.sleep(3 * stage.tick)
    when = "connections to the sink were refused for a while"
    stage.is_done(job, AGAIN_S + REPLACED_S, after=when)


def one_call_hangs(stage: Stage) -> None:
    """The first call of a job is never answered: the next one comes in time, and is."""
    with stage.answering(lambda call: ACCEPT if call.number else HANG):
        job = stage.posted()
        stage.is_called(job)
        chain, seconds = stage.chains.begin(), HANGS_S + AGAIN_S
        again = stage.comes(lambda: len(stage.calls(job)) > 1, seconds + LATE_S)
        when = "A call was never answered"
        assert again, (
            f"A call that hangs was not tried again.\n{when}; {seconds:g} s after it had come, its job "
            "was not called again"
        )
        first, second = stage.calls(job)[:2]
        _is_in_time(second.arrived - first.arrived - HANGS_S, chain.not_given(), after=when)
        stage.is_done(job, AGAIN_S, after=f"{when}; the next one was")


def the_sink_hangs(stage: Stage) -> None:
    """Calls of all workers hang; each worker still answers, and the jobs are done in the end.

    On a busy machine a call may end before all workers have been asked, so what was seen is kept from
    round to round.
    """
    called, answered = set[int](), set[int]()
    for _ in range(MOST_HANGS):
        _ask_while_calls_hang(stage, called, answered)
        if answered >= called:
            return
    raise CheckInconclusive(
        "the machine is too busy to see whether a worker answers while its call hangs"
    )


def _ask_while_calls_hang(stage: Stage, called: set[int], answered: set[int]) -> None:
    """One round: notes the workers that had a call, and those seen to answer before it had ended."""
    pids = stage.desk.pids

    def first_calls() -> list[Call]:
        return [call for job in jobs for call in stage.calls(job)[:1]]

    with stage.answering(lambda call: ACCEPT if call.number else HANG):
        jobs = [stage.desk.post(pid) for pid in pids]
        stage.comes(first_calls, REPLACED_S)
        until = time.monotonic() + HANGING_S
        while time.monotonic() < until:
            hanging = {call.pid: call for call in first_calls() if call.hangs}
            for pid in sorted(pids, key=lambda pid: pid not in hanging):
                _answers_in_time(stage, jobs[0], pid)
                if pid in hanging and hanging[pid].hangs:
                    answered.add(pid)
            time.sleep(LOOK_S)
        for job in jobs:
            seconds = RETRIED_S + HOLDS_UP_S * len(jobs)
            stage.is_done(job, seconds, after="a call was never answered; others would be")
    called |= {call.pid for call in first_calls() if call.pid in pids}


def _answers_in_time(stage: Stage, job: str, pid: int) -> None:
    kept_waiting, asked = Waiting(lambda: [os.getpid(), *stage.server.tree()]), time.monotonic()
    try:
        stage.desk.state(job, pid, NEVER_S)
    except AssertionError as error:
        raise AssertionError(f"{BLOCKED}\nWhile calls hang, {error}") from None
    took = time.monotonic() - asked
    assert took <= GET_S + 2 * kept_waiting.seconds(), (
        f"{BLOCKED}\nWhile calls hang, a GET was answered {took:.1f} s later; right is {GET_S:g} s at "
        "most"
    )
