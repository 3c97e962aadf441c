"""What each decision of a run led to, as its workers report it: written into the trace."""

from __future__ import annotations

from collections.abc import Iterable

from workerlab.processes import activity
from workerlab.stepping.access import ANYTHING, EXPIRES, Access, note
from workerlab.stepping.controller.leases import Leases
from workerlab.stepping.controller.remote_task import RemoteTask, State
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.lease import Lease


class Observed:
    """The steps, responses and footprints of one run.

    first, last  its tasks: those that run at once, and those that are asked afterwards
    stores       the processes of the stores
    leases       of what may run out at any moment; None: no time-to-live runs out meanwhile
    """

    def __init__(
        self,
        trace: Trace,
        first: list[RemoteTask],
        last: list[RemoteTask],
        stores: Iterable[int],
        leases: Leases | None,
    ) -> None:
        self.trace, self.leases, self.stores = trace, leases, [*stores]
        self.tasks, self._held = [*first, *last], {task.name for task in first}
        self._turns: int | None = None  # of the stores, when a start was let go

    def is_let_go(self, task: RemoteTask) -> None:
        """This task takes the next step. Only the steps of a start are asked whether they did nothing."""
        self._turns = activity.turns(self.stores) if task.request.starts_a_worker else None

    def look(self, mover: RemoteTask | None) -> None:
        """Note what the last decision led to: steps at which no task was held, and responses.

        mover  the task that moved last
        """
        last, before = len(self.trace.decisions) - 1, self._turns
        if self.stores and before is not None and before == activity.turns(self.stores):
            self.trace.idle.add(last)
        self._turns = None
        self._note_touched(last, mover)
        for task in self.tasks:
            if task.rest:
                self.trace.rest[task.name] = task.rest
            if passed := task.take_passed():
                steps = self.trace.passed.setdefault(last, [])
                steps.extend((task.name, stop) for stop in passed)
        noted = {name for names in self.trace.responses.values() for name in names}
        new = sorted((a.returned, a.name) for a in self.tasks if a.returned and a.name not in noted)
        if new:
            self.trace.responses.setdefault(last, []).extend(name for _, name in new)

    def _note_touched(self, last: int, mover: RemoteTask | None) -> None:
        """The footprint of the last decision: all that has been reported since, by any task.

        What was not reported may be anything: a step that is not over, since it waits, and
        requests that are not held.
        """
        touched = self.trace.touched.setdefault(last, set())
        told = []
        for task in self.tasks:
            note(touched, task.take_touched())
            self.trace.caveats |= task.caveats
            told += [(task.name, lease) for lease in task.take_leases()]
        if mover is not None:
            reported = mover.state is State.GATE or mover.said_done
            if not reported or mover.name not in self._held:
                touched.add(ANYTHING)
        self._note_leases(told, touched)

    def _note_leases(self, told: list[tuple[str, Lease]], touched: set[Access]) -> None:
        """Which times-to-live run now; where none may run out, that one was set says enough."""
        if self.leases is None:
            self.trace.caveats |= {EXPIRES} if told else set()
            return
        self.leases.look(told, touched)
        self.trace.leases = self.leases.known
        if self.leases.unclear:
            self.trace.caveats.add(EXPIRES)
