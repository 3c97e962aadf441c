"""Messages between workers, limits, metrics, and what a host does when it is cut off."""

from __future__ import annotations

from workerlab.misconceptions.answers import Between
from workerlab.misconceptions.model import situation
from workerlab.misconceptions.world import World


@situation
def published(world: World, workers: int) -> dict[str, int]:
    """What PUBLISH returns while all messages are held back, and who has the new value then."""
    return {"returned": workers, "have it": workers if world.applied_when_sent else 0}


@situation
def who_gets_it(world: World) -> str:
    """Who gets a message that was published when nobody listened."""
    return "the next one that subscribes" if world.messages_wait else "no client, ever"


@situation
def put_with_a_late_worker(world: World) -> str:
    """What a PUT does that waits until all have applied its value, when one is late."""
    return "it responds at once" if world.applied_when_sent else "it waits for the late one"


@situation
def put_when_one_dies(world: World) -> str:
    """What the same PUT does when a worker dies before it has applied the value."""
    return "it is answered" if world.dead_are_left_out else "it waits for ever"


@situation
def remembered_at_the_start(world: World, before: str, after: str) -> str:
    """What a new worker has that reads first, and subscribes after a change."""
    return after if world.messages_wait else before


@situation
def asks_of_the_store(world: World, reads: int) -> dict[str, int]:
    """How often two apps ask the store: one is told of changes, and one asks for each read."""
    return {"remembered": 0, "asked": 0 if world.client_remembers else reads}


@situation
def who_hears(world: World, own: str, other: str) -> list[str]:
    """Who hears what a client posts to its own worker."""
    everybody = world.copies(2) == 1 or world.reached(2) == 2
    return [own, other] if everybody else [own]


@situation
def heard_first(world: World, missed: str, later: str) -> str:
    """What a client hears first that was away for a moment, from a channel."""
    return missed if world.messages_wait else later


@situation
def heard_from_a_stream(world: World, missed: str, later: str) -> list[str]:
    """What a client hears from a stream that comes back with its last id, at another worker."""
    return [missed, later] if world.stream_keeps else [later]


@situation
def numbers_in_order(world: World) -> str:
    """ "failed" if a message can get a number and become visible after the next one."""
    return "passed" if world.in_order else "failed"


@situation
def through_by_the_clock(world: World, limit: int) -> int:
    """How many get through at the edge of two windows."""
    return limit if world.windows_join else 2 * limit


@situation
def workers_that_say_all(world: World, workers: int) -> int:
    """How many workers tell the number of all requests, if each counts those it has answered."""
    return workers if world.copies(workers) == 1 else 0


@situation
def lowest_in_files(world: World, total: int, workers: int) -> int:
    """The lowest number that is told from the workers' files, after one of them was killed."""
    return total if world.files_stay else round(total * (workers - 1) / workers)


@situation
def two_hosts(world: World, a: int, b: int, by_address: bool = False) -> tuple[int, int]:
    """The reports of two hosts: each with files of its own, or with one store for both."""
    one = not world.client_remembers if by_address else world.copies(2) == 1
    return (a + b, a + b) if one else (a, b)


@situation
def counts_through_a_balancer(world: World, a: int, b: int, increments: int) -> list[int]:
    """What one client gets for its increments, which go to two hosts in turn; they have counted."""
    if world.copies(2) == 1:
        return [a + b + n for n in range(1, increments + 1)]
    return [(a, b)[n % 2] + n // 2 + 1 for n in range(increments)]


@situation
def count_of_a_retry(world: World, before: int) -> int:
    """The count that a client gets who asks again, since the host died before its response."""
    return before + (1 if world.refused_is_undone else 2)


@situation
def answer_at_a_cut(world: World) -> object:
    """How a request is answered whose worker is cut off from its store, without a time limit."""
    if world.goes_on_alone:
        return 200
    return 500 if world.cut_is_told else "no response"


@situation
def answer_with_a_limit(world: World) -> object:
    """The same, in an app that waits half a second and then says "not now"."""
    return 200 if world.goes_on_alone else 503


@situation
def more_than_acknowledged(world: World) -> object:
    """How many are counted beyond the acknowledged ones, when one was refused at a cut."""
    return 0 if world.refused_is_undone else Between(0, 1, "0 or 1: one cannot know")


@situation
def reports_after_a_new_name(world: World, count: int) -> list[int]:
    """What two workers report, when one is new and the other's segment has lost its name."""
    return [count, count] if world.name_stays else [0, count]


@situation
def updates_until_full(world: World, size: int, each: int) -> object:
    """At which update of one key a stream of so many bytes is full."""
    return "never" if world.space_is_freed else size // each + 1
