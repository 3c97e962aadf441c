"""Messages of lab 17 that cross each other, and a worker with as many clients as it may have."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from workerlab.contracts.rooms import World
from workerlab.contracts.stopped import stopped_at
from workerlab.network.delay import Link

__all__ = ["a_crowd_at_one_worker", "is_refused_amid_others", "own_message_comes_first"]

CROWD = 50  # the contract: up to so many clients on a worker
LATE_S = 1.0  # what the store sends may be so late


def a_crowd_at_one_worker(world: World) -> None:
    """As many clients as a worker may have are at one worker: half of them in one room."""
    one, other = world.pids[:2]
    rooms = [world.room() for _ in range(CROWD // 2)]
    with ExitStack() as stack:
        crowd = [(room, stack.enter_context(room.listener(one))) for room in rooms]
        crowd += [(rooms[0], stack.enter_context(rooms[0].listener(one))) for _ in rooms]
        for room in rooms:
            room.post("to all who are there", other)
        for room, listener in crowd:
            listener.has(room.messages, f"a worker has {CROWD} clients, and messages are posted")


def own_message_comes_first(world: World, link: Link) -> None:
    """A worker hears late of another's message, and is sent one of its own meanwhile."""
    one, other = world.pids[:2]
    room = world.room()
    room.post("the first", other)
    with room.listener(one) as near, room.listener(other) as far:
        for listener in (near, far):
            listener.has(room.messages, "a message was there before its clients")
        with link.holding(LATE_S, one):
            room.post("from another worker", other)
            room.post("from this worker", one)
        when = "what the store tells a worker was late, and the worker was sent a message itself"
        room.all_have([near, far], when)


def is_refused_amid_others(world: World, link: Link, bodies: tuple[bytes, ...], steps: int) -> None:
    """A POST that is refused is stopped before each of its steps; another worker takes one meanwhile."""
    one, other = world.pids[:2]
    room = world.room()
    for body in bodies:
        for step in range(steps):
            refuse = partial(world.post, room.name, body, one)
            take = partial(room.post, f"meanwhile {step}", other)
            (status, _), _, stopped = stopped_at(link, step, one, refuse, take)
            assert status in (400, 422), f"a POST without a text was answered {status}"
            room.post(f"afterwards {step}", one)
            if not stopped:
                break
    with room.listener(other) as listener:
        listener.has(room.messages, "POSTs were refused while others were taken")
