"""Search the schedules of a program for one that loses.

First every schedule with no preemption, then those with one, then two (so that the first
loss is among the simplest; Musuvathi and Qadeer 2007), then seeded random priorities (PCT,
Burckhardt et al. 2010) for what is left of the budget. A loss counts only if it replays.
"""

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterator

from workerlab.processes import activity
from workerlab.stepping.searching.schedulers import AtRandom, Follow, Priorities
from workerlab.stepping.searching.evidence import evidence_of
from workerlab.stepping.searching.oracle import Judge, Loss
from workerlab.stepping.searching.minimise import minimise
from workerlab.stepping.program import PLACEMENTS, TWO_WORKERS, Program
from workerlab.stepping.controller.execution import Trace
from workerlab.stepping.controller.stepped_server import Stage
from workerlab.stepping.searching.stats import Tally
from workerlab.verdict import Verdict

REPLAYS = 3
LEAST = 20  # schedules that each placement gets, however slow the machine is at the moment
# … but not for more than so many times the seconds that were given, those left out in which one
# of us (we, a worker, a store) was ready to run and got no processor
PATIENCE = 30
STUCK_AGAIN_S = 1.5  # a deadlock that has outlasted every time-out once is recognised sooner
Progress = Callable[[str], None]


def bounded(
    run: Callable[[list[str]], Trace | None], most_preemptions: int
) -> Iterator[tuple[Trace, int, bool]]:
    """Run every schedule with at most that many preemptions, fewest first.

    `run` executes a beginning and goes on from there without preempting; None ends the search.
    Yields each trace, the bound it belongs to, and whether it is the last with that bound
    and nothing beyond any bound is left (every schedule there is has then been run).
    """
    waiting: list[deque[list[str]]] = [deque() for _ in range(most_preemptions + 2)]
    waiting[0].append([])
    for bound in range(most_preemptions + 1):
        while waiting[bound]:
            beginning = waiting[bound].popleft()
            trace = run(beginning)
            if trace is None:
                return
            for cost, other in _alternatives(trace, len(beginning)):
                waiting[min(cost, most_preemptions + 1)].append(other)
            rest = any(waiting[bound:])
            yield trace, bound, not rest


def _alternatives(trace: Trace, start: int) -> Iterator[tuple[int, list[str]]]:
    """The beginnings that part from this trace at or after `start`, with their preemptions."""
    cost = sum(decision.preempts for decision in trace.decisions[:start])
    schedule = trace.schedule
    for index in range(start, len(trace.decisions)):
        decision = trace.decisions[index]
        # A start that has just done nothing which others could see: to part later is the same.
        goes_on = index - 1 in trace.idle and decision.current == schedule[index - 1]
        for other in decision.enabled:
            if other != decision.chosen and not goes_on:
                preempts = decision.current is not None and other != decision.current
                yield cost + preempts, [*schedule[:index], other]
        cost += decision.preempts


