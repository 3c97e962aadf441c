"""What the stores reply to the commands that a step has sent, for the picture of a losing schedule.

Each connection has a queue of commands that wait for their replies. A reply that is there makes
a command's effect: what was read and what was written, as text. Used only while a loss is replayed
to be shown. Replies that cannot be paired with certainty are never guessed: the connection goes mute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

LONGEST, LONGEST_KEY = 60, 40  # of a value, and of a key, as text
MOST_UNREAD = 1_000_000  # bytes of one reply


class Effect(NamedTuple):
    """What a command has read and written, as text; None for nothing, and for what is not known."""

    read: str | None = None
    wrote: str | None = None


UNKNOWN = Effect()  # it has done something, and nobody can say what
Tell = Callable[[Effect], None]
"""Is called with the effect of a command; it knows the step that has sent it."""

Whose = Callable[[], Tell | None]
"""Gives the `Tell` of the step that sends now; None where no step of a shown request does."""


class Unpaired(Exception):
    """These bytes are no reply that can be paired with a command."""


class Replies:
    """The replies on one connection."""

    def __init__(self) -> None:
        self.mute = False
        self._unread = b""

    def asked(self, tell: Tell | None, command: list[bytes]) -> None:
        """A whole command is sent."""
        if not self.mute:
            self._guarded(lambda: self._asks(tell or _to_no_one, command))

    def came(self, data: bytes) -> None:
        """Bytes were received."""
        if self.mute or not self._waits():
            return  # it pushes what nobody has asked for
        self._unread += data
        self._guarded(self._read)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # noqa: BLE001 (for a picture, never an error in the student's app)
            self.mute, self._unread = True, b""

    def _read(self) -> None:
        while self._unread and (size := self._one(self._unread)):
            self._unread = self._unread[size:]
        if len(self._unread) > MOST_UNREAD:
            raise Unpaired

    # -- each protocol has these -------------------------------------------------------------

    def _asks(self, tell: Tell, command: list[bytes]) -> None:
        """Let a command wait for its reply. Raises Unpaired for one that changes how replies come."""
        raise NotImplementedError

    def _waits(self) -> bool:
        """Whether some command waits for its reply."""
        raise NotImplementedError

    def _one(self, data: bytes) -> int:
        """Take the first reply, and return its length; 0 when it is not complete."""
        raise NotImplementedError


def _to_no_one(effect: Effect) -> None:
    """The command was no step's: its reply only has its place in the queue."""


def text(value: object, most: int = LONGEST) -> str:
    """A value of a store as text: bytes as the characters that they stand for, if they do."""
    if isinstance(value, bytes):
        try:
            words = value.decode()
        except UnicodeDecodeError:
            words = repr(value)
        words = words or "''"
    else:
        words = str(value)
    return words if len(words) <= most else words[: most - 1] + "…"


def named(key: bytes) -> str:
    """A key as text."""
    return text(key, LONGEST_KEY)


def counted_rows(count: int) -> str:
    """How many rows of a table were changed."""
    return "no row" if count == 0 else "1 row" if count == 1 else f"{count} rows"
