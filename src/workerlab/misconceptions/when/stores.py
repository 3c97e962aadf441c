"""What a store or a process keeps, refuses and releases, also when something dies."""

from __future__ import annotations

from workerlab.misconceptions.answers import Between
from workerlab.misconceptions.model import situation
from workerlab.misconceptions.world import World


@situation
def codes_after_an_outage(world: World) -> list[int]:
    """The responses while a process is down that the app is connected to, and when it is back."""
    return [500, 200 if world.heals else 500]


@situation
def count_after_a_death(world: World, before: int, then: int) -> int:
    """The count after so many more, when the process that held it in memory was replaced."""
    return (before if world.kept_when_answered else 0) + then


@situation
def count_after_a_crash(world: World, snapshot: int, answered: int) -> int:
    """The count of a store that comes back after it was killed."""
    return answered if world.kept_when_answered else snapshot


@situation
def count_after_a_rollback(world: World, committed: int, written: int) -> object:
    """What a file says whose writer was killed before its commit."""
    if world.freed["file"] == "waits for ever":
        return "nothing: it is locked"
    return written if world.written_is_kept else committed


@situation
def still_runs(world: World) -> str:
    """What has become of a process whose parent was ended by a signal."""
    return "it is gone" if world.ends_with_parent else "it still runs"


@situation
def whose_reply(world: World) -> str:
    """What a parent reads from a connection that its child asks on, too, and first."""
    return "the parent's reply" if world.finds_its_asker else "the child's reply"


@situation
def verdict_after_a_death(world: World, lock: str) -> str:
    """ "failed" if another worker waits for ever once the holder of the lock was killed."""
    return "failed" if world.freed[lock] == "waits for ever" else "passed"


@situation
def next_after_a_death(world: World, lock: str) -> str:
    """What the next worker does that needs the lock of one that was killed."""
    return world.freed[lock]


@situation
def slow_holder(world: World) -> str:
    """What a search finds when a time-to-live may run out at any line."""
    return "an update is lost" if world.lease_ends else "no order loses"


@situation
def starts_with_forkserver(world: World) -> str:
    """An app whose class lives in a manager, and no copy of the app's memory."""
    return "it starts" if world.copied_classes else "EOFError"


@situation
def returned_by_adding(world: World, value: int) -> int | None:
    """What a method returns that adds and promises no result."""
    return value if world.adding_returns else None


@situation
def codes_of_two(world: World) -> list[int]:
    """The responses to two transactions that have both read, and both want to write."""
    return [200, 200] if world.waits_its_turn else [200, 500]


@situation
def readers(world: World) -> dict[str, bool]:
    """Whether a file can be read while another connection writes it, in each mode."""
    return {"DELETE": world.reads_beside_a_writer, "WAL": True}


@situation
def number_read(world: World, value: int) -> dict[str, object]:
    """What each serializer reads after the store has counted on to the value."""
    if world.same_form:
        return dict.fromkeys(("Json", "String", "Pickle"), value)
    return {"Json": value, "String": str(value), "Pickle": "Value is not an integer"}


@situation
def read_by_the_other(world: World, value: str) -> str | None:
    """What namespace "ab" reads under "c", when "a" has stored a value under "bc"."""
    return None if world.names_apart else value


@situation
def computations(world: World, requests: int) -> object:
    """How often a price is computed that many ask for at once: look, compute, store."""
    if not world.apart["look, then act"]:
        return 1
    return Between(2, requests, f"more than once, at most {requests} times")


@situation
def workers_started(world: World, workers: int) -> int:
    """How many workers start, when all create a table if it does not exist, at once."""
    return 0 if world.apart["look, then act"] else workers


@situation
def ways_that_hold(world: World, database: str) -> tuple[str, ...]:
    """Which of four ways to count on a row lose nothing."""
    together = not world.apart["a transaction"]
    holds = {
        "as-written": not world.apart["two calls"],
        "in-a-transaction": together,
        "locked": together or world.row_locks[database],
        "added": True,
    }
    return tuple(way for way, right in holds.items() if right)
