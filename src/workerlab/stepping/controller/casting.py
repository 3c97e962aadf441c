"""Who takes part in a run: a task for each request, on a worker and a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from itertools import cycle, islice

from workerlab.errors import NotReady
from workerlab.models.registry import MODELS
from workerlab.stepping.controller.connections import FREE_RUN_S, Connections
from workerlab.stepping.controller.listening import Audience, Heard, Listener
from workerlab.stepping.controller.remote_task import RemoteTask
from workerlab.stepping.controller.worker_start import Start
from workerlab.stepping.conversation import Conversation
from workerlab.stepping.program import ONE_WORKER, Program


def placed(program: Program, pids: list[int]) -> dict[str, int]:
    """The worker of each request of the program, on different workers as far as there are any."""
    place, found = -1, {}
    for name in program.names:
        place += name not in program.follows  # what follows goes where the one before it went
        found[name] = pids[place % len(pids)]
    return found


def cast(
    connections: Connections,
    program: Program,
    last_names: list[str],
    placement: str,
    starts: dict[str, Start],
    warm: Container[int],
) -> tuple[list[RemoteTask], list[RemoteTask]]:
    """A task for each request at once, and one for each that is asked afterwards.

    starts   the tasks that are no request: workers that start
    warm     the workers that have answered before

    Raises NotReady where different workers are asked for and there is one.
    """
    alone = placement == ONE_WORKER
    places = connections.workers[:1] if alone else connections.workers
    if not alone and not starts and len(places) < 2:
        raise NotReady("a placement on different workers needs two workers", "give workers=2")
    used: dict[int, int] = {}
    tasks: list[RemoteTask] = []
    requests = [*zip(program.names, program.requests, strict=True)]
    place_of = placed(program, connections.workers)
    by_itself = not alone and len({*place_of.values()}) == len(place_of)
    if not starts:  # else every worker is asked, when it is known which workers there are
        requests += zip(last_names, program.after, strict=True)
    for index, (name, request) in enumerate(requests):
        if name in starts:
            tasks.append(starts[name])
            continue
        pid = places[0] if alone else place_of.get(name, places[index % len(places)])
        connection = connections.line(pid, used.get(pid, 0))
        used[pid] = used.get(pid, 0) + 1
        connection.sock.settimeout(FREE_RUN_S)
        tasks.append(RemoteTask(name, request, pid, connection, pid in warm, by_itself))
    count = len(program.requests)
    return tasks[:count], tasks[count:]


def audience(
    connections: Connections,
    program: Program,
    talk: Conversation,
    pids: Iterable[int],
    heard: Heard,
    asleep: Callable[[], bool],
) -> Audience:
    """The program's clients that listen at these workers, as many as there are workers in all.

    To be entered.

    talk     what was said before, from which they take values and cookies
    heard    by clients that listened in earlier runs
    asleep   whether no process that could send anything is at work
    """
    listeners = [
        Listener(name, talk.ready(request), pid, connections.take(pid))
        for pid in islice(cycle(pids), len(connections.workers))
        for name, request in zip(program.listener_names, program.listeners, strict=True)
    ]
    return Audience(listeners, asleep, heard, connections.tick)


def workers_listen(program: Program) -> bool:
    """Whether a worker must go on with what it does beside a request that is held."""
    model = MODELS.get(program.model)
    listens = bool(program.listeners) or (model is not None and model.listens)
    return program.starts_a_worker or listens
