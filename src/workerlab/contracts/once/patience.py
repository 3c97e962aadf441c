"""Deadlines for what several processes do one after the other, on a machine that may be busy.

A job is found, taken, called and marked by a chain: the worker, the links, the store, the sink. On
a busy machine each of them waits for a processor in its turn. So a deadline is later by all that
they have waited, together; on an idle machine that is nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable

from workerlab.processes.waiting import UNKNOWN, threads

__all__ = ["Chain"]

LOOK_S = 0.1  # between two looks when a deadline has passed by the clock
MOST_TIMES = 6  # a deadline is later by so many times its length at most


class Chain:
    """Counts from when it is made: seconds for which threads of these processes, and ours, waited.

    pids   the processes at this moment
    """

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids
        self._began = time.monotonic()
        self._before = self._waited()

    def not_given(self) -> float:
        """All their waiting for a processor, in seconds."""
        now = self._waited()
        if not now:  # this system does not tell
            return (time.monotonic() - self._began) * UNKNOWN
        return sum(waited - self._before.get(thread, 0.0) for thread, waited in now.items())

    def passed(self, seconds: float, times: float = MOST_TIMES) -> bool:
        """Whether so many seconds have passed, without those that were not given.

        times   it is later by so many times its length at most
        """
        late = time.monotonic() - self._began - seconds
        return late > 0 and (late > times * seconds or late > self.not_given())

    def _waited(self) -> dict[str, float]:
        pids = {os.getpid(), *self._pids()}
        return {name: spent[1] for pid in pids for name, spent in threads(pid)}
