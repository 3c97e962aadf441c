"""A look for jobs that is held: by one runner alone, or by all of them in step.

A runner looks by itself, whenever it likes. So where one is to be held, the messages of all others
to the stores wait for a moment: then this one finds the job, and sends as many messages as it may.
While a job is posted the others stand still. So each look begins either before there was a job, or
after it, and which of these is seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from math import inf

from workerlab.contracts.once.sink import ACCEPT, Call
from workerlab.contracts.once.stage import REPLACED_S, RETRIED_S, Stage
from workerlab.network.turns import FREEZE, THAW, send
from workerlab.processes.activity import busy_threads, clock_of_waiting

__all__ = [
    "all_begin",
    "all_have_looked",
    "look_in_step",
    "post_for",
    "standing_still",
    "step_together",
    "steps_to_a_call",
    "the_look_is_over",
]

POSTED_S = 0.4  # a POST is answered while others wait, unless it waits for one of them
FOUND_S = 1.2  # a look finds a job: ticks are 0.2 s at most
QUIET_S = 0.01  # idle and without a message: a worker's look has ended
SHORT_S = 0.005  # the same, where its next look must not have begun
WHOLE_LOOK_S = 0.25  # the longest look of a worker that others wait for
AWAKE_S = 0.1  # a worker whose tick is over sends its next message
HELD_S = 0.9  # leases last longer than a second; what was held for longer says nothing
LOOK_S = 0.002  # between two looks of ours
TRIES = RUNS = 3
HELD_TIMES = 2  # on a busy machine a wait is longer by so many times: not the 5 s of redis-py
LONGEST_S = 3.0  # in which all have looked, or are let go


def all_have_looked(stage: Stage, pids: list[int]) -> bool:
    """Return when a look of these workers is just over: no next one is on its way for a tick.

    Returns whether that is sure.
    """
    turns = stage.turns
    turns.nobody_passes()
    surely = all_begin(stage, pids)
    turns.only({}, others=inf)
    return the_look_is_over(stage, pids, quiet=SHORT_S) and surely


def post_alone(stage: Stage, poster: int) -> tuple[str, bool]:
    """Post a job by this worker, while all others stand still; then nobody's messages pass.

    Returns the job's id, and whether it is sure that no look had begun before. A POST may need a
    lock that another worker has, and then all go on; and the poster may look meanwhile.
    """
    turns, others = stage.turns, stage.others(poster)
    surely = False
    turns.only({poster: inf})
    with standing_still(others), ThreadPoolExecutor(1) as pool:

        def post() -> str:
            job = stage.desk.post(poster)
            turns.nobody_passes()
            return job

        posting = pool.submit(post)
        wait([posting], POSTED_S)  # mostly it takes milliseconds
        alone = stage.comes(posting.done, POSTED_S, HELD_TIMES)
        if alone:
            surely = the_look_is_over(stage, [poster], quiet=SHORT_S)
            surely &= not any(map(turns.waits, stage.desk.pids))
        else:
            _go_on(others)
            turns.everybody_passes()
        job = posting.result()
    if not alone:
        turns.everybody_passes()
    return job, surely


@contextmanager
def standing_still(pids: list[int]) -> Iterator[None]:
    """These workers stand still while the block runs: their next looks begin after it."""
    for pid in pids:
        send(pid, FREEZE)
    try:
        yield
    finally:
        _go_on(pids)


def _go_on(pids: list[int]) -> None:
    for pid in pids:
        send(pid, THAW)


def post_for(stage: Stage, runner: int, pieces: float = inf, sig: int = 0) -> str:
    """Post a job by another worker, and let none but the runner speak to the stores.

    pieces   how many messages it may send; with the last it gets the signal `sig`
    """
    job = _posted_unseen(stage, stage.others(runner)[0])
    if sig:
        stage.turns.last_piece(runner, int(pieces), sig)
    else:
        stage.turns.only({runner: pieces})
    return job


def _posted_unseen(stage: Stage, poster: int) -> str:
    """A job that nobody has found yet, while nobody's messages pass; as far as some tries can do it.

    A job that was found meanwhile is none of the check's: its call is met and answered as ever.
    """
    with stage.meeting(lambda _: None), stage.answering(lambda _: ACCEPT):
        for _ in range(TRIES):
            looked = all_have_looked(stage, stage.desk.pids)
            job, unseen = post_alone(stage, poster)
            if looked and unseen and not stage.calls(job):
                break
            stage.turns.everybody_passes()
            stage.is_done(job, RETRIED_S, after="a job was posted")
    return job


def steps_to_a_call(stage: Stage) -> tuple[int, int]:
    """A runner, and how many messages it sends to its stores from its look to its call.

    0 messages where no worker runs a job while all others are held.
    """
    runner = stage.desk.pids[-1]
    found: list[int] = []
    for _ in range(RUNS):
        pid, steps = _run_alone(stage, runner)
        if pid != runner:  # perhaps there is one leader for all
            runner, found = pid, []
        elif steps:
            found.append(steps)
    return runner, min(found, default=0)


def _run_alone(stage: Stage, runner: int) -> tuple[int, int]:
    """Who called, and how many messages that worker had sent while it was alone."""
    counted: list[tuple[int, int]] = []

    def on_way(call: Call) -> None:
        if call.pid:
            counted.append((call.pid, stage.turns.sent[call.pid]))

    with stage.meeting(on_way):
        job = post_for(stage, runner)
        alone = stage.comes(lambda: counted, FOUND_S, HELD_TIMES)
        stage.turns.everybody_passes()
        stage.is_called(job)
        stage.is_done(job, after="a job was posted, and its call was answered 200")
    pid, steps = counted[0] if counted else (runner, 0)
    return pid, steps if alone else 0


def look_in_step(stage: Stage, together: int, order: Callable[[list[int]], list[int]]) -> bool:
    """All workers look in step, for so many messages; then each goes on alone, in this order.

    An assertion unless one of them calls, once. Returns whether that says something: all could
    find the job, and it took so little time that no lease can have ended.
    """
    pids = stage.desk.pids
    poster = order(pids)[together % len(pids)]
    surely = all_have_looked(stage, pids)
    began = time.monotonic()
    job, unseen = post_alone(stage, poster)
    surely &= unseen
    surely &= all_begin(stage, pids)
    surely &= not stage.calls(job)  # else its poster found it before all others
    surely &= step_together(stage, pids, together)
    for pid in order(pids):
        if time.monotonic() - began > LONGEST_S:
            break  # who was held for five seconds would give its store up
        stage.turns.only({pid: inf})
        surely &= the_look_is_over(stage, [pid], job)
    stage.turns.everybody_passes()
    in_time = surely and time.monotonic() - began < HELD_S
    stage.is_called(job)
    stage.is_done(job, REPLACED_S, after=f"{len(pids)} workers looked for jobs at once")
    time.sleep(stage.tick)
    calls = len(stage.calls(job))
    assert calls == 1 or not in_time, (
        f"A job was called more than once.\n{len(pids)} workers looked for jobs at the same moment (in "
        f"step for {together} messages to the store, and then one after the other): a job was called "
        f"{calls} times"
    )
    return in_time


def all_begin(stage: Stage, pids: list[int]) -> bool:
    """Wait until the next look of each of these workers waits for its turn, or for a tick.

    Returns whether it is sure that none is late; one that never speaks to the stores is not.
    """
    turns = stage.turns
    return turns.all_wait(pids, stage.tick + AWAKE_S) or _all_stand(stage, pids)


def step_together(stage: Stage, pids: list[int], messages: int) -> bool:
    """These workers send so many messages each, none a step ahead; fewer where a look is over.

    Returns whether it is sure that none was late.
    """
    surely = True
    for _ in range(messages):
        stage.turns.all_once(pids, 0)
        surely &= _lasts(stage, pids, lambda: _all_stand(stage, pids))
    return surely


def _all_stand(stage: Stage, pids: list[int]) -> bool:
    """Whether each of these workers waits with a message, or has none."""
    return all(stage.turns.waits(pid) or _is_idle(stage, pid) for pid in pids)


def the_look_is_over(stage: Stage, pids: list[int], job: str = "", quiet: float = QUIET_S) -> bool:
    """Return when these workers have nothing more to say, and no call of this job is under way.

    quiet   seconds without a message after which that is so

    Returns whether it is sure that they looked.
    """
    return _lasts(
        stage,
        pids,
        lambda: (
            all(_is_idle(stage, pid) for pid in pids)
            and all(call.answered for call in stage.calls(job))
        ),
        quiet,
    )


def _is_idle(stage: Stage, pid: int) -> bool:
    """Whether a worker waits neither for a processor nor for a store's answer."""
    return not stage.turns.unanswered(pid) and not busy_threads([pid])


def _lasts(
    stage: Stage, pids: list[int], holds: Callable[[], bool], quiet: float = QUIET_S
) -> bool:
    """Return when something has held for `quiet` seconds in which these workers sent no message.

    A worker that sends messages all the time is not waited for. Returns whether it is sure that all
    had the time for a look: on a busy machine they may not have come so far.
    """
    kept, until = clock_of_waiting(pids), time.monotonic() + WHOLE_LOOK_S
    sent, calm = -1, 0
    while calm * LOOK_S <= quiet:
        now = sum(stage.turns.sent[pid] for pid in pids)
        sent, calm = now, calm + 1 if now == sent and holds() else 0
        if time.monotonic() > until:
            return kept() < WHOLE_LOOK_S - quiet
        time.sleep(LOOK_S)
    return True
