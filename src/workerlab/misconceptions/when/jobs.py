"""Jobs that are to be done once, and what is left of them when a worker dies or is late."""

from __future__ import annotations

from workerlab.misconceptions.model import situation
from workerlab.misconceptions.world import World


@situation
def letters_sent(world: World, workers: int, replaced: int) -> int:
    """How many letters have been sent that the app sends when it starts."""
    once = world.copies(workers) == 1 or not world.starts_again
    return 1 if once else workers + replaced


@situation
def letters_after_a_crash(world: World, marked_first: bool) -> int:
    """How many there are when a worker died at the worst point, and others have tried again."""
    if not world.apart["a request"]:
        return 1
    return 0 if marked_first else 2


@situation
def price_after_a_start(world: World, euros: int, workers: int) -> int:
    """A price, in cents, when each worker has looked whether it is in cents, and then changes it."""
    changes = workers if world.apart["look, then act"] and world.copies(workers) > 1 else 1
    return euros * int(100**changes)


@situation
def late_holder(world: World) -> str:
    """ "failed" if a holder may write after the next one has written."""
    return "failed" if world.lease_ends else "passed"


@situation
def orders_not_told(world: World) -> int:
    """How many orders are written and never told, when a worker died at the worst point."""
    return int(world.apart["a request"])
