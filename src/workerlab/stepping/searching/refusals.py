"""Requests that are refused because another one is at work: right, as long as they change nothing.

A lock that is not waited for, a row that another request has changed meanwhile, a database that finds
no order for two transactions: an app may then answer 409, and one after the other it never does. That
is right if all else comes out as if the request that was refused had not been sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from workerlab.history import Event, History
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import Program
from workerlab.stepping.searching.reference import Reference
from workerlab.stepping.searching.serial_runs import one_by_one, orders_of

# How a request says that it was too late, and has changed nothing that it knows of.
REFUSALS = (409, 412, 423, 503)


@dataclass
class Refusals:
    """Knows what a program comes to without the requests of it that were refused.

    statuses   of the refusals that were found right
    """

    stepped: SteppedServer
    reference: Reference
    statuses: set[int] = field(default_factory=set)
    _known: dict[frozenset[str], list[History]] = field(default_factory=dict)

    def are_right(self, history: History) -> bool:
        """Whether all that is wrong with a run is that requests were refused, and changed nothing."""
        program = self.reference.program
        if program.starts_a_worker or program.invariants:
            return False
        refused = refused_meanwhile(program, history)
        if not refused:
            return False
        if refused not in self._known:
            orders = orders_without(program, refused)
            self._known[refused] = [one_by_one(self.stepped, program, order)[0] for order in orders]
        rest = self.reference.key(e for e in history if e.client not in refused)
        if rest not in map(self.reference.key, self._known[refused]):
            return False
        self.statuses |= {e.status for e in history if e.client in refused and e.status}
        return True

    def in_words(self) -> str:
        """What was taken as right; "" when there was nothing."""
        if not self.statuses:
            return ""
        statuses = ", ".join(map(str, sorted(self.statuses)))
        return (
            f"; a request that was refused ({statuses}) while another was at work, and that "
            "changed nothing, counts as right"
        )


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
