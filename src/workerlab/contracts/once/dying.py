"""A worker that is killed: as a runner, as it marks, in a POST; and one that starts in its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import pairwise
from math import inf

from workerlab.contracts.once.held import ALONE_S, BEFORE_ITS_MARK, WATCHED_S
from workerlab.contracts.once.looking import FOUND_S, HELD_TIMES, post_for
from workerlab.contracts.once.sink import ACCEPT, DROP, DROP_ACCEPTED, FAIL, Call
from workerlab.contracts.once.stage import DONE_S, LATER_S, REPLACED_S, RETRIED_S, Stage
from workerlab.grading.api import CheckInconclusive
from workerlab.network.turns import KILL

__all__ = [
    "another_starts_meanwhile",
    "dies_after_failures",
    "dies_at_the_sink",
    "dies_in_a_post",
    "dies_in_its_run",
    "dies_while_it_marks",
]

STARTS_S = 10.0  # a killed worker's place is taken
UNDER_WAY_S = 0.9  # how long each call is under way while a worker starts
BUSY_CALL_S = 1.5  # a call under way, not yet hung
NOT_REPLACED = "A runner that was killed was not replaced."
LOOK_S = 0.02  # between two looks of ours
MANY = 6
MOST_STARTS = 3  # until what happens says something
FAILURES = 2  # of a job, before its runner is killed


def dies_at_the_sink(stage: Stage, where: str) -> None:
    """The first worker to call is killed there: another calls, and the job is done."""
    first: list[Call] = []

    def answers(call: Call) -> int:
        if first:
            return ACCEPT
        if not call.pid:
            return DROP  # of a worker that has given up its call: another one will do
        first.append(call)
        stage.signal(call.pid, KILL)
        return DROP_ACCEPTED if where == BEFORE_ITS_MARK else DROP

    with stage.answering(answers):
        job = stage.posted()
        stage.comes(lambda: first and first[0].answered, REPLACED_S)
        assert first, stage.nobody_called
        stage.is_a_worker(first[0])
        _is_replaced(stage, job, first[0].pid, f"A runner was killed {where}")


def dies_after_failures(stage: Stage) -> None:
    """Two calls of a job fail, and who makes the third is killed: no epoch may come again."""
    last: list[Call] = []

    def answers(call: Call) -> int:
        if last:
            return ACCEPT
        if call.number < FAILURES or not call.pid:
            return FAIL
        last.append(call)
        stage.signal(call.pid, KILL)
        return DROP

    with stage.answering(answers):
        job = stage.posted()
        when = f"{FAILURES} calls of a job failed"
        called = stage.comes(lambda: last and last[0].answered, REPLACED_S + FAILURES * RETRIED_S)
        assert called, (
            f"A job was not called again after a failure.\n{when}, and then nobody called"
        )
        number, when = last[0].number, f"{when}, and a runner was killed at the next one"
        replaced = stage.comes(
            lambda: any(call.number > number for call in stage.calls(job)), REPLACED_S + LATER_S
        )
        assert replaced, (
            f"{NOT_REPLACED}\n{when}; {REPLACED_S:g} s later nobody has called the sink"
        )
        stage.is_lawful()
        stage.is_done(job, after=f"{when}; another one's call was accepted")
        stage.gather()


def dies_in_its_run(stage: Stage, runner: int, step: int) -> None:
    """This worker is killed behind a message of its run."""
    stage.frozen.add(runner)
    job = post_for(stage, runner, step, KILL)
    stage.comes(lambda: stage.turns.sent[runner] >= step or stage.calls(job), FOUND_S, HELD_TIMES)
    stage.turns.everybody_passes()
    when = f"A runner was killed behind message {step} of its look to the store"
    if any(call.accepted for call in stage.calls(job)):  # it came further than it was meant to
        stage.is_done(job, REPLACED_S + DONE_S, after=when)
        stage.gather()
    else:
        _is_replaced(stage, job, runner, when)


def _is_replaced(stage: Stage, job: str, dead: int, when: str) -> None:
    """Another worker calls in time, and then the job is done."""
    replaced = stage.comes(lambda: stage.calls(job, but=dead), REPLACED_S + LATER_S)
    assert replaced, (
        f"{NOT_REPLACED}\n{when}; {REPLACED_S:g} s later no other worker has called the sink"
    )
    stage.is_lawful()
    stage.is_done(job, after=f"{when}; another one's call was accepted")
    stage.gather()


def dies_while_it_marks(stage: Stage, step: int) -> None:
    """The first worker to call is killed behind a message that it sends after the sink's 200."""
    first: list[Call] = []

    def answers(call: Call) -> int:
        if not first and not call.pid:
            return DROP  # of a worker that has given up its call: another one will do
        if not first:
            first.append(call)
            stage.frozen.add(call.pid)
            stage.turns.last_piece(call.pid, step, KILL)
        return ACCEPT

    with stage.answering(answers):
        job = stage.posted()
        stage.comes(lambda: first and first[0].answered, REPLACED_S)
        assert first, stage.nobody_called
        stage.comes(lambda: stage.turns.sent[first[0].pid] >= step, FOUND_S, HELD_TIMES)
        stage.turns.everybody_passes()
        when = f"a runner was killed behind message {step} to the store after the sink's answer"
        stage.is_done(job, REPLACED_S + DONE_S, after=when)
        stage.gather()


