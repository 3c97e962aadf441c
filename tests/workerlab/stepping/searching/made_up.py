"""A made-up machine: tasks whose steps are known, in place of workers, for tests of schedulers.

A task is a row of steps. A step reads or writes one of two cells, takes or gives back one of two
locks, or touches nothing. A write leaves what its task has read so far, so that each order of steps
that conflict has an outcome of its own. A task that waits for a lock goes on when it is given back.
"""

from workerlab.stepping.access import ANYTHING, READ, WRITE, Access
from workerlab.stepping.controller.trace import Decision, Trace

READS_X, READS_Y = Access(READ, "store", "x"), Access(READ, "store", "y")
WRITES_X, WRITES_Y = Access(WRITE, "store", "x"), Access(WRITE, "store", "y")
CELLS = (None, READS_X, WRITES_X, READS_Y, WRITES_Y)
NAMES = "ABCD"


class Machine:
    """What the tasks have done so far."""

    def __init__(self, tasks, follows) -> None:
        self.follows = follows  # the task after whose end another begins, by the name of the latter
        self.tasks = dict(zip(NAMES, tasks, strict=False))
        self.done, self.seen = dict.fromkeys(self.tasks, 0), dict.fromkeys(self.tasks, "")
        self.cells, self.owner, self.waiting = {"x": "", "y": ""}, {}, {}

    @property
    def enabled(self) -> tuple[str, ...]:
        left = (name for name, row in self.tasks.items() if self.done[name] < len(row))
        return tuple(name for name in left if name not in self.waiting and self._begins(name))

    def _begins(self, name: str) -> bool:
        earlier = self.follows.get(name)
        return earlier is None or self.done[earlier] == len(self.tasks[earlier])

    def move(self, name: str) -> set[Access]:
        """One step of a task, and what it lets go on; all that was touched."""
        step = self.tasks[name][self.done[name]]
        if isinstance(step, tuple):
            return self._lock(name, *step)
        self.done[name] += 1
        if step is None:
            return set()
        if step.mode == READ:
            self.seen[name] += f"{step.thing}={self.cells[step.thing]};"
        else:
            self.cells[step.thing] = f"{name}{self.done[name]}[{self.seen[name]}]"
        return {step}

    def _lock(self, name: str, what: str, lock: str) -> set[Access]:
        if what == "lock" and lock in self.owner:
            self.waiting[name] = lock
            return {ANYTHING}  # as long as it waits, it has not said what it does
        self.done[name] += 1
        if what == "lock":
            self.owner[lock] = name
        else:
            del self.owner[lock]
            for other in [each for each, its in self.waiting.items() if its == lock][:1]:
                del self.waiting[other]
                self.owner[lock] = other
                self.done[other] += 1
        return {Access(WRITE, "lock", lock)}

    def __str__(self) -> str:
        return f"{self.done} {self.seen} {self.cells}"


def run(tasks, scheduler, follows=()) -> tuple[Trace, str]:
    """What a stepped server would do with this program, and its outcome."""
    machine, trace, current = Machine(tasks, dict(follows)), Trace(), None
    while enabled := machine.enabled:
        going_on = current if current in enabled else None
        chosen = scheduler.choose(len(trace.decisions), enabled, going_on)
        trace.touched[len(trace.decisions)] = machine.move(chosen)
        trace.decisions.append(Decision(chosen, enabled, going_on))
        for name in machine.tasks:
            if machine.done[name] == len(machine.tasks[name]) and not any(
                name in names for names in trace.responses.values()
            ):
                trace.responses.setdefault(len(trace.decisions) - 1, []).append(name)
        current = chosen
    return trace, f"{machine} {earlier(trace)}"


def earlier(trace: Trace) -> list[str]:
    """Among three tasks: each two of which one had ended before the other began.

    Of two tasks it is known from the schedules without a preemption, which are run in any case.
    """
    ends = {name: index for index, names in trace.responses.items() for name in names}
    schedule = trace.schedule
    begins = {name: schedule.index(name) for name in {*schedule}}
    if len(begins) < 3:
        return []
    return sorted(f"{a}<{b}" for a in ends for b in begins if ends[a] < begins[b])
