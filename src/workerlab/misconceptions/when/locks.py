"""Tasks, threads and processes: who can come between, and how far a lock reaches."""

from __future__ import annotations

from workerlab.misconceptions.answers import Between
from workerlab.misconceptions.model import situation
from workerlab.misconceptions.world import World


@situation
def endpoints_that_lose(world: World) -> list[str]:
    """Which of three endpoints lose an update, in one worker."""
    kinds = {"/async": "no await", "/await": "an await", "/def": "a def endpoint"}
    return [path for path, kind in kinds.items() if world.apart[kind]]


@situation
def inside_together(world: World) -> dict[str, int]:
    """In how many threads two requests to a `def` endpoint run, and how many meet in `async def`."""
    return {
        "threads of /def": 1 + world.apart["a def endpoint"],
        "met in /async": 2 * world.apart["no await"],
    }


@situation
def locks_between_workers(world: World) -> list[str]:
    """Which of four locks keep two workers apart."""
    kinds = {
        "asyncio": "a lock variable",
        "threading": "a lock variable",
        "multiprocessing": "a lock of multiprocessing",
        "file": "one lock for all",
    }
    return [lock for lock, kind in kinds.items() if not world.apart[kind]]


@situation
def loops_that_keep_all(world: World, gil: bool) -> list[str]:
    """Which of two loops lose nothing with four threads: a plain line, or one with a call."""
    if world.gil_covers_calls:
        return ["in_a_line", "with_a_call"]
    return ["in_a_line"] if gil and not world.apart["no await"] else []


@situation
def left_without_a_gil(world: World, added: int) -> object:
    """What the plain line leaves in a Python without a GIL."""
    return Between(1, added - 1, f"fewer than {added}") if world.apart["a line"] else added
