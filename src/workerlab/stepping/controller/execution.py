"""One schedule, executed on real workers: who moved when, and what everybody answered."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from workerlab.history import Event, History
from workerlab.processes.tree import has_proc
from workerlab.processes import activity
from workerlab.stepping.controller.remote_task import Actor, State, Stop
from workerlab.stepping.controller.conductor import Conductor
from workerlab.stepping.controller.trace import Decision, Trace

QUIET_S = 0.003  # silence after which we look whether anybody still works
# The silence between two looks that find all asleep. A look by `ps` reads one process after the
# other over some milliseconds, and may miss a message on its way between two: so wait longer.
SURE_S = QUIET_S if has_proc() else 0.02
SPIN_S = 0.03  # processor time without a word after which a worker counts as spinning on a lock
SPIN_COLD_S = 0.5  # the same for a worker's first request, which imports and compiles much
HOLD_S = 1.0  # nobody is held longer: right answers have leases and busy time-outs of some seconds
STUCK_S = 6.0  # everybody waits, nobody is held by us: longer than any of those time-outs
MOST_STEPS = 600


Chooser = Callable[[int, tuple[str, ...], str | None], str]


class Abandoned(Exception):
    """Raised by a chooser that nobody listens to any more: the run is let go, and discarded."""


class Execution:
    """Runs one schedule. `roots` tells who, with all they started, must sleep for nobody to move.

    hold_s   seconds that one may be held; more only where a person chooses, who has to think
    """

    def __init__(
        self,
        conductor: Conductor,
        actors: list[Actor],
        last: list[Actor],
        choose: Chooser,
        mode: str,
        roots: Callable[[], set[int]],
        stuck_s: float = STUCK_S,
        stores: Iterable[int] = (),
        hold_s: float = HOLD_S,
    ) -> None:
        self.stores, self.hold_s = list(stores), hold_s
        self.conductor, self.choose, self.mode = conductor, choose, mode
        self.roots, self.stuck_s = roots, stuck_s
        self.actors = {actor.name: actor for actor in (*actors, *last)}
        self.first, self.last = actors, last
        self.trace = Trace()
        self.current: str | None = None
        self.spinning_threads: set[int] = set()
        self.turns_at_grant: int | None = None  # of the stores, when a start was let go
        self.began = time.monotonic()

    def run(self) -> Trace:
        self.conductor.start(list(self.actors.values()))
        stuck_since = None
        try:
            while not self._over():
                self._settle()
                self._note()
                enabled = self._enabled()
                if self._over() or not enabled:
                    stuck_since = stuck_since or time.monotonic()
                    if not self._over() and self._wait_for_anybody(stuck_since):
                        continue
                    break
                stuck_since = None
                if self._held_too_long() or len(self.trace.decisions) >= MOST_STEPS:
                    self._discard()
                    break
                self._move(enabled)
        except Abandoned:
            self._discard()
            self._let_run(HOLD_S, until=lambda actor: not actor.held)  # what follows an answer
        finally:
            self.conductor.finish()
        self._note()
        self.trace.history = self._history()
        return self.trace

    def so_far(self) -> Trace:
        """The trace of a run under way. To be asked for only while it waits for a choice."""
        held = {actor.name: actor.stop for actor in self.first if actor.state is State.GATE}
        waits = tuple(actor.name for actor in self.first if actor.state is State.BLOCKED)
        return replace(self.trace, history=self._history(), held=held, waits=waits)

    def _held_too_long(self) -> bool:
        """A run that waits by itself may take its time; one that we slow down may not."""
        return any(actor.seconds_held > self.hold_s for actor in self.actors.values())

    def _enabled(self) -> tuple[str, ...]:
        """Who may be let go. What comes last begins when all before it have been answered."""
        everyone_answered = all(actor.answered for actor in self.first)
        names = [actor.name for actor in self.first if actor.enabled]
        for actor in self.last:
            if everyone_answered and actor.enabled:
                names.append(actor.name)
            everyone_answered = everyone_answered and actor.answered
        return tuple(names)

    def _over(self) -> bool:
        """All is answered, and what still runs of it waits for something that may never come."""
        return all(
            actor.answered and (actor.state in (State.DONE, State.BLOCKED))
            for actor in self.actors.values()
        )

    def _move(self, enabled: tuple[str, ...]) -> None:
        current = self.actors.get(self.current)
        goes_on = current is not None and current.name in enabled and not current.spinning
        going_on = current.name if goes_on else None
        chosen = self.choose(len(self.trace.decisions), self._rotated(enabled), going_on)
        if self.hold_s > HOLD_S:
            self.began = time.monotonic()  # the time in which a person thought does not count
        actor = self.actors[chosen]
        blocked = tuple(a.name for a in self.actors.values() if a.state is State.BLOCKED)
        starting, stop = actor.state is State.READY, actor.stop
        if chosen != self.current:
            for other in self.actors.values():
                other.seen_gates.clear()
                other.spinning = False
        self.current = chosen
        turns = activity.turns(self.stores)
        actor.cpu_at_grant = activity.seconds_on_cpu(actor.pid) if self.trace.somebody_blocked else 0
        if starting:
            self.conductor.send(actor, self.mode, held=actor in self.first)
            stop = self._pass_first_gate(actor)
        else:
            actor.seen_gates.add(stop)
            self._grant(actor)
        self.trace.decisions.append(Decision(chosen, enabled, going_on, stop, blocked))
        self.turns_at_grant = turns if actor.request.starts_a_worker else None

    def _rotated(self, enabled: tuple[str, ...]) -> tuple[str, ...]:
        """Spinners last: they wait for somebody else to move."""
        return tuple(sorted(enabled, key=lambda name: self.actors[name].spinning))

    def _pass_first_gate(self, actor: Actor) -> Stop | None:
        """Sending a request and passing its first gate is one step: nothing happened before it.

        Not so for a coroutine held when it resumes: it has already done all up to its first await.
        """
        self._settle_one(actor)
        if actor.state is not State.GATE or actor.stop.resumes:
            return None
        stop = actor.stop
        actor.seen_gates.add(stop)
        self._grant(actor)
        return stop

    def _grant(self, actor: Actor) -> None:
        actor.go()
        if actor.waiting_stops:
            actor.stopped_at(actor.waiting_stops.pop(0))

    def _settle_one(self, actor: Actor) -> None:
        while actor.state is State.MOVING:
            if not self.conductor.poll(QUIET_S) and self._waits(actor):
                actor.state = State.BLOCKED
                self.trace.somebody_blocked = True

    def _settle(self) -> None:
        """Wait until nobody moves: each is at a gate, done, or waits for somebody else."""
        for actor in self.actors.values():
            self._settle_one(actor)
        while any(actor.state is State.BLOCKED for actor in self.actors.values()):
            # What the last step released must be let through before the next choice.
            if self.conductor.poll(0):
                continue
            if self._all_asleep() and not self.conductor.poll(0.0005):
                break
            if not self.conductor.poll(0.0005) and time.monotonic() - self.began > HOLD_S:
                break
        actor = self.actors.get(self.current)
        if actor is not None and actor.state is State.GATE and actor.stop in actor.seen_gates:
            actor.spinning = True

    def _waits(self, actor: Actor) -> bool:
        """Whether a silent worker waits for somebody else: all asleep, twice, or it spins."""
        if self._all_asleep():
            return not self.conductor.poll(SURE_S) and self._all_asleep()
        if actor.cpu_at_grant == 0:
            actor.cpu_at_grant = activity.seconds_on_cpu(actor.pid)
        elif activity.seconds_on_cpu(actor.pid) - actor.cpu_at_grant > (
            SPIN_S if actor.warm else SPIN_COLD_S
        ):
            self.spinning_threads |= activity.busy_threads([actor.pid])
            return True
        return False

    def _all_asleep(self) -> bool:
        return not activity.at_work(self.roots()) - self.spinning_threads

    def _wait_for_anybody(self, since: float) -> bool:
        """Nobody can be let go: wait for a lock to be freed or a timer; False when stuck."""
        if self.conductor.poll(0.02):
            return True
        if time.monotonic() - since < self.stuck_s:
            return True
        self.trace.end = "stuck"
        return False

    def _discard(self) -> None:
        """Out of time: nobody may be held any longer, so this run says nothing about the app."""
        self.trace.end = "discarded"
        self._let_run(STUCK_S, until=lambda actor: actor.answered)

    def _let_run(self, seconds: float, until: Callable[[Actor], bool]) -> None:
        """Hold nobody, until this is true of every request that was sent, or time is up."""
        end = time.monotonic() + seconds
        while not all(until(a) for a in self.actors.values() if a.called is not None):
            for actor in self.actors.values():
                actor.set_free()
            self.conductor.poll(0.02)
            if time.monotonic() > end:
                break

    def _note(self) -> None:
        """What the last decision led to: steps that nobody was held at, and answers."""
        last = len(self.trace.decisions) - 1
        before = self.turns_at_grant
        if self.stores and before is not None and before == activity.turns(self.stores):
            self.trace.idle.add(last)
        self.turns_at_grant = None
        for actor in self.actors.values():
            if actor.passed:
                steps = self.trace.passed.setdefault(last, [])
                steps.extend((actor.name, stop) for stop in actor.passed)
                actor.passed.clear()
        told = {name for names in self.trace.answers.values() for name in names}
        new = [a.name for a in self.actors.values() if a.returned and a.name not in told]
        if new:
            new.sort(key=lambda name: self.actors[name].returned)
            self.trace.answers.setdefault(last, []).extend(new)

    def _history(self) -> History:
        return History(
            Event(
                client=actor.name,
                method=actor.request.method,
                path=actor.request.path,
                input=actor.request.body,
                called=float(actor.called),
                returned=float(actor.returned) if actor.returned else None,
                status=actor.status,
                output=actor.output,
                pid=actor.pid,
                error=actor.error,
            )
            for actor in self.actors.values()
            if actor.called is not None
        )
