"""What there is once in each process, and which process answers."""

from __future__ import annotations

from math import ceil

from workerlab.misconceptions.answers import Between, Parts
from workerlab.misconceptions.model import situation
from workerlab.misconceptions.world import World


@situation
def counts(world: World, workers: int, increments: int) -> set[int]:
    """The counts that the workers report, after increments that one of them took."""
    if world.copies(workers) == 1 or world.reached(workers) == workers:
        return {increments}
    return {0, increments}


@situation
def obeying(world: World, workers: int) -> int:
    """How many workers have done what one request asked for."""
    return workers if world.copies(workers) == 1 else world.reached(workers)


@situation
def instead_of(world: World, limit: int, workers: int) -> int:
    """How many get through a limit, if each worker counts and requests go to all in turn."""
    return limit * world.copies(workers)


@situation
def counts_of_each(world: World, increments: int, workers: int) -> object:
    """What each worker reports after a burst that all of them took."""
    return [increments] * workers if world.copies(workers) == 1 else Parts(increments)


@situation
def checks_passed(world: World, of: int) -> int:
    """How many checks pass, of so many, if none has a chance to meet the fault."""
    return 0 if world.check_finds or world.met(2) > 1 else of


@situation
def taking_part(world: World, workers: int) -> object:
    """How many workers take part in a short burst."""
    return workers if world.fair else Between(1, workers, f"1 to {workers}, as it happens")


@situation
def busiest(world: World, requests: int, workers: int) -> object:
    """How many of the requests the busiest worker answers, each over a new connection."""
    least = ceil(requests / workers)
    return least if world.fair else Between(least, requests, f"{least} or more, as it happens")


@situation
def met_on_one_connection(world: World, workers: int) -> int:
    """How many workers a client meets that keeps its connection."""
    return world.met(workers)


@situation
def imports(
    world: World, workers: int, replaced: int = 0, preload: bool = False, by_path: bool = False
) -> int:
    """How often the module is imported, by workers and replacements.

    by_path   the command is told the file, and not the name that the app has in it
    """
    if preload:
        return world.forked_imports(workers)
    if by_path:
        return min(workers + 1, world.imports(workers + world.parent_looks))
    return world.imports(workers + (replaced if world.starts_again else 0))


@situation
def replaced_after_a_hang(world: World) -> str:
    """Which of two workers is replaced: one that is stopped, one whose event loop is blocked."""
    if not world.hung_are_noticed:
        return "neither"
    return "the stopped one and the blocked one" if world.pinged_is_serving else "the stopped one"


@situation
def kept_after_a_start(world: World, count: int) -> int:
    """The count after one more process has started, whose start-up code writes zero."""
    return 0 if world.starts_again else count


@situation
def pids_that_differ(world: World, workers: int, preload: bool) -> dict[str, int]:
    """Of how many different processes the workers speak."""
    copies = world.copies(workers)
    imported = world.forked_imports(workers) if preload else world.imports(workers)
    # Who imports the module starts a manager; and one that is not copied is there for all.
    managers = imported if preload else min(imported, copies)
    return {"imported_by": imported, "answered_by": workers, "manager": managers}


@situation
def ports(world: World, connections: int, workers: int) -> int:
    """How many ports the access log shows."""
    return world.ports(connections, workers)


@situation
def times_slower(world: World, delay_ms: float, answer_ms: float = 1.0) -> object:
    """How many times longer a response takes whose second half is held back so many ms."""
    if world.nothing_waits or not delay_ms:
        return Between(0, 3, "at most 3")
    return Between(4, 40 * delay_ms / answer_ms, "more than 3")


@situation
def survives_an_interrupt(world: World) -> str:
    """Whether a server outlives the signal to the process group of the notebook."""
    return "it dies" if world.ends_with_parent else "it survives"


@situation
def outlives(world: World, processes: int, lifeline: bool) -> int:
    """How many processes still run when the one that started them was killed."""
    if world.ends_with_parent:
        return 0
    return 0 if lifeline and not world.needs_clean_up else processes