def dies_in_a_post(stage: Stage) -> None:
    """A worker is killed before each message that its POST sends to the store: see the contract.

    Meanwhile it has a call under way, so that it looks for no job: what it sends is of the POST.
    """
    victims: set[int] = set()

    def answers(call: Call) -> int:
        if call.pid in victims:
            time.sleep(BUSY_CALL_S)
        return ACCEPT

    with stage.answering(answers):
        answered = [job for job in _killed_posts(stage, victims) if job]
        stage.gather()
    for job in answered:
        when = "a worker answered a POST with 201, and was killed"
        stage.is_done(job, RETRIED_S, after=when)
    job = stage.posted()
    stage.is_done(job, RETRIED_S, after="workers were killed in POSTs, and another job was posted")


def _killed_posts(stage: Stage, victims: set[int]) -> Iterator[str]:
    """The ids of the jobs that were posted to workers that were killed, "" where none came."""
    steps = _steps_of_a_post(stage)
    for step in range(max(0, steps - 1), steps + 3):  # before its last messages, and behind them
        if len(stage.desk.pids) < 3:
            stage.gather()
        victim = stage.desk.pids[-1]
        before = stage.desk.post(victim)  # then it has a connection to its store
        stage.is_done(before, RETRIED_S, after="a job was posted")
        victims.add(victim)
        under_way = post_for(stage, victim)
        stage.comes(partial(stage.calls, under_way), FOUND_S, HELD_TIMES)
        stage.turns.only({victim: step}, others=inf)
        with ThreadPoolExecutor(1) as pool:
            posted = pool.submit(stage.desk.post, victim)
            stage.comes(partial(stage.turns.waits, victim), FOUND_S)
            stage.server.kill(victim)
            stage.turns.lose(victim)
            job = ""
            with suppress(AssertionError):
                job = posted.result()
        stage.turns.everybody_passes()
        yield from (under_way, job)


def _steps_of_a_post(stage: Stage) -> int:
    """How many messages to the stores a POST takes, before its answer."""
    poster = stage.desk.pids[-1]
    counted = []
    for _ in range(3):  # its runner may look meanwhile
        stage.turns.only({poster: inf}, others=inf)
        stage.desk.post(poster)
        counted.append(stage.turns.sent[poster])
    stage.turns.everybody_passes()
    return min(counted)


def another_starts_meanwhile(stage: Stage) -> None:
    """An idle worker is killed, and the one in its place starts while calls are under way."""
    if not any(_nobody_else_calls_at_a_start(stage) for _ in range(MOST_STARTS)):
        raise CheckInconclusive("the machine is too busy to see what a worker does as it starts")


def _nobody_else_calls_at_a_start(stage: Stage) -> bool:
    """Whether it could be judged: a second call may be late only because the machine is busy."""
    known = stage.desk.pids
    last = stage.sink.calls[-1].pid if stage.sink.calls else 0
    idle = next(pid for pid in known if pid != last)
    stage.turns.only(dict.fromkeys(known, inf))  # a new worker waits before its first message
    stage.server.kill(idle)
    stage.comes(lambda: _new_ones(stage, known), STARTS_S)

    def answers(call: Call) -> int:
        time.sleep(max(0.0, call.arrived + UNDER_WAY_S - time.monotonic()))
        return ACCEPT

    with stage.answering(answers):
        not_given = stage.clock_of_waiting()
        jobs = [stage.posted() for _ in range(MANY)]
        stage.comes(lambda: any(stage.calls(job) for job in jobs), REPLACED_S)
        stage.turns.everybody_passes()
        until = time.monotonic() + ALONE_S
        called_alone = [False]  # until we have looked
        while time.monotonic() < until:
            called_alone = [_was_called_alone(stage, job, not_given) for job in jobs]
            time.sleep(LOOK_S)
        for job in jobs:
            stage.is_done(job, 3 * REPLACED_S, after="a worker was killed, and a new one started")
    stage.gather()
    return all(called_alone)


def _new_ones(stage: Stage, known: list[int]) -> list[int]:
    """The workers that have come since, and wait before a message to a store."""
    waiting = [*stage.turns.waiting.items()]
    return [pid for pid, pieces in waiting if pieces and pid not in (0, *known)]


def _was_called_alone(stage: Stage, job: str, not_given: Callable[[], float]) -> bool:
    """Whether no second call came too early; an assertion if one did, and had no excuse."""
    early = [
        second.arrived - first.arrived
        for first, second in pairwise(stage.calls(job))
        if second.arrived - first.arrived < WATCHED_S
    ]
    for passed in early:
        assert passed >= WATCHED_S - not_given(), (
            "A worker that starts takes a job that another one has.\nA worker that was idle had been "
            f"killed, and a new one started; then a job was called again, {passed:.1f} s after another "
            "worker's call, which was still under way"
        )
    return not early
