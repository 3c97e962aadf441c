"""Deadlines that a busy machine cannot reach, for what this process waits for.

Seconds in which our processes got no processor because others had it do not count: see `waiting`.
"""

from __future__ import annotations

import os
import select
import time
from socket import socket
from threading import Lock

from workerlab.processes.activity import with_descendants
from workerlab.processes.waiting import Waiting

__all__ = ["Deadline", "Stopwatch", "pause", "wait_to_read"]

FRESH_S = 1.0  # a count that began so long ago is used once more: to begin one takes milliseconds
LOOK_S = 0.1  # seconds between two looks when a deadline has passed by the clock
GLANCE_S = 0.05  # mostly it has come by then, and a count would have cost more than the wait

_last: tuple[float, Waiting] | None = None
_one_begins = Lock()  # of twenty threads that wait at once, one begins a count and all use it


def ours() -> Waiting:
    """How long this process, or one that it has started, got no processor.

    Counted from now, or from up to FRESH_S earlier: so a deadline may be that much later.
    """
    global _last
    with _one_begins:
        now = time.monotonic()
        if _last is None or now - _last[0] > FRESH_S:
            _last = (now, Waiting(lambda: with_descendants([os.getpid()])))
        return _last[1]


class Deadline:
    """`seconds` from now, without those in which no processor was given (to `waiting`'s processes)."""

    def __init__(self, seconds: float, waiting: Waiting | None = None) -> None:
        self._until = time.monotonic() + seconds
        self._waiting = waiting or ours()

    @property
    def passed(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.overdue > 0

    @property
    def overdue(self) -> float:
        """For how many seconds it has passed; 0 or less before."""
        late = time.monotonic() - self._until
        return late if late <= 0 else late - self._waiting.seconds()

    @property
    def next_look(self) -> float:
        """Seconds until it may have passed."""
        return max(LOOK_S, self._until - time.monotonic())


class Stopwatch:
    """Counts seconds from now on, without those in which no processor was given."""

    def __init__(self) -> None:
        self._began, self._waiting = time.monotonic(), ours()

    @property
    def seconds(self) -> float:
        return max(0.0, time.monotonic() - self._began - self._waiting.seconds())


def pause(seconds: float) -> None:
    """Sleep, and on for the time in which no processor was given: what is to happen has happened."""
    deadline = Deadline(seconds)
    while not deadline.passed:
        time.sleep(deadline.next_look)


def wait_to_read(sock: socket, within: float | Deadline) -> None:
    """Return when something has come, or the other side has hung up; else raise TimeoutError.

    Seconds, unlike a Deadline that is given, are counted from GLANCE_S on.
    """
    if select.select([sock], [], [], GLANCE_S)[0]:
        return
    deadline = within if isinstance(within, Deadline) else Deadline(within)
    while not select.select([sock], [], [], deadline.next_look)[0]:
        if deadline.passed:
            raise TimeoutError("nothing came in time")
