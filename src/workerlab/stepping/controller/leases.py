"""The times-to-live that run in the stores while a schedule is executed.

Each that a step of a request sets may run out at any later moment, once: a decision of the
scheduler, named after the request that has set it. What a store says decides whether it still
runs: a key that is deleted, or that is set again, has lost its old time-to-live.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from math import ceil, inf

from workerlab.stepping.access import Access, conflict
from workerlab.stepping.controller.clocks import Clocks, Unclear
from workerlab.stepping.lease import Lease, name_of_expiry

Told = tuple[str, Lease]  # by which request
MOST_OUTSIDE = 20  # keys that are asked after at each beginning


class Leases:
    """The times-to-live of one execution.

    known    every one that a step of a request has set, by its name in the schedule
    unclear  whether one may run that is not known, or that does not run out here
    """

    def __init__(self, clocks: Clocks, longest_s: float, outside: set[Lease]) -> None:
        """
        longest_s a longer time-to-live does not run out
        outside   those that were set before, while no step of a request ran; it is kept up to date
        """
        self._clocks, self._longest_s, self._outside = clocks, longest_s, outside
        self.known: dict[str, Lease] = {}
        self.unclear = False
        self._runs: dict[tuple[str, str, int, str], tuple[str, str]] = {}  # name, mark
        self._numbers: Counter[str] = Counter()
        if len(outside) <= MOST_OUTSIDE:
            outside -= {lease for lease in outside if not self._mark(lease)}
        self.unclear |= bool(outside)

    @property
    def next_to_end(self) -> tuple[str, ...]:
        """The names of those that run, and that may be the next one to run out.

        However long a step takes: of two, the one that was set later, for as long or longer, is not
        over before the other.
        """
        running = {name for name, _ in self._runs.values()}
        found: list[str] = []
        shortest = inf
        for name, lease in self.known.items():
            if name in running and lease.seconds < shortest:
                shortest = lease.seconds
                found.append(name)
        return tuple(found)

    def look(self, told: Iterable[Told], touched: set[Access]) -> None:
        """After a step that has touched this, and set these: which of them run now?"""
        told = [*told]
        anew = {lease.where for _, lease in told}
        for name, _ in [*self._runs.values()]:
            if conflict({self.known[name].access}, touched):
                self._look_again(name, anew)
        for task, lease in told:
            if lease.outside:
                if self._mark(lease):
                    self._outside.add(lease)
                    self.unclear = True
            else:
                self._look_at(task, lease)

    def _look_again(self, name: str, anew: set[tuple[str, str, int, str]]) -> None:
        lease = self.known[name]
        _, before = self._runs[lease.where]
        mark = self._mark(lease)
        if not mark or (mark != before and lease.where in anew):
            del self._runs[lease.where]
        else:  # a new value may have been put under the old time
            self._runs[lease.where] = name, mark

    def _look_at(self, task: str, lease: Lease) -> None:
        if lease.sure:  # two may end in the same millisecond, and are two all the same
            self._runs.pop(lease.where, None)
        if (mark := self._mark(lease)) and lease.where not in self._runs:
            lease = replace(lease, seconds=lease.seconds or self._left(lease))
            if lease.seconds > self._longest_s:
                self.unclear = True
                return
            self._numbers[task] += 1
            name = name_of_expiry(task, self._numbers[task])
            self.known[name] = lease
            self._runs[lease.where] = name, mark

    def _mark(self, lease: Lease) -> str:
        try:
            return self._clocks.of(lease).mark(lease)
        except Unclear:
            self.unclear = True
            return ""

    def _left(self, lease: Lease) -> float:
        """How many seconds a key has, of which its command does not say it."""
        try:
            return ceil(self._clocks.of(lease).left(lease))
        except Unclear:
            return inf

    def run_out(self, name: str) -> None:
        """This one runs out now."""
        lease = self.known[name]
        del self._runs[lease.where]
        try:
            self._clocks.of(lease).run_out(lease)
        except Unclear:
            self.unclear = True
