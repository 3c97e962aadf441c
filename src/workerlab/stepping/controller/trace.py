"""What one schedule did: every choice, what it led to, and all responses."""

from dataclasses import dataclass, field, replace
from typing import Any

from workerlab.history import History
from workerlab.stepping.access import Access
from workerlab.stepping.controller.stop import Stop
from workerlab.stepping.lease import Lease, is_expiry
from workerlab.stepping.placeholders import FRESH


@dataclass(frozen=True)
class Decision:
    """One choice: which task the conductor let move, which others could have moved, and at which gate."""

    chosen: str
    enabled: tuple[str, ...]
    current: str | None  # the task that moved before and could have gone on, unless it spins
    stop: Stop | None = None
    blocked: tuple[str, ...] = ()

    @property
    def preempts(self) -> bool:
        return self.current is not None and self.chosen != self.current


@dataclass
class Trace:
    """What one schedule did. `end` is finished, discarded (held too long), stuck, or not begun.

    placement   on which workers its requests were
    """

    decisions: list[Decision] = field(default_factory=list)
    history: History = field(default_factory=History)
    end: str = "finished"
    placement: str = ""
    any_blocked: bool = False
    diverged: bool = False
    passed: dict[int, list[tuple[str, Stop]]] = field(default_factory=dict)  # after decision i
    responses: dict[int, list[str]] = field(default_factory=dict)  # after decision i: completed
    idle: set[int] = field(default_factory=set)  # decisions of a start that touched no store
    # by decision i, and by what it let go on
    touched: dict[int, set[Access]] = field(default_factory=dict)
    caveats: set[str] = field(default_factory=set)  # why what was touched does not say all
    leases: dict[str, Lease] = field(default_factory=dict)  # what could run out, by its name
    rest: dict[str, dict[str, Any]] = field(default_factory=dict)  # values told at a task's end
    held: dict[str, Stop] = field(default_factory=dict)  # in a run under way: where each stands,
    waits: tuple[str, ...] = ()  # … and the tasks that were let go and wait for another

    def forget(self, number: str) -> None:
        """Take the number of this run out of what was touched: another run has another one."""
        for step, touched in self.touched.items():
            things = {one: one.thing.replace(number, FRESH) for one in touched}
            self.touched[step] = {replace(one, thing=thing) for one, thing in things.items()}

    @property
    def schedule(self) -> list[str]:
        return [decision.chosen for decision in self.decisions]

    @property
    def expired(self) -> list[str]:
        """The times-to-live that ran out."""
        return [name for name in self.schedule if is_expiry(name)]

    @property
    def preemptions(self) -> int:
        return sum(decision.preempts for decision in self.decisions)