class Search:
    """One program on one stage, in one or both placements, within a budget."""

    def __init__(
        self,
        stage: Stage,
        program: Program,
        *,
        seed: int = 1,
        preemptions: int = 2,
        seconds: float = 3.0,
        schedules: int = 300,
        least: int = LEAST,
        progress: Progress | None = None,
    ) -> None:
        self.stage, self.program, self.seed = stage, program, seed
        self.least = min(least, schedules)
        self.preemptions, self.seconds, self.schedules = preemptions, seconds, schedules
        self.progress = progress or (lambda text: None)
        self.judge = Judge(program)
        self.tally = Tally()

    def run(self, placements: tuple[str, ...] = PLACEMENTS) -> Verdict:
        """The verdict: the first loss that replays, or that none was found."""
        complete = not self.program.starts_a_worker  # some are left out that come to the same
        if self.program.starts_a_worker:
            placements = (TWO_WORKERS,)
        for placement in placements:
            found = self._search(placement)
            if found is not None:
                return self._failed(placement, *found)
            complete = complete and self.tally.exhausted
        must_be_held = TWO_WORKERS in placements and not self.judge.needs_serial_runs
        return self.tally.nothing_lost(complete, must_be_held)

    def _search(self, placement: str) -> tuple[Trace, Loss] | None:
        """Run schedules until one loses and replays, or the budget is spent."""
        began, before = time.monotonic(), self.tally.schedules
        kept_waiting = activity.clock_of_waiting(
            [os.getpid(), *self.stage.server.tree(), *self.stage.services]
        )
        self.tally.exhausted = False

        def out_of_budget() -> bool:
            tried, seconds = self.tally.schedules - before, time.monotonic() - began
            if tried < self.least:
                patience = self.seconds * PATIENCE
                late = seconds > patience and seconds - kept_waiting() > patience
                self.tally.cut_short |= late
                return late
            return seconds > self.seconds or tried >= self.schedules

        def run(beginning: list[str]) -> Trace | None:
            return None if out_of_budget() else self._execute(placement, Follow(beginning))

        learn_serial_outcomes(self.stage, self.judge, placement)
        for trace, _, all_done in bounded(run, self.preemptions):
            if loss := self._confirmed(placement, trace):
                return trace, loss
            self.tally.exhausted = all_done
        number = 0
        while not self.tally.exhausted and not out_of_budget():
            number += 1
            trace = self._execute(placement, self._by_chance(number))
            if loss := self._confirmed(placement, trace):
                return trace, loss
        return None

    def _by_chance(self, number: int) -> Priorities | AtRandom:
        name = f"{self.seed}/{number}"
        steps = max(self.tally.lengths[-20:])
        return AtRandom(name) if number % 4 == 0 else Priorities(name, steps, 2 + number % 3)

    def _execute(self, placement: str, chooser, **options) -> Trace:
        trace = self.stage.run(self.program, placement, chooser, **options)
        self.tally.count(trace)
        self.tally.diverged += bool(chooser.diverged)
        self.progress(f"{self.tally.schedules} schedules, {placement}")
        return trace

    def _loss(self, trace: Trace) -> Loss | None:
        return None if trace.end == "discarded" else self.judge.loss(trace.history)

    def _confirmed(self, placement: str, trace: Trace) -> Loss | None:
        """The loss of this trace if its schedule loses every time it is run again."""
        loss = self._loss(trace)
        if loss is None:
            return None
        for _ in range(REPLAYS):
            again = self._execute(placement, Follow(trace.schedule), stuck_s=STUCK_AGAIN_S)
            if self._loss(again) is None:
                self.tally.lost_but_not_again += 1
                return None
        return loss

    def _failed(self, placement: str, trace: Trace, loss: Loss) -> Verdict:
        def loses(schedule: list[str]) -> Trace | None:
            again = self._execute(placement, Follow(schedule))
            return again if self._loss(again) else None

        if trace.end != "stuck":
            trace = minimise(trace, loses)
        shown, loss = self._with_values(placement, trace, loss)
        evidence = evidence_of(self.program, placement, shown, loss, self.seed, REPLAYS)
        message = f"{loss.actual}; {loss.expected}"
        if trace.end == "stuck":
            message = f"the requests wait for each other for ever (deadlock): {loss.actual}"
        return Verdict("failed", message, self.tally.tried(), evidence)

    def _with_values(self, placement: str, trace: Trace, loss: Loss) -> tuple[Trace, Loss]:
        """The same schedule once more, with what each step reads and writes, and its loss.

        A run that came another way is no picture of this loss: a store's own timer (SQLite's
        busy time-out) may have woken somebody a step later. If all do, it is shown without values.
        """
        for _ in range(REPLAYS):
            chooser = Follow(trace.schedule)
            shown = self.stage.run(
                self.program, placement, chooser, explain=True, stuck_s=STUCK_AGAIN_S
            )
            again = self._loss(shown)
            if again is not None and shown.schedule == trace.schedule:
                return shown, again
        return trace, self._loss(trace) or loss


def learn_serial_outcomes(stage: Stage, judge: Judge, placement: str) -> None:
    """Without a model, the app itself says what is right: its requests, one after the other."""
    if judge.needs_serial_runs:
        for order in itertools.permutations(judge.program.names):
            judge.learn(stage.run(judge.program, placement, _InOrder(order)).history)


class _InOrder:
    """Let the tasks run one after the other in the given order."""

    diverged = 0

    def __init__(self, order: tuple[str, ...]) -> None:
        self.order = order

    def __call__(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        return next((name for name in self.order if name in enabled), enabled[0])


def search(
    stage: Stage,
    program: Program | str,
    *,
    placements: tuple[str, ...] = PLACEMENTS,
    seed: int = 1,
    preemptions: int = 2,
    seconds: float = 3.0,
    schedules: int = 300,
    least: int = LEAST,
    progress: Progress | None = None,
    **frame: str,
) -> Verdict:
    """Look for a schedule of `program` that loses.

    program      a Program, or its requests as text (with `before`, `after` and `model`)
    placements   "two workers" (each request on its own), "one worker" (all on one), or both
    seed         for the random part; printed with what is found
    preemptions  the most in the systematic part
    seconds      for each placement, beyond which no new schedule begins
    schedules    the most for each placement
    least        schedules that each placement gets in any case: a busy machine must not make a
                 wrong app pass

    Returns a Verdict: failed with a schedule that replays, passed with what was tried, or
    inconclusive. Raises BadUsage for a program that cannot be read.
    """
    if isinstance(program, str):
        program = Program.parse(program, **frame)
    options = {"seed": seed, "preemptions": preemptions, "seconds": seconds, "least": least}
    return Search(stage, program, schedules=schedules, progress=progress, **options).run(placements)
