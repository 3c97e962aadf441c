"""Stops what an app sends to its stores, just before the piece that a test names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event

from workerlab.processes.ports import Ends, owner_of


class Stop:
    """Where what an app sends to its stores can be stopped, over one link or several."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._stopped: Event | None = None  # what the app sends waits, once this is set
        self._first = 0  # how many pieces still pass before that
        self._whose: int | None = None  # the one process that is stopped
        self._lost = False  # whether the piece that waits never arrives
        self._alone = False  # whether only the connection of that piece is stopped
        self._only: Ends | None = None  # … which is this one
        self.passed = 0  # pieces that have come to the stop and went on, since it was last set

    @contextmanager
    def before(self, piece: int, pid: int | None = None, *, alone: bool = False) -> Iterator[Event]:
        """Stop what the app sends before its `piece`th piece (0, 1, …) while the block runs.

        A piece is what one send of the app brings: mostly one command. Yields an Event that is
        set as soon as a piece waits. The app is then stopped between two steps on the store,
        wherever in its code they are, and other apps may do what they like meanwhile. With `pid`,
        only what that process sends is counted and stopped; `alone`, only the one connection on
        which that piece was sent is stopped, and another request to the same process goes on.
        """
        with self._changed:
            self._stopped, self._first, self._whose = Event(), piece, pid
            self.passed, self._lost, self._alone, self._only = 0, False, alone, None
        try:
            yield self._stopped
        finally:
            self.let_go()

    def came(self, connection: Ends) -> None:
        """Called with each new connection of the app."""

    def answered(self, connection: Ends) -> None:
        """Called when something from a store has come on this connection, or nothing more will."""

    def let_go(self) -> None:
        with self._changed:
            self._stopped = None
            self._changed.notify_all()

    def lose(self) -> None:
        """The piece that waits never arrives, as if its sender had ended just before."""
        with self._changed:
            self._lost = True
        self.let_go()

    def wait(self, connection: Ends) -> bool:
        """Called with each piece that the app sends on this connection: waits if it is its turn.

        Returns whether the piece is to be sent on.
        """
        with self._changed:
            if self._stopped is None or not self._is_meant(connection):
                return True
            if self.passed < self._first:
                self.passed += 1
                return True
            if self._alone and self._only not in (None, connection):
                return True
            self._only = connection
            self._stopped.set()
            self._changed.wait_for(lambda: self._stopped is None)
            return not self._lost

    def _is_meant(self, connection: Ends) -> bool:
        return self._whose is None or owner_of(connection, [self._whose]) > 0
