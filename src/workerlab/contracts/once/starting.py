"""Five workers that start at once, each step of their start-up in step with the others'."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Event

from workerlab.contracts.once.desk import WAITING
from workerlab.contracts.once.sink import ACCEPT, HANG
from workerlab.contracts.once.stage import REPLACED_S, RETRIED_S, Stage
from workerlab.grading.behind.nights import after_a_night
from workerlab.grading.creators import Meeting
from workerlab.processes.patience import pause

__all__ = ["all_respond", "in_step", "nobody_looks", "restarts", "waiting_jobs_last"]

ALL_COME_S = 4.0  # all workers have come to their first message
STEP_S = 0.06  # for a step of all; a worker that has none to take lets the others wait so long
STEPS = 14  # messages of one start-up to the stores, taken in step
FIRST_S, STAYS_S = 1.0, 2.5  # with a long tick: after the first, for the second all jobs wait
LOOK_S = 0.01  # between two looks of ours
MANY = 4


def in_step(
    stage: Stage, workers: int, database: Callable[[Stage], AbstractContextManager[Meeting]]
) -> None:
    """Start the stage's server, all workers in step.

    database   lets nobody write to PostgreSQL's catalogues until all want to
    """
    stage.turns.nobody_passes()
    with ThreadPoolExecutor(1) as pool, database(stage):
        starting = pool.submit(stage.server.start)
        try:
            _all_come(stage, workers, starting.done)
            for _ in range(STEPS):
                if starting.done():
                    break
                came = [pid for pid, pieces in [*stage.turns.waiting.items()] if pieces]
                stage.turns.all_once(came if len(came) == workers else [-1], STEP_S)
        finally:
            stage.turns.everybody_passes()
        starting.result()


def _all_come(stage: Stage, workers: int, ended: Callable[[], bool]) -> None:
    until = time.monotonic() + ALL_COME_S
    while time.monotonic() < until and not ended():
        if sum(1 for pieces in [*stage.turns.waiting.values()] if pieces) >= workers:
            return
        time.sleep(LOOK_S)


def all_respond(stage: Stage) -> None:
    """Each worker takes a job, and all of them know it."""
    jobs = [stage.desk.post(pid) for pid in stage.desk.pids]
    assert len({*jobs}) == len(jobs), f"five jobs were posted, and have the ids {', '.join(jobs)}"
    for job in jobs:
        for pid in stage.desk.pids:
            stage.desk.state(job, pid)


def nobody_looks(stage: Stage) -> None:
    """With a tick of a minute, jobs that are posted after the first second wait."""
    pause(FIRST_S)
    jobs = [stage.desk.post(pid) for pid in stage.desk.pids]
    time.sleep(STAYS_S)
    for job in jobs:
        state = stage.desk.state(job, stage.desk.pids[0])
        calls = len(stage.calls(job))
        assert state == WAITING and not calls, (
            "A worker has looked for jobs before TICK_MS was over.\n"
            f"TICK_MS is {stage.tick * 1000:.0f}; a job was posted {FIRST_S:g} s after the start, "
            f"and {STAYS_S:g} s later it is {state}, and was called {calls} times"
        )


def waiting_jobs_last(stage: Stage) -> None:
    """The same, and a night passes in Redis: the jobs still wait."""
    pause(FIRST_S)
    jobs = [stage.desk.post(pid) for pid in stage.desk.pids]
    with after_a_night(stage.stores):
        for job in jobs:
            state = stage.desk.state(job, stage.desk.pids[0])
            assert state == WAITING, f"A job that waited is {state}."


def restarts(stage: Stage) -> None:
    """The app restarts while calls are under way: no job is lost, and what is done stays done."""
    done = stage.posted()
    stage.is_called(done)
    stage.is_done(done, after="a job was posted, and its call was answered 200")
    over = Event()
    with stage.answering(lambda call: ACCEPT if over.is_set() else HANG):
        jobs = [stage.posted() for _ in range(MANY)]
        stage.comes(lambda: any(stage.calls(job) for job in jobs), REPLACED_S)
        stage.server.restart()
        over.set()
        stage.gather()
        for job in jobs:
            when = "the app was restarted while jobs waited and ran"
            stage.is_done(job, RETRIED_S + REPLACED_S, after=when)
    stage.is_done(done, after="a job was done, and the app was restarted")
    calls = len(stage.calls(done))
    assert calls == 1, (
        f"A job was called again after it was done: {calls - 1} times, when the app was restarted."
    )
    stage.posted()  # with an id of its own
