"""Runs in which the requests of a program really come one after the other.

A request is sent when everything that the one before it started has ended, and no worker is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import permutations

from workerlab.history import Event, History
from workerlab.stepping.controller.leases import Leases
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.placeholders import renewed, without_number
from workerlab.stepping.program import Program

FIRST, ALL = slice(1), slice(None)  # workers
MOST_EXPIRING = 100  # runs of an order in which times-to-live run out


def orders_of(program: Program) -> Iterator[tuple[str, ...]]:
    """Every order of the requests in which none comes before the one that it follows."""
    for order in permutations(program.names):
        if all(
            order.index(earlier) < order.index(name) for name, earlier in program.follows.items()
        ):
            yield order


def one_by_one(
    stepped: SteppedServer,
    program: Program,
    order: Iterable[str],
    on: slice = FIRST,
    leases: Leases | None = None,
    between: Callable[[], None] = lambda: None,
    shift: int = 0,
    times: int = 1,
    warm: bool = False,
) -> tuple[History, dict[str, str]]:
    """A run in this order in which no request begins before all of the one before it has ended.

    on       which workers: the requests of the program take turns on them, and each is asked at the
             end
    leases   know which times-to-live run, when `between` is called after each request
    shift    the first request of the program goes to the worker that is so many further on than that
             of the requests before
    times    each worker counts as so many, which is asked so often at the end
    warm     each is asked what can be asked at the end before the program begins, too: then it may
             have kept the responses

    Returns the run, and what requests named and no response had, each with a sentence.
    """
    stepped.begin_again()
    pids = stepped.workers[on] * times
    last_names = program.last_names  # as they are in each run, whatever number there is in one
    program, number = renewed(program)
    talk, before = stepped.conversation(), History()
    for nth, request in enumerate(program.before):
        before.append(stepped.alone(talk.ready(request), "-", pids[0]))
        talk.heard(f"before.{nth}", request, before[-1])
    for pid in pids if warm else ():
        for request in program.looks:
            stepped.alone(talk.ready(request), "-", pid)
    names = program.names
    requests = dict(zip(names, program.requests, strict=True))
    place = {name: pids[(index + shift) % len(pids)] for index, name in enumerate(names)}
    known = {name: talk.copy() for name in names}
    met: dict[str, Event] = {}
    with stepped.audience(program, talk, pids) as audience:
        for name in order:
            earlier = program.follows.get(name)
            if earlier in met:
                known[name] = known[earlier].heard_all([(earlier, requests[earlier], met[earlier])])
            met[name] = stepped.alone(known[name].ready(requests[name]), name, place[name], leases)
            if met[name].unknown:
                return without_number([*before, *met.values()], number), {}
            between()
        sent = [name for name in names if name in met]
        history = History([*before, *(met[name] for name in sent)])
        missing = dict(pair for each in known.values() for pair in each.missing.items())
        talk = talk.heard_all((name, requests[name], met[name]) for name in sent)
        for name, request in zip(last_names, program.after, strict=True):
            ready = talk.ready(request)
            for nth, pid in enumerate(pids):
                event = stepped.alone(ready, name, pid)
                history.append(event if nth == 0 else replace(event, client=f"{name} of {pid}"))
                if nth == 0:
                    talk.heard(name, request, event)
        for event in audience.events(len(met) == len(names)):
            at_another = event.pid != pids[0]
            client = f"{event.client} of {event.pid}" if at_another else event.client
            history.append(replace(event, client=client))
    return without_number(history, number), missing | talk.missing


def parts_of(program: Program) -> Iterator[tuple[str, ...]]:
    """Every order of some of the requests, such that nothing that is asked after names another one."""
    asked_after = " ".join(map(str, program.after))
    for length in range(len(program.names)):
        for some in permutations(program.names, length):
            if not any(f"{{{name}." in asked_after for name in program.names if name not in some):
                yield some


def expiring_runs(
    stepped: SteppedServer,
    program: Program,
    order: tuple[str, ...],
    assumed: str,
    met: list[Leases],
) -> Iterator[History]:
    """Runs in this order in which times-to-live run out: after each request none, one, two, …

    met   gets those of each run
    """
    waiting: list[tuple[int, ...]] = [()]  # what to choose after each request
    for _ in range(MOST_EXPIRING):
        if not waiting:
            break
        plan, leases = waiting.pop(), stepped.new_leases(assumed)
        assert leases is not None  # some may run out
        met.append(leases)
        chosen: list[int] = []

        def between(
            plan: tuple[int, ...] = plan, leases: Leases = leases, chosen: list[int] = chosen
        ) -> None:
            while names := leases.next_to_end:
                begun = len(chosen)
                way = plan[begun] if begun < len(plan) else 0
                if begun >= len(plan):
                    waiting.extend((*chosen, other) for other in range(1, len(names) + 1))
                chosen.append(way)
                if not way:
                    break
                leases.run_out(names[way - 1])

        history, _ = one_by_one(stepped, program, order, FIRST, leases, between)
        if any(chosen):
            yield history
