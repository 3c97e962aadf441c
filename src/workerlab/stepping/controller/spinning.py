"""Tells a worker that computes from one that spins on a lock which another request holds.

Both are silent, and at work. But a request that no other has begun beside has nobody to wait for:
it computes, and how long is remembered (but for a worker's first request). A step that takes much
more processor time than any of those, while another request is held, is taken to spin. The first
schedules of a search are serial ones, so its longest step is known before it matters. (Most locks
do not spin: who waits, sleeps.)
"""

from __future__ import annotations

SPIN_S = 0.03  # processor time without a word after which a worker counts as spinning on a lock
SPIN_COLD_S = 0.5  # the same for a worker's first request, which imports and compiles much
TIMES = 4  # … and so many times the longest step that computed
ALONE_S = 10.0  # processor time after which a request computes for ever, as far as we care


class LongestStep:
    """Of the requests to one server that could wait for nobody: `seconds` of processor time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def note(self, seconds: float) -> None:
        """A step of a request that nobody kept waiting took so long."""
        self.seconds = max(self.seconds, seconds)

    def spins(self, seconds: float, *, warm: bool, alone: bool) -> bool:
        """Whether a worker that computed for so long without a word spins.

        warm    it has responded to a held request before
        alone   no other request has begun, so that nobody keeps it waiting
        """
        if alone:
            return seconds > ALONE_S
        return seconds > (SPIN_S if warm else SPIN_COLD_S) + TIMES * self.seconds
