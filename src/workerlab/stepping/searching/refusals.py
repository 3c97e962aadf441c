"""Requests that are refused because another one is at work: right, as long as they change nothing.

A lock that is not waited for, a row that another request has changed meanwhile, a database that finds
no order for two transactions: an app may then answer 409, and one after the other it never does. That
is right if all else comes out as if the request that was refused had not been sent.

429 says less: an app that counts requests may count wrongly, and answer it for ever. So a request that
got it is sent again when all others have ended, and must then be served as one after the other.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace

from workerlab.history import Event, History
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.program import Program
from workerlab.stepping.searching.reference import Reference
from workerlab.stepping.searching.schedulers import ReplayScheduler
from workerlab.stepping.searching.serial_runs import one_by_one, orders_of

# How a request says that it was too late, and has changed nothing that it knows of …
TOO_LATE = (409, 412, 423, 503)
# … and how it says that it is to come again, which it must then be able to do.
TOO_MANY = 429
REFUSALS = (*TOO_LATE, TOO_MANY)


@dataclass
class Refusals:
    """Knows what a program comes to without the requests of it that were refused.

    leases     what is assumed of times-to-live when a schedule is run again
    stuck_s    seconds after which requests that all wait are a deadlock then
    statuses   of the refusals that were found right
    """

    stepped: SteppedServer
    reference: Reference
    leases: str
    stuck_s: float
    statuses: set[int] = field(default_factory=set)
    _known: dict[frozenset[str], list[History]] = field(default_factory=dict)

    def are_right(self, trace: Trace) -> bool:
        """Whether all that is wrong with a run is that requests were refused, and changed nothing."""
        program, history = self.reference.program, trace.history
        if program.starts_a_worker or program.invariants:
            return False
        refused = refused_meanwhile(program, history)
        if not refused or not self._come_out_without(refused, history):
            return False
        own = [event for event in history if event.client in refused]
        again = [str(event.client) for event in own if event.status == TOO_MANY]
        if again and not self._are_served_later(trace, again, refused - {*again}):
            return False
        self.statuses |= {event.status for event in own if event.status}
        return True

    def _come_out_without(self, refused: frozenset[str], history: History) -> bool:
        """Whether all the others come out as if these had not been sent."""
        if refused not in self._known:
            program = self.reference.program
            orders = orders_without(program, refused) if refused else orders_of(program)
            self._known[refused] = [one_by_one(self.stepped, program, order)[0] for order in orders]
        rest = self.reference.key(event for event in history if event.client not in refused)
        return rest in map(self.reference.key, self._known[refused])

    def _are_served_later(self, trace: Trace, again: list[str], gone: frozenset[str]) -> bool:
        """Whether these requests, sent once more when all has ended, are served as one after the other.

        gone   those that were refused for good
        """
        program = self.reference.program
        asked = dict(zip(program.names, program.requests, strict=True))
        once_more = tuple(replace(asked[name], then=False) for name in again)
        longer = replace(program, after=(*once_more, *program.after))
        run = self.stepped.run(
            longer, trace.placement, ReplayScheduler(trace.schedule),
            stuck_s=self.stuck_s, leases=self.leases,
        )  # fmt: skip
        names = dict(zip(longer.last_names, [*again, *program.last_names], strict=True))
        if _statuses(run.history, asked) != _statuses(trace.history, asked):
            return False  # it went another way, and says nothing of this run
        history = History(
            replace(event, client=names.get(str(event.client), event.client))
            for event in run.history
            if event.client not in again
        )
        return self._come_out_without(gone, history)

    def in_words(self) -> str:
        """What was taken as right; "" when there was nothing."""
        said = ""
        if late := sorted(self.statuses - {TOO_MANY}):
            said += (
                f"; a request that was refused ({', '.join(map(str, late))}) while another was at "
                "work, and that changed nothing, counts as right"
            )
        if TOO_MANY in self.statuses:
            said += (
                f"; a request that was refused ({TOO_MANY}) while another was at work, that changed "
                "nothing, and that was served when it was sent again, counts as right"
            )
        return said


def refused_meanwhile(program: Program, history: History) -> frozenset[str]:
    """The requests of a run that were refused while others, that were not, were at work.

    None, when any was refused for no such reason; and none, when all were: nobody got any further.
    """
    own = [event for event in history if event.client in program.names]
    refused = [event for event in own if event.status in REFUSALS]
    others = [event for event in own if event.status not in REFUSALS]
    if not all(any(_overlap(one, other) for other in others) for one in refused):
        return frozenset()
    return frozenset(str(event.client) for event in refused)


def _statuses(history: History, names: Container[str]) -> dict[str, int | None]:
    return {str(event.client): event.status for event in history if event.client in names}


def _overlap(one: Event, other: Event) -> bool:
    return one.called < other.ended and other.called < one.ended


def orders_without(program: Program, refused: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """Every order of the others; none where one of them, or what is asked after, needs a refused one."""
    asked_after = " ".join(map(str, program.after))
    if any(f"{{{name}." in asked_after for name in refused):
        return
    if any(earlier in refused for earlier in program.follows.values()):
        return
    orders = (tuple(name for name in order if name not in refused) for order in orders_of(program))
    yield from dict.fromkeys(orders)
