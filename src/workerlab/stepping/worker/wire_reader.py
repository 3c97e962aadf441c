"""What the readers of all protocols have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from workerlab.stepping.access import Access


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


class NotUnderstood(Exception):
    """These bytes are not of this protocol, or more than its reader knows."""


class Leased(Protocol):
    """Is called with each key that a command gives a time-to-live, unless the store refuses that."""

    def __call__(
        self,
        place: str,
        database: int,
        key: bytes,
        seconds: float,
        login: tuple[str, ...],
        sure: bool,
    ) -> None:
        """See `workerlab.stepping.lease.Lease`."""


class Reader:
    """Reads one protocol."""

    def __init__(self, caveat: Callable[[str], None], leased: Leased) -> None:
        self.caveat, self.leased = caveat, leased
        self.said: Callable[[list[bytes]], None] | None = None  # hears of each whole command

    def read(self, data: bytes) -> tuple[list[Access], bytes]:
        """The accesses of all whole commands in `data`, and the rest. Raises NotUnderstood."""
        accesses: list[Access] = []
        while data and (taken := self.one(data)) is not None:
            found, size = taken
            accesses += found
            data = data[size:]
        return accesses, data

    def one(self, data: bytes) -> tuple[list[Access], int] | None:
        """The accesses of the first command, and its length; None when it is not complete."""
        raise NotImplementedError
