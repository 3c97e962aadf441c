"""Two requests at once, step by step: every order of their steps is played."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

from workerlab.misconceptions.answers import Between
from workerlab.misconceptions.model import situation
from workerlab.misconceptions.world import World

Unit = tuple[str, ...]
"""Steps between which no other request comes."""


def merged(a: int, b: int) -> Iterator[str]:
    """All orders of `a` moves of A and `b` moves of B, such as "AABB"."""
    if not a or not b:
        yield "A" * a + "B" * b
        return
    yield from ("A" + rest for rest in merged(a - 1, b))
    yield from ("B" + rest for rest in merged(a, b - 1))


def units(world: World, kind: str) -> list[Unit]:
    """A request of this kind as the world sees it: in two pieces, or in one."""
    steps = ("add", "ask") if kind == "add, then ask" else ("read", "write")
    return [(step,) for step in steps] if world.apart[kind] else [steps]


def play(request: list[Unit], order: str) -> tuple[int, dict[str, int]]:
    """The count and both responses, after two such requests in this order of their units."""
    count, hand, left = 0, {"A": 0, "B": 0}, {"A": list(request), "B": list(request)}
    for who in order:
        for step in left[who].pop(0):
            if step == "add":
                count += 1
            elif step == "write":
                hand[who] += 1
                count = hand[who]
            else:  # "read" and "ask"
                hand[who] = count
    return count, hand


def ends(world: World, kind: str) -> list[tuple[int, dict[str, int]]]:
    request = units(world, kind)
    return [play(request, order) for order in merged(len(request), len(request))]


@situation
def verdict(world: World, kind: str = "a line") -> str:
    """Of two increments of this kind, on two workers: "failed" if some order of steps loses one."""
    return "failed" if any(count < 2 for count, _ in ends(world, kind)) else "passed"


@situation
def count_at_worst(world: World, kind: str = "two calls") -> int:
    """The count after two increments in the worst order."""
    return min(count for count, _ in ends(world, kind))


@situation
def responses_and_report(world: World, kind: str = "add, then ask") -> list[int]:
    """Both responses, the smaller first, and the report, in the order that is furthest off."""
    count, hand = min(ends(world, kind), key=lambda end: len(set(end[1].values())))
    return [*sorted(hand.values()), count]


@situation
def losing_orders(world: World) -> int:
    """In how many of the six orders of two reads and two writes an increment is lost."""
    if world.apart["no await"]:
        return comb(4, 2)  # whatever is under way together spoils the other
    return sum(count < 2 for count, _ in ends(world, "a line"))


@situation
def orders(world: World, a: int, b: int) -> int:
    """In how many orders the steps of two requests can happen, so many of each."""
    if not world.apart["a line"]:
        return 2
    return world.merges(a, b) if world.merges else comb(a + b, a)


@situation
def count_after_burst(world: World, increments: int, kind: str, seldom: bool = False) -> object:
    """The count after a burst, one store. `seldom`: read and write are so close that few meet."""
    if not world.apart[kind]:
        return increments
    if seldom:
        return Between(1, increments, f"at most {increments}")
    return Between(1, increments - 1, f"fewer than {increments}")


@situation
def loses_where(world: World) -> str:
    """A file that each worker opens once, and a lock on it: where an increment is lost."""
    if world.apart["one lock for all"]:
        return "two workers"
    return "nowhere" if world.lock_of_request else "one worker"
