"""Deadlines for what several processes do one after the other, on a machine that may be busy.

A job is found, taken, called and marked by a chain: the worker, the links, the store, the sink. On
a busy machine each of them waits for a processor in its turn. So a deadline is later by all that
they have waited, together; on an idle machine that is nothing.

A look at all threads takes milliseconds, and a check has many deadlines. So a deadline begins with
a look that another one has just taken, and may be later by what was waited since that look.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable

from workerlab.processes.waiting import UNKNOWN, threads

__all__ = ["Chain", "Chains"]

LOOK_S = 0.1  # between two looks when a deadline has passed by the clock
FRESH_S = 1.0  # a look that is so old serves a chain that begins now
MOST_TIMES = 6  # a deadline is later by so many times its length at most


class Chains:
    """Begins chains of the same processes, which share their looks.

    pids   the processes at this moment
    """

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids
        self._last: tuple[float, dict[str, float]] | None = None

    def begin(self) -> Chain:
        """A chain that counts from now, or from up to FRESH_S earlier."""
        return Chain(self)

    def look(self, fresh: float = 0.0) -> dict[str, float]:
        """Of each thread, by its number: for how many seconds it has waited for a processor.

        fresh   a look that is so many seconds old will do
        """
        now = time.monotonic()
        if self._last is None or now - self._last[0] > fresh:
            self._last = (now, waited(self._pids))
        return self._last[1]


class Chain:
    """Counts from when it is made: seconds for which threads of these processes, and ours, waited."""

    def __init__(self, chains: Chains) -> None:
        self._chains = chains
        self._began = time.monotonic()
        self._before = chains.look(FRESH_S)

    def not_given(self) -> float:
        """All their waiting for a processor, in seconds."""
        now = self._chains.look()
        if not now:  # this system does not tell
            return (time.monotonic() - self._began) * UNKNOWN
        return sum(waited - self._before.get(thread, 0.0) for thread, waited in now.items())

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


def waited(pids: Callable[[], Iterable[int]]) -> dict[str, float]:
    """Of each thread of these processes, and of ours: for how many seconds it waited so far."""
    everybody = {os.getpid(), *pids()}
    return {name: spent[1] for pid in everybody for name, spent in threads(pid)}
