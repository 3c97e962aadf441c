"""What a step touches that other processes can see, and when two steps may be swapped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

READ, WRITE, ALL = "r", "w", "*"
OVERWRITES = "overwrites"


@dataclass(frozen=True)
class Access:
    """One access to a thing that processes share.

    mode    READ, WRITE, or ALL: not understood, so it may be any access to any thing
    place   which kind of store: "redis", "memcached", "postgres", "file"; two servers of one kind
            count as one, since they may be one under two addresses
    thing   a key or a path; "" for any of them
    how     OVERWRITES where a write puts a new value in place of the whole old one, whatever that
            was; it is no part of what makes two accesses equal
    """

    mode: str
    place: str = ""
    thing: str = ""
    how: str = field(default="", compare=False)


ANYTHING = Access(ALL)
EXPIRES = "no time-to-live ran out"  # steps may be swapped all the same
WAITS = "it waits for a time"
PUSHES = "a store sends it messages unasked"
CALL, RETURN = Access(READ, "time"), Access(WRITE, "time")
FILES = ("file", "sqlite")


def note(accesses: set[Access], more: Iterable[Access]) -> None:
    """Add `more` to `accesses`. Of two equal ones, done in different ways, no way is told."""
    for access in more:
        before = next((each for each in accesses if each == access), access)
        accesses.discard(access)
        accesses.add(access if before.how == access.how else replace(access, how=""))


def conflict(one: Iterable[Access], other: Iterable[Access]) -> bool:
    """Whether the order of two steps with these accesses can matter to anyone.

    A step without an access conflicts with none; one that was not understood with any other.
    """
    return any(_meet(a, b) for a in one for b in other)


def _meet(a: Access, b: Access) -> bool:
    if ALL in (a.mode, b.mode):
        return True
    if a.place == b.place == "time":  # two calls may be swapped, and so may two returns
        return a.mode != b.mode
    same_place = a.place == b.place or (a.place in FILES and b.place in FILES)
    if not same_place or a.mode == b.mode == READ:
        return False
    return not a.thing or not b.thing or a.thing == b.thing or _beneath(a, b) or _beneath(b, a)


def _beneath(a: Access, b: Access) -> bool:
    """Whether `b` is in the folder that `a` is about."""
    return a.thing.endswith("/") and b.thing.startswith(a.thing)
