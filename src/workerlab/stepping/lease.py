"""A time-to-live that was set on a key of a store: it may run out at any later moment."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from workerlab.stepping.access import WRITE, Access

SHORT_MAY_EXPIRE, MAY_EXPIRE = "short-may-expire", "may-expire"
OUTLIVE_THE_WORK = "outlive-the-work"
SHORT_S = 60.0  # no request stands still for longer, and lives
LONGEST = {SHORT_MAY_EXPIRE: SHORT_S, MAY_EXPIRE: inf, OUTLIVE_THE_WORK: 0.0}
"""What a search may assume, and the longest time-to-live, in seconds, that runs out while requests
are at work: one of a minute at most, as locks have; any; none."""

_EXPIRY = ".ttl"


@dataclass(frozen=True)
class Lease:
    """A key with a time-to-live.

    place     which kind of store: "redis" or "memcached"
    address   "host:port" of the store, or the path of its socket
    database  its number in a Redis, else 0
    key       as text; what is no UTF-8 stands in it as lone surrogates
    seconds   the time-to-live as it was set; 0 when the command does not say
    login     the words behind AUTH on this connection, if any
    sure      the command sets the time whatever is there; else only what the store says tells
    outside   it was set while no step of a request ran
    """

    place: str
    address: str
    database: int
    key: str
    seconds: float = 0.0
    login: tuple[str, ...] = ()
    sure: bool = False
    outside: bool = False

    @property
    def where(self) -> tuple[str, str, int, str]:
        """The key that it is about, whoever has set it."""
        return self.place, self.address, self.database, self.key

    @property
    def access(self) -> Access:
        """What others can see of it when it runs out."""
        return Access(WRITE, self.place, self.key_in_words)

    @property
    def raw_key(self) -> bytes:
        return self.key.encode(errors="surrogateescape")

    @property
    def key_in_words(self) -> str:
        return self.raw_key.decode(errors="backslashreplace")

    def __str__(self) -> str:
        """In words: "the time-to-live of 'lock' (10 s)"."""
        key = self.key_in_words
        key = key if len(key) <= 40 else f"{key[:39]}…"
        return f"the time-to-live of {key!r}" + f" ({self.seconds:g} s)" * bool(self.seconds)


def name_of_expiry(task: str, number: int) -> str:
    """How a schedule names the end of the `number`th time-to-live that a request has set."""
    return f"{task}{_EXPIRY}{number}"


def is_expiry(name: str) -> bool:
    """Whether a name in a schedule is no request, but the end of a time-to-live.

    >>> is_expiry(name_of_expiry("A", 1)), is_expiry("A")
    (True, False)
    """
    task, found, number = name.partition(_EXPIRY)
    return bool(task and found) and number.isdigit()


def owner_of(expiry: str) -> str:
    """The request that has set what runs out here."""
    return expiry.partition(_EXPIRY)[0]
