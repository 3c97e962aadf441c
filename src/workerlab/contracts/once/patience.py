"""Deadlines for what several processes do one after the other, on a machine that may be busy.

A job is found, taken, called and marked by a chain: the worker, the links, the store, the sink. On
a busy machine each of them waits for a processor in its turn. So a deadline is later by all that
they have waited, together; on an idle machine that is nothing. Links and sinks are threads of ours,
among many that play other scenes. Where nobody says which of them are in the chain, the most
delayed ones count, as many as a chain has.

A look at all threads takes milliseconds, and a check has many deadlines. So a deadline begins with
a look that another one has just taken, and may be later by what was waited since that look.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Container, Iterable, Iterator
from heapq import nlargest

from workerlab.processes.waiting import UNKNOWN, threads

__all__ = ["Chain", "Chains"]

LOOK_S = 0.1  # between two looks when a deadline has passed by the clock
FRESH_S = 1.0  # a look that is so old serves a chain that begins now
OURS_IN_ONE = 4  # threads of ours in a chain: a link there and back, a sink, and who looks
MOST_TIMES = 6  # a deadline is later by so many times its length at most


class Look:
    """For how many seconds each thread has waited for a processor so far.

    pids    the processes of a chain
    inside  native ids of the threads of this process that may be in a chain; None if nobody knows
    """

    def __init__(self, pids: Iterable[int], inside: Container[int] | None) -> None:
        here = os.getpid()
        self.theirs = dict(pair for pid in {*pids} - {here} for pair in _waits(pid))
        ours = dict(_waits(here))
        if inside is not None:
            self.theirs |= {name: ours.pop(name) for name in [*ours] if int(name) in inside}
        self.ours, self.most = ours, OURS_IN_ONE if inside is None else 1

    def since(self, before: Look) -> float:
        """What a chain may have waited between two looks."""
        theirs, ours = (
            [waited - earlier.get(name, 0.0) for name, waited in now.items()]
            for now, earlier in ((self.theirs, before.theirs), (self.ours, before.ours))
        )
        return sum(theirs) + sum(nlargest(self.most, ours))


def _waits(pid: int) -> Iterator[tuple[str, float]]:
    return ((name, waited) for name, (_, waited) in threads(pid))


class Chains:
    """Begins chains of the same processes, which share their looks.

    pids   the processes at this moment
    ours   native ids of the threads of this process that may be in a chain; any when None
    """

    def __init__(
        self,
        pids: Callable[[], Iterable[int]],
        ours: Callable[[], Container[int]] | None = None,
    ) -> None:
        self._pids, self._ours = pids, ours
        self._last: tuple[float, Look] | None = None

    def begin(self) -> Chain:
        """A chain that counts from now, or from up to FRESH_S earlier where a look takes long."""
        return Chain(self)

    def first_look(self) -> Look:
        """A look to begin with."""
        now = time.monotonic()
        if self._ours or self._last is None or now - self._last[0] > FRESH_S:
            return self.look()
        return self._last[1]

    def look(self) -> Look:
        """How long each thread has waited by now."""
        now = time.monotonic()
        look = Look(self._pids(), self._ours and self._ours())
        self._last = (now, look)
        return look


class Chain:
    """Counts from when it is made: seconds for which it waited for a processor, thread by thread."""

    def __init__(self, chains: Chains) -> None:
        self._chains = chains
        self._began = time.monotonic()
        self._before = chains.first_look()

    def not_given(self) -> float:
        """All their waiting for a processor, in seconds."""
        now = self._chains.look()
        if not now.theirs:  # this system does not tell
            return (time.monotonic() - self._began) * UNKNOWN
        return now.since(self._before)

    def passed(self, seconds: float, times: float = MOST_TIMES) -> bool:
        """Whether so many seconds have passed, without those that were not given.

        times   it is later by so many times its length at most
        """
        return self.left(seconds, times) <= 0

    def left(self, seconds: float, times: float = MOST_TIMES) -> float:
        """Seconds until it may have passed."""
        late = time.monotonic() - self._began - seconds
        if late <= 0 or late > times * seconds:
            return -late
        return self.not_given() - late
