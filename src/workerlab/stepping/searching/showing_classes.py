"""Run what is needed to show all classes of schedules of a program, and which of them lose."""

from __future__ import annotations

from workerlab.evidence import Classes
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.program import TWO_WORKERS
from workerlab.stepping.searching.attempts import STUCK_AGAIN_S, Attempts
from workerlab.stepping.searching.classes import class_of, classes_of
from workerlab.stepping.searching.oracle import Violation
from workerlab.stepping.searching.reduction import ReducedScheduler

MOST_BESIDE = 12  # more schedules that are run after a loss, to show which classes lose


def show_classes(attempts: Attempts, scheduler: ReducedScheduler) -> tuple[Trace, Violation] | None:
    """Nothing was lost: keep one schedule of each class, run once more with its values.

    A loss that only these runs show is one like any other, and is returned.
    """
    shown = []
    for trace in scheduler.first_of_each:
        again = attempts.again(TWO_WORKERS, trace.schedule)
        if violation := attempts.confirmed(TWO_WORKERS, again):
            return again, violation
        followed = again if again.schedule == trace.schedule else trace
        shown.append(class_of(attempts.program, scheduler, trace, followed, loses=False))
    attempts.stats.classes = classes_of(attempts.program, scheduler, shown)
    return None


def classes_beside(attempts: Attempts, scheduler: ReducedScheduler, lost: Trace) -> Classes | None:
    """All classes of a program that loses, when they are few: which of them lose?

    None when they are many, or when a schedule does not lose both times that it is run.
    """
    scheduler.finished(lost)
    for _ in range(MOST_BESIDE):
        if not scheduler.new_execution():
            break
        trace = attempts.stepped.run(
            attempts.program, TWO_WORKERS, scheduler, stuck_s=STUCK_AGAIN_S, leases=attempts.leases
        )
        if trace.end != "finished":
            return None
        scheduler.finished(trace)
    shown = []
    for trace in scheduler.first_of_each if scheduler.exhausted else ():
        again = attempts.again(TWO_WORKERS, trace.schedule)
        loses = attempts.violation(again) is not None
        if again.schedule != trace.schedule or loses != bool(attempts.violation(trace)):
            return None
        shown.append(class_of(attempts.program, scheduler, trace, again, loses=loses))
    return classes_of(attempts.program, scheduler, shown) if shown else None
