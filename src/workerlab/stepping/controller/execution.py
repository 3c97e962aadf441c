"""One schedule, executed on real workers: which task moved when, and all responses."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from workerlab.history import History
from workerlab.processes import activity
from workerlab.processes.patience import Deadline
from workerlab.processes.tree import has_proc
from workerlab.processes.waiting import Waiting
from workerlab.stepping.controller.conductor import Conductor
from workerlab.stepping.controller.leases import Leases
from workerlab.stepping.controller.observed import Observed
from workerlab.stepping.controller.remote_task import RemoteTask, State
from workerlab.stepping.controller.spinning import LongestStep
from workerlab.stepping.controller.stop import Stop
from workerlab.stepping.controller.trace import Decision, Trace
from workerlab.stepping.conversation import Conversation

QUIET_S = 0.003  # silence after which we check whether a process still works
# The silence between two looks that find all asleep. A look by `ps` reads one process after the
# other over some milliseconds, and may miss a message on its way between two: so wait longer.
SURE_S = QUIET_S if has_proc() else 0.02
HOLD_S = 1.0  # no task is held longer: right answers have leases and busy time-outs of some seconds
STUCK_S = 6.0  # all tasks wait, none is held by us: longer than any of those time-outs
MOST_STEPS = 600
ACCEPTED = 202


class Choosing(Protocol):
    """Chooses the task that moves next; each scheduler of a search is one."""

    def choose(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        """One of the tasks in `enabled`; `current` is the one that moved last, if it can go on."""


class Abandoned(Exception):
    """Raised in place of a choice: the run is let go, and discarded."""


class Execution:
    """Runs one schedule. When the processes in `roots` and their descendants sleep, no task can move.

    hold_s      seconds that a task may be held; more only where a person chooses, and needs time
    when_ended  the last requests wait until what was only accepted (202) has ended
    leases      of what may run out at any moment; None: no time-to-live runs out meanwhile
    follows     the task after which another one begins, by the name of the latter
    talk        what was said before, from which requests take values and cookies
    longest     what is known from earlier runs of how long a step computes
    """

    def __init__(
        self,
        conductor: Conductor,
        tasks: list[RemoteTask],
        last: list[RemoteTask],
        scheduler: Choosing,
        mode: str,
        roots: Callable[[], set[int]],
        stuck_s: float = STUCK_S,
        stores: Iterable[int] = (),
        hold_s: float = HOLD_S,
        when_ended: bool = False,
        leases: Leases | None = None,
        follows: Mapping[str, str] | None = None,
        talk: Conversation | None = None,
        longest: LongestStep | None = None,
    ) -> None:
        self.when_ended, self.leases, self.longest = when_ended, leases, longest or LongestStep()
        self.follows, self.talk = follows or {}, talk or Conversation()
        self.stores, self.hold_s = list(stores), hold_s
        self.conductor, self.scheduler, self.mode = conductor, scheduler, mode
        self.roots, self.stuck_s = roots, stuck_s
        self.tasks = {task.name: task for task in (*tasks, *last)}
        self.first, self.last = tasks, last
        self.trace = Trace()
        self.observed = Observed(self.trace, tasks, last, self.stores, leases)
        self.current: str | None = None
        self.spinning_threads: set[int] = set()
        self.cpu_at_grant: dict[str, float] = {}  # seconds; 0 where it was not looked up
        self.began = time.monotonic()

    def run(self) -> Trace:
        self.conductor.start(list(self.tasks.values()))
        stuck: Deadline | None = None
        try:
            while not self._over():
                self._settle()
                self.observed.look(self._mover)
                enabled = self._enabled()
                if self._over() or not enabled:
                    stuck = stuck or Deadline(self.stuck_s, Waiting(self._all_processes))
                    if not self._over() and self._wait_for_any(stuck):
                        continue
                    break
                stuck = None
                if self._held_too_long() or len(self.trace.decisions) >= MOST_STEPS:
                    self._discard()
                    break
                self._move(enabled)
        except Abandoned:
            self._discard()
            self._let_run(HOLD_S, until=lambda task: not task.held)  # what follows a response
        finally:
            self.conductor.finish()
        self.observed.look(self._mover)
        self.trace.history = self._history()
        return self.trace

    def so_far(self) -> Trace:
        """The trace of a run under way. To be asked for only while it waits for a choice."""
        held = {task.name: task.gate for task in self.first if task.gate}
        waits = tuple(task.name for task in self.first if task.state is State.BLOCKED)
        return replace(self.trace, history=self._history(), held=held, waits=waits)

    @property
    def _mover(self) -> RemoteTask | None:
        """The task that moved last."""
        return None if self.current is None else self.tasks[self.current]

    def _held_too_long(self) -> bool:
        """A run that waits by itself may take its time; one that we slow down may not."""
        return any(task.seconds_held > self.hold_s for task in self.tasks.values())

    def _enabled(self) -> tuple[str, ...]:
        """The tasks that may be let go. The last requests begin when all others have their responses.

        Behind them stands what may run out until then.
        """
        all_answered = all(self._may_be_asked_after(task) for task in self.first)
        names = [task.name for task in self.first if task.enabled and self._has_its_turn(task)]
        for task in self.last:
            if all_answered and task.enabled:
                names.append(task.name)
            all_answered = all_answered and task.answered
        asked_after = any(task.called is not None for task in self.last)
        if names and self.leases and not asked_after:
            names += self.leases.next_to_end
        return tuple(names)

    def _has_its_turn(self, task: RemoteTask) -> bool:
        """Whether the request after which this one begins, if there is one, has its response."""
        earlier = self.follows.get(task.name)
        return earlier is None or self._may_be_asked_after(self.tasks[earlier])

    def _may_be_asked_after(self, task: RemoteTask) -> bool:
        """Whether this task does not keep the last requests back: it has its response. One that is only
        accepted (202) promises nothing yet; where the app is its own model, all of it has to end, but
        for what waits for longer than a moment.
        """
        waits = task.state is State.BLOCKED and time.monotonic() - self.began > HOLD_S
        ended = task.state is State.DONE or waits
        return task.answered and (ended or not self.when_ended or task.status != ACCEPTED)

    def _over(self) -> bool:
        """All responses are there, and the rest of each task waits for something that may never come."""
        return all(
            task.answered and (task.state in (State.DONE, State.BLOCKED))
            for task in self.tasks.values()
        )

    def _move(self, enabled: tuple[str, ...]) -> None:
        mover = self._mover
        goes_on = mover is not None and mover.name in enabled and not mover.spinning
        going_on = self.current if goes_on else None
        chosen = self.scheduler.choose(len(self.trace.decisions), self._rotated(enabled), going_on)
        if self.hold_s > HOLD_S:
            self.began = time.monotonic()  # the time in which a person thought does not count
        if chosen not in self.tasks:
            self._run_out(chosen, enabled, going_on)
            return
        task = self.tasks[chosen]
        blocked = tuple(a.name for a in self.tasks.values() if a.state is State.BLOCKED)
        stop = task.gate
        if chosen != self.current:
            for other in self.tasks.values():
                other.others_move()
        self.current = chosen
        self.observed.is_let_go(task)
        self.cpu_at_grant[chosen] = (
            activity.seconds_on_cpu(task.pid) if self.trace.any_blocked else 0
        )
        if stop is None:  # it has not begun
            task.ask(self._said_before(task).ready(task.request))
            self.conductor.send(task, self.mode, held=task in self.first)
            stop = self._pass_first_gate(task)
        else:
            task.go()
        self.trace.decisions.append(Decision(chosen, enabled, going_on, stop, blocked))

    def _run_out(self, chosen: str, enabled: tuple[str, ...], going_on: str | None) -> None:
        """A time-to-live ends: a step of no task."""
        assert self.leases is not None  # it has named what may be chosen
        blocked = tuple(a.name for a in self.tasks.values() if a.state is State.BLOCKED)
        for task in self.tasks.values():
            task.others_move()
        self.current = None
        self.leases.run_out(chosen)
        self.trace.touched[len(self.trace.decisions)] = {self.leases.known[chosen].access}
        self.trace.decisions.append(Decision(chosen, enabled, going_on, None, blocked))

    def _said_before(self, task: RemoteTask) -> Conversation:
        """What a request may know: at the end all, before that what its own client was told."""
        known: list[RemoteTask] = []
        if task in self.last:
            known = [*self.first, *self.last[: self.last.index(task)]]
        else:
            earlier = self.follows.get(task.name)
            while earlier is not None:
                known.insert(0, self.tasks[earlier])
                earlier = self.follows.get(earlier)
        return self.talk.heard_all((one.name, one.request, one.event()) for one in known)

    def _rotated(self, enabled: tuple[str, ...]) -> tuple[str, ...]:
        """Spinning tasks last, since they wait for another task to move; behind them what may run out."""

        def rank(name: str) -> int:
            return 2 if name not in self.tasks else self.tasks[name].spinning

        return tuple(sorted(enabled, key=rank))

    def _pass_first_gate(self, task: RemoteTask) -> Stop | None:
        """Sending a request and passing its first gate is one step: nothing happened before it.

        Not so for a coroutine held when it resumes: it has already done all up to its first await.
        """
        self._settle_one(task)
        stop = task.gate
        if stop is None or stop.resumes:
            return None
        task.go()
        return stop

    def _settle_one(self, task: RemoteTask) -> None:
        while task.state is State.MOVING:
            if not self.conductor.poll(QUIET_S) and self._waits(task):
                task.block()
                self.trace.any_blocked = True
                return
        before = self.cpu_at_grant.pop(task.name, 0)
        if before and task.warm and self._is_alone(task):
            self.longest.note(activity.seconds_on_cpu(task.pid) - before)

    def _settle(self) -> None:
        """Wait until no task moves: each is at a gate, done, or waits for another."""
        for task in self.tasks.values():
            self._settle_one(task)
        while any(task.state is State.BLOCKED for task in self.tasks.values()):
            # What the last step released must be let through before the next choice.
            if self.conductor.poll(0):
                continue
            if self._all_asleep() and not self.conductor.poll(0.0005):
                break
            if not self.conductor.poll(0.0005) and time.monotonic() - self.began > HOLD_S:
                break
        if mover := self._mover:
            mover.look_round()

    def _waits(self, task: RemoteTask) -> bool:
        """Whether a silent worker waits for another: all asleep, twice, or it spins."""
        if self._all_asleep():
            return not self.conductor.poll(SURE_S) and self._all_asleep()
        before, now = self.cpu_at_grant.get(task.name, 0), activity.seconds_on_cpu(task.pid)
        if before == 0:
            self.cpu_at_grant[task.name] = now
        elif self.longest.spins(now - before, warm=task.warm, alone=self._is_alone(task)):
            self.spinning_threads |= activity.busy_threads([task.pid])
            return True
        return False

    def _is_alone(self, task: RemoteTask) -> bool:
        """Whether no other request has begun and not ended, so that nobody keeps it waiting."""
        others = [other for other in self.tasks.values() if other is not task]
        return all(other.called is None or other.state is State.DONE for other in others)

    def _all_asleep(self) -> bool:
        return not activity.at_work(self.roots()) - self.spinning_threads

    def _wait_for_any(self, stuck: Deadline) -> bool:
        """No task can be let go: wait for a free lock or a timer; False when stuck."""
        if self.conductor.poll(0.02) or not stuck.passed:
            return True
        self.trace.end = "stuck"
        return False

    def _all_processes(self) -> list[int]:
        return activity.with_descendants(self.roots()) if has_proc() else []

    def _discard(self) -> None:
        """Out of time: no task may be held any longer, so this run says nothing about the app."""
        self.trace.end = "discarded"
        self._let_run(STUCK_S, until=lambda task: task.answered)

    def _let_run(self, seconds: float, until: Callable[[RemoteTask], bool]) -> None:
        """Hold no task, until this is true of every request that was sent, or time is up."""
        end = time.monotonic() + seconds
        while not all(until(a) for a in self.tasks.values() if a.called is not None):
            for task in self.tasks.values():
                task.set_free()
            self.conductor.poll(0.02)
            if time.monotonic() > end:
                break

    def _history(self) -> History:
        return History(task.event() for task in self.tasks.values() if task.called is not None)
