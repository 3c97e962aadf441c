"""Messages and clients of lab 17 that cross each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from threading import Event

from workerlab.contracts.listener import Listener
from workerlab.contracts.once.patience import Chains
from workerlab.contracts.rooms import Room, World
from workerlab.contracts.stopped import LOOK_S, stopped_at
from workerlab.network.delay import Link
from workerlab.processes.patience import Deadline

__all__ = [
    "WAYS",
    "comes_while_another_posts",
    "is_refused_amid_others",
    "own_message_comes_first",
]

LATE_S = 1.0  # what the store sends may be so late
MOST_STEPS = 6  # messages to the store, or from it, of a worker to which a client comes
COMES_S = 5.0  # a client has come and has what was there, or it never gets it
CAUGHT_UP_S = 0.4  # a client has all that was there: its worker may send another message after that
AS_FAR_S = 0.05  # in which a worker of which one connection is held does all else that it can
HEARD_S = 0.2  # in which a worker hears of a message while it is held


Way = Callable[[Link, int, int], AbstractContextManager[Event]]
# What of a worker is held: link, step, pid.
WAYS: dict[str, Way] = {
    "all that it sends": lambda link, step, pid: link.stopping_before(step, pid),
    "one connection": lambda link, step, pid: link.stopping_before(step, pid, alone=True),
    "one answer": lambda link, step, pid: link.one_answer_late(pid, LATE_S, after=step),
}


def comes_while_another_posts(world: World, link: Link, ways: Iterable[str] = WAYS) -> None:
    """A client comes, and its worker is held at each of its steps on the store while another posts.

    Before that one comes and goes: a worker that begins to talk to the store has steps then that it
    has only once, and its other steps would be counted from there.

    ways   what is held: keys of WAYS
    """
    one, other = world.pids[:2]
    room = world.room()
    room.post("before all", other)
    with room.listener(one) as listener:
        listener.has(room.messages, "A message was there before its client")
    chains = Chains(world.server.tree, link.threads)
    for way in ways:
        for step in range(MOST_STEPS):
            if not _comes(world, chains, WAYS[way](link, step, one)):
                break


def _comes(world: World, chains: Chains, holding: AbstractContextManager[Event]) -> bool:
    """Whether there was such a step; a room of its own for each."""
    one, other = world.pids[:2]
    room = world.room()
    room.post("the first", other)
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        with holding as held:
            coming = pool.submit(stack.enter_context, room.listener(one))
            was_held = _is_held(chains, held, coming, room)
            if was_held:
                _wait(chains, AS_FAR_S)
            room.post("meanwhile", other)
            if was_held:
                _wait(chains, HEARD_S)
        coming.result().has(room.messages, "A message was posted while a client was coming")
    return was_held


def _is_held(chains: Chains, held: Event, coming: Future[Listener], room: Room) -> bool:
    """Whether its worker is held: else the client has come, and nothing was sent for a while.

    What comes next is sent by a chain: the worker, the link, the store. On a busy machine each of
    them waits for a processor in its turn.

    A client that never gets what was there is not waited for: the check says so afterwards.
    """
    deadline, caught_up = Deadline(COMES_S), None
    while not held.wait(LOOK_S):
        if caught_up.passed(CAUGHT_UP_S) if caught_up else deadline.passed:
            return False
        if not caught_up and coming.done() and len(coming.result().got) >= len(room.messages):
            caught_up = chains.begin()
    return True


def _wait(chains: Chains, seconds: float) -> None:
    """Sleep so long, and on for what the worker and its link got no processor."""
    chain = chains.begin()
    while (left := chain.left(seconds)) > 0:
        time.sleep(max(left, LOOK_S))  # a look costs more than that


def own_message_comes_first(world: World, link: Link) -> None:
    """A worker hears late of another's message, and is sent one of its own meanwhile."""
    one, other = world.pids[:2]
    room = world.room()
    room.post("the first", other)
    with room.listener(one) as near, room.listener(other) as far:
        for listener in (near, far):
            listener.has(room.messages, "A message was there before its clients")
        with link.holding(LATE_S, one):
            room.post("from another worker", other)
            room.post("from this worker", one)
        when = "What the store tells a worker was late, and the worker was sent a message itself"
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
        listener.has(room.messages, "Some POSTs were refused while others were taken")
