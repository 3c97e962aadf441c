"""Quiet times: nobody dies, nobody is held, and the sink answers within a second."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from functools import partial
from threading import Event

from workerlab.contracts.once.desk import DONE, RUNNING
from workerlab.contracts.once.sink import ACCEPT, Call
from workerlab.contracts.once.stage import Stage
from workerlab.grading.api import CheckInconclusive
from workerlab.grading.behind.nights import after_a_night

__all__ = [
    "all_workers_agree",
    "done_jobs_last",
    "many_jobs",
    "one_job_after_the_other",
]

SLOW, SLOW_S = 3, 1.0  # jobs, fewer than workers: who is idle looks; and how long their calls take
QUICK, QUICK_S = 24, 0.02  # the same
ALL_S = 20.0  # for all of them
MARK_S = 0.5  # between the sink's answer and the mark that says done
SURE_S = 0.7  # a call is under way for so long at least, as its runner sees it
BUSY_S = 0.5  # not given during a call: it may be late for its runner
FOUND_S = 3.0  # a look finds a job: ticks are 0.2 s at most
FAR = 10**6
NAMES = ("mail", "mail", "résumé 漢字 😀", "x" * 500)


def one_job_after_the_other(stage: Stage) -> None:
    """Each endpoint responds as the contract says, and the calls are as it says."""
    desk, jobs = stage.desk, []
    for number, name in enumerate(NAMES):
        pid = desk.pids[number % len(desk.pids)]
        shown = _Shown()
        with stage.answering(shown.answers):
            job = desk.post(pid, name)
            jobs.append(job)
            shown.is_of(job)
            found = stage.comes(partial(stage.calls, job), FOUND_S)
            stage.is_lawful()
            assert found, (
                f"Nobody runs a job.\nTICK_MS is {stage.tick * 1000:.0f}; {FOUND_S:g} s after a job was "
                "posted nobody has called the sink with its id"
            )
            call, not_given = stage.calls(job)[0], stage.clock_of_waiting()
            state = desk.state(job, pid)
            in_time = time.monotonic() < call.arrived + SURE_S - not_given()
            assert state == RUNNING or not in_time, (
                f"A job is said to be {state} while its call is under way; right is running."
            )
            shown.over.set()
        stage.is_done(job, after="a call was answered 200")
        stage.is_a_worker(call)
    _unknown_ids(stage, jobs[-1])


class _Shown:
    """The call of one job is under way for as long as we look; all others are answered at once.

    One runner may have jobs that were posted earlier, and they must not keep it from this one.
    """

    def __init__(self) -> None:
        self.known, self.over = Event(), Event()
        self.job = ""

    def is_of(self, job: str) -> None:
        self.job = job
        self.known.set()

    def answers(self, call: Call) -> int:
        """For `Stage.answering`."""
        self.known.wait(SLOW_S)  # its call may come before its POST is answered
        if call.job == self.job:
            self.over.wait(SLOW_S)
        return ACCEPT


def _unknown_ids(stage: Stage, job: str) -> None:
    pid = stage.desk.pids[0]
    unknown = str(int(job) + FAR) if job.isdigit() else str(uuid.uuid4())
    for text, right in ((unknown, (404,)), ("no such job", (404, 422))):
        given = right if _alike(text, job) else (404, 422)
        status, _ = stage.desk.ask(pid, "GET", f"/jobs/{text.replace(' ', '%20')}", None)
        words = " or ".join(map(str, given))
        message = f"GET of a job {text!r}, which is not there, was answered {status}"
        assert status in given, f"{message}, not {words}"


def _alike(text: str, job: str) -> bool:
    """Whether a text could be the id of a job, as far as one can tell from another one's."""
    return len(text) == len(job) or (text.isdigit() and job.isdigit())


def all_workers_agree(stage: Stage) -> None:
    """Each worker knows each job at once, and that it is done."""
    pids = stage.desk.pids
    for poster in pids:
        shown = _Shown()
        with stage.answering(shown.answers):
            job = stage.desk.post(poster)
            shown.is_of(job)
            for pid in pids:
                stage.desk.state(job, pid)  # not done yet, as its call is not answered
            shown.over.set()
        stage.is_called(job)
        stage.is_done(job, after="a job was posted to one worker, and its call answered 200")
        for pid in pids:
            state = stage.desk.state(job, pid)
            assert state == DONE, (
                f"The workers disagree: one said that a job is done, and another says {state}."
            )


def done_jobs_last(stage: Stage) -> None:
    """A job that is done stays done, though a night passes in Redis."""
    job = stage.posted()
    stage.is_called(job)
    stage.is_done(job, after="a job was posted, and its call answered 200")
    with after_a_night(stage.stores):
        stage.is_done(job, after="a job was done")
        new = stage.posted()  # with an id of its own
        stage.is_done(new, FOUND_S + SLOW_S, after="a job was posted")


def many_jobs(stage: Stage) -> bool:
    """Some slow jobs and many quick ones: one call for each.

    Returns whether that says something: no job was called again while the machine was so busy that
    its lease can have ended.
    """
    clocks: dict[str, Callable[[], float]] = {}  # the time that was not given since the first call
    all_not_given = stage.clock_of_waiting()
    again: list[tuple[Call, float, float]] = []  # later calls, that time, and all of it

    def answers(call: Call) -> int:
        if call.number:
            again.append((call, clocks[call.job](), all_not_given()))
        else:
            clocks[call.job] = stage.clock_of_waiting()
        until = call.arrived + (SLOW_S if call.job in slow else QUICK_S)
        time.sleep(max(0.0, until - time.monotonic()))
        return ACCEPT

    slow: list[str] = []
    pids = stage.desk.pids
    with stage.answering(answers):
        for number in range(SLOW):
            slow += [stage.desk.post(pids[number % len(pids)])]
        quick = [stage.desk.post(pids[number % len(pids)]) for number in range(QUICK)]
        for job in (*slow, *quick):
            stage.is_done(job, ALL_S, after=f"{SLOW} slow jobs and {QUICK} quick ones were posted")
        time.sleep(2 * stage.tick)
    excused = False
    for call, not_given, all_of_it in again:
        first = stage.calls(call.job)[0]
        if _has_an_excuse(first, call, not_given):
            excused = True
            continue
        if all_of_it > SLOW_S:
            raise CheckInconclusive("the machine is too busy to see how often a job is called")
        raise AssertionError(
            f"A job was called more than once.\n{SLOW} slow jobs ({SLOW_S:g} s each) and {QUICK} quick "
            "ones were posted; one was called a second time, "
            f"{call.arrived - first.arrived:.2f} s after the first"
        )
    return not excused


def _has_an_excuse(first: Call, second: Call, not_given: float) -> bool:
    """Whether the machine was so busy that a lease of a second, or a call of two, can have ended."""
    passed = second.arrived - first.arrived
    if passed < SLOW_S - not_given:
        return False
    return not_given > BUSY_S or second.arrived < first.answered + MARK_S
