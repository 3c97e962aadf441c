"""What one schedule did: every choice, what it led to, and what everybody answered."""

from dataclasses import dataclass, field

from workerlab.history import History
from workerlab.stepping.controller.remote_task import Stop


@dataclass(frozen=True)
class Decision:
    """One choice: whom the conductor let move, who else could have, and at which gate."""

    chosen: str
    enabled: tuple[str, ...]
    current: str | None  # who moved before and could have gone on, spinners excepted
    stop: Stop | None = None
    blocked: tuple[str, ...] = ()

    @property
    def preempts(self) -> bool:
        return self.current is not None and self.chosen != self.current


@dataclass
class Trace:
    """What one schedule did. `end` is finished, discarded (held too long), stuck, or not begun."""

    decisions: list[Decision] = field(default_factory=list)
    history: History = field(default_factory=History)
    end: str = "finished"
    somebody_blocked: bool = False
    diverged: bool = False
    passed: dict[int, list[tuple[str, Stop]]] = field(default_factory=dict)  # after decision i
    answers: dict[int, list[str]] = field(default_factory=dict)  # after decision i: who answered
    idle: set[int] = field(default_factory=set)  # decisions of a start that touched no store
    held: dict[str, Stop] = field(default_factory=dict)  # in a run under way: where each stands,
    waits: tuple[str, ...] = ()  # … and who was let go and waits for somebody else

    @property
    def schedule(self) -> list[str]:
        return [decision.chosen for decision in self.decisions]

    @property
    def preemptions(self) -> int:
        return sum(decision.preempts for decision in self.decisions)
