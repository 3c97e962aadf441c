"""Seats, lamps and the table of all fixes."""

from __future__ import annotations

from workerlab.misconceptions.answers import Between
from workerlab.misconceptions.model import situation
from workerlab.misconceptions.world import World

LOCKS = {
    "file_lock": "file",
    "redis_lock": "time-to-live",
    "redis_fenced": "time-to-live",
    "tortoise_locked": "session",
    "ultradict": "lock in a process",
}
"""The rows of chapter 13's table whose workers hold a lock, and of which kind it is."""


@situation
def answers_for_one_seat(world: World) -> list[int]:
    """The responses to two guests who want one seat, in the worst order."""
    return [201, 201] if world.apart["look, then act"] else [201, 409]


@situation
def sold_in_a_report(world: World, names: int) -> int:
    """How many seats a report says are sold that has so many names, the last one under way."""
    return names - world.apart["a request"]


@situation
def key_is_known(world: World) -> str:
    """Whether one of two equal requests at once is recognised by its key."""
    return "no" if world.apart["look, then act"] else "yes"


@situation
def promised(world: World, lamps: int, customers: int) -> object:
    """How many customers are promised one of the lamps."""
    if not world.apart["look, then act"]:
        return lamps
    return Between(lamps + 1, customers, f"more than {lamps}")


@situation
def after_the_response(world: World) -> str:
    """ "failed" if a response can come before the work that it speaks of is done."""
    return "passed" if world.done_when_answered else "failed"


@situation
def racing_pairs(world: World) -> int:
    """Of three pairs of requests, how many race: two look and then act, two add in a transaction,
    and two never touch the same row.
    """
    return sum(world.apart[kind] for kind in ("look, then act", "a transaction"))


@situation
def right_rows(world: World, rows: int) -> int:
    """How many rows are correct: four are not, two of them since they read and write in two calls."""
    kinds = ("two calls", "two calls", "a transaction", "add, then ask")
    return rows - sum(world.apart[kind] for kind in kinds)


@situation
def stuck_after_a_kill(world: World) -> list[str]:
    """Which of the correct rows wait for a worker that was killed."""
    return [row for row, lock in LOCKS.items() if world.freed[lock] == "waits for ever"]


@situation
def forgets_at_a_restart(world: World) -> list[str]:
    """Which of the correct rows lose the count when the server stops and starts."""
    return [] if world.kept_when_answered else ["preload"]


@situation
def count_together(world: World, by_address: int, in_all: int) -> int:
    """How many rows count together on two hosts, of which so many are reached by an address."""
    return in_all if world.copies(2) == 1 else by_address


@situation
def ratio_to_itself(world: World) -> str:
    """What the ratio of a measurement to its repetition is."""
    return "exactly 1, each time" if world.time_repeats else "another one each time"
