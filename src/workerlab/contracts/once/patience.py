"""Deadlines for what several processes do one after the other, on a machine that may be busy.

A job is found, taken, called and marked by a chain: the worker, the links, the store, the sink. On
a busy machine each of them waits for a processor in its turn. So a deadline is later by all that
they have waited, together; on an idle machine that is nothing.

A look at all threads takes milliseconds, and a check has many deadlines. So `Chains` lets deadlines
that begin within a second share one look, and each may be later by what was waited before it.
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


class Chain:
    """Counts from when it is made: seconds for which threads of these processes, and ours, waited.

    pids     the processes at this moment
    before   an earlier look, in place of one that is taken now
    """

    def __init__(
        self, pids: Callable[[], Iterable[int]], before: dict[str, float] | None = None
    ) -> None:
        self._pids = pids
        self._began = time.monotonic()
        self._before = waited(pids) if before is None else before

    def not_given(self) -> float:
        """All their waiting for a processor, in seconds."""
        now = waited(self._pids)
        if not now:  # this system does not tell
            return (time.monotonic() - self._began) * UNKNOWN
        return sum(waited - self._before.get(thread, 0.0) for thread, waited in now.items())

    def passed(self, seconds: float, times: float = MOST_TIMES) -> bool:
        """Whether so many seconds have passed, without those that were not given.

        times   it is later by so many times its length at most
        """
        late = time.monotonic() - self._began - seconds
        return late > 0 and (late > times * seconds or late > self.not_given())


class Chains:
    """Begins chains of the same processes; those that begin within FRESH_S share one look."""

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids
        self._look: tuple[float, dict[str, float]] | None = None

    def begin(self) -> Chain:
        """A chain that counts from now, or from up to FRESH_S earlier."""
        now = time.monotonic()
        if self._look is None or now - self._look[0] > FRESH_S:
            self._look = (now, waited(self._pids))
        return Chain(self._pids, self._look[1])


def waited(pids: Callable[[], Iterable[int]]) -> dict[str, float]:
    """Of each thread of these processes, and of ours: for how many seconds it waited so far."""
    everybody = {os.getpid(), *pids()}
    return {name: spent[1] for pid in everybody for name, spent in threads(pid)}
