"""Whose messages to the stores may pass: one worker alone, all in step, or all freely.

A runner looks for work by itself, whenever it likes, and no request can be held in its place. So
what it sends to its stores is held, on links between it and them, piece by piece and worker by
worker.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import inf
from pathlib import Path

from workerlab.network.stop import Stop
from workerlab.processes.ports import Ends, owner_of

__all__ = ["FREEZE", "KILL", "THAW", "Turns", "send"]

FREEZE, THAW, KILL = signal.SIGSTOP, signal.SIGCONT, signal.SIGKILL
STILL_S = 1.0  # seconds for a signal to have its effect, which takes microseconds


def send(pid: int, sig: int) -> None:
    """Send a process a signal; after FREEZE, return when it stands still."""
    with suppress(OSError):
        os.kill(pid, sig)
        until = time.monotonic() + STILL_S
        while sig == FREEZE and time.monotonic() < until and not _stands_still(pid):
            time.sleep(0)


def _stands_still(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:  # no /proc here, or it has ended
        return True
    return state in "TtZX"


class Turns(Stop):
    """What several links of an app ask before each piece that it sends to a store.

    everybody   the app's processes at this moment, by their numbers

    At first all may pass.
    """

    def __init__(self, everybody: Callable[[], Iterable[int]]) -> None:
        super().__init__()
        self._everybody = everybody
        self._owners: dict[Ends, int] = {}  # a process for each, looked up while somebody is held
        self._asked: set[Ends] = set()  # connections whose store has not answered yet
        self._free = True
        self._left: dict[int, float] = {}  # pieces that a process may still send
        self._others = inf  # the same, for those that are not named
        self._at_the_last: dict[int, int] = {}  # the signal that a process gets with its last piece
        self._gone: set[int] = set()
        self.waiting: Counter[int] = Counter()  # pieces that wait, by process
        self.sent: Counter[int] = Counter()  # pieces that passed since the last change of rules

    def came(self, connection: Ends) -> None:
        """A new connection has these ends: whose it is has to be looked up anew."""
        self._owners.pop(connection, None)

    def answered(self, connection: Ends) -> None:
        self._asked.discard(connection)

    def unanswered(self, pid: int) -> bool:
        """Whether a store owes this process an answer to what passed."""
        return any(self._owners.get(connection) == pid for connection in [*self._asked])

    def everybody_passes(self) -> None:
        with self._changed:
            self._free = True
            self._left, self._others, self._at_the_last = {}, inf, {}
            self._gone = set()
            self._changed.notify_all()

    def let_go(self) -> None:
        self.everybody_passes()

    def nobody_passes(self) -> None:
        self.only({})

    def only(self, left: dict[int, float], others: float = 0) -> None:
        """From now on these processes may send so many pieces each, and all others `others`."""
        with self._changed:
            self._free = False
            self._left, self._others, self._at_the_last = dict(left), others, {}
            self._gone, self.sent = set(), Counter()
            self._changed.notify_all()

    def last_piece(self, pid: int, number: int, sig: int = FREEZE) -> None:
        """Only this process may send, `number` pieces; with the last it gets a signal.

        So it is held (or dies) after that piece has had its effect, and before it knows.
        """
        with self._changed:
            self.only({pid: number})
            self._at_the_last[pid] = sig

    def lose(self, pid: int = 0) -> None:
        """What this process sends, and has sent and still waits, never arrives."""
        with self._changed:
            self._gone.add(pid)
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self.waiting[pid], STILL_S)

    def waits(self, pid: int) -> bool:
        """Whether a piece of this process waits."""
        return self.waiting[pid] > 0

    def wait_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Whether it came to be so, which is looked at whenever a piece comes or goes."""
        until = time.monotonic() + seconds
        with self._changed:
            while not holds():
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 0.02))
        return True

    def all_wait(self, pids: Iterable[int], seconds: float) -> bool:
        """Whether a piece of each of these comes to wait within so many seconds."""
        return self.wait_until(lambda: all(self.waiting[pid] for pid in pids), seconds)

    def all_once(self, pids: Iterable[int], seconds: float) -> bool:
        """All that wait may send what they wait with, when each of these waits, or after a while.

        So nobody is a step ahead. Returns whether each of them waited.
        """
        together = self.all_wait(pids, seconds)
        with self._changed:
            passed = {pid: self.sent[pid] + pieces for pid, pieces in self.waiting.items()}
            for pid, pieces in self.waiting.items():
                self._left[pid] = self._left.get(pid, 0) + pieces
            self._changed.notify_all()
            # Who was let go must have gone: else its next turn would be counted for this piece.
            self._changed.wait_for(
                lambda: all(self.sent[pid] >= number for pid, number in passed.items()), STILL_S
            )
        return together

    def wait(self, connection: Ends) -> bool:
        if self._free:
            self._asked.add(connection)
            return True
        pid = self._owner(connection)
        with self._changed:
            self.waiting[pid] += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._free or pid in self._gone or self._may_send(pid))
            self.waiting[pid] -= 1
            if pid in self._gone:
                self._changed.notify_all()
                return False
            self.sent[pid] += 1
            self._asked.add(connection)
            if not self._free and pid in self._left:
                self._left[pid] -= 1
                if not self._left[pid] and (sig := self._at_the_last.pop(pid, 0)):
                    send(pid, sig)
            self._changed.notify_all()
        return True

    def _may_send(self, pid: int) -> bool:
        return self._left.get(pid, self._others) > 0

    def _owner(self, connection: Ends) -> int:
        if connection not in self._owners:
            self._owners[connection] = owner_of(connection, self._everybody())
        return self._owners[connection]
