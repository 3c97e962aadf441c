"""Clients of lab 17 beside others: as many as a worker may have, one that does not read, one that goes."""

from __future__ import annotations

import random
from contextlib import ExitStack

from workerlab.contracts.rooms import World

__all__ = ["a_crowd_at_one_worker", "one_does_not_read", "one_goes_amid_a_message"]

CROWD = 50  # the contract: up to so many clients on a worker
ENOUGH = 120  # messages of 64 KiB: more than all buffers on the way to a client that does not read
LONGEST = 64 * 1024
BEHIND = 8  # messages that a client which reads may be behind: an app may close who is much slower
KEPT_S = 0.2  # who has got nothing for so long may be kept waiting by the one that does not read


def a_crowd_at_one_worker(world: World) -> None:
    """As many clients as a worker may have are at one worker: half of them in one room."""
    one, other = world.pids[:2]
    rooms = [world.room() for _ in range(CROWD // 2)]
    world.expect(CROWD, one)
    with ExitStack() as stack:
        crowd = [(room, stack.enter_context(room.listener(one))) for room in rooms]
        crowd += [(rooms[0], stack.enter_context(rooms[0].listener(one))) for _ in rooms]
        for room in rooms:
            room.post("to all who are there", other)
        for room, listener in crowd:
            listener.has(room.messages, f"A worker has {CROWD} clients, and messages are posted")


def one_does_not_read(world: World) -> None:
    """One client does not read; it holds up no POST and no other client of its worker."""
    one, other = world.pids[:2]
    room, noise = world.room(), random.Random(17)
    with room.listener(one) as slow, room.listener(one) as near, room.listener(other) as far:
        slow.reads.clear()
        for _ in range(ENOUGH):
            room.post(noise.randbytes(LONGEST // 2).hex(), other)
            right = len(room.messages) - BEHIND
            if any(len(one.waits_for(right)) < right for one in (near, far)):
                break  # which the next lines tell
        for listener in (near, far):
            listener.has(room.messages, "A client does not read, and messages are posted")
        slow.reads.set()
        slow.comes_back(room.messages, "A client did not read for a while, and reads again")


def one_goes_amid_a_message(world: World) -> None:
    """A client goes while its worker sends to it; all others get what comes then.

    The worker is amid a message to a client that does not read when all buffers on the way are full.
    Where others wait for that one, it goes as soon as they do.
    """
    one, other = world.pids[:2]
    room, noise = world.room(), random.Random(18)
    with room.listener(one) as goes, room.listener(one) as near, room.listener(other) as far:
        goes.reads.clear()
        for _ in range(ENOUGH):
            room.post(noise.randbytes(LONGEST // 2).hex(), other)
            if len(near.waits_for(len(room.messages), KEPT_S)) < len(room.messages):
                break
        goes.vanishes()
        room.post("after one has gone", other)
        for listener in (near, far):
            listener.has(room.messages, "A client went while it was sent a message")
