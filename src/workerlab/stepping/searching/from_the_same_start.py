"""Learn what an app should respond, and whether its workers must be started anew before each run.

Data can be put back, and the memory of a worker cannot: a dict, a cache, a number to count on. It
shows when the same requests, one after the other, are answered differently the second time. If they
are not once the workers are new, then it was their memory.
"""

from __future__ import annotations

from workerlab.history import History
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.lease import OUTLIVE_THE_WORK
from workerlab.stepping.program import Program
from workerlab.stepping.searching.outcome import Path, differences
from workerlab.stepping.searching.reference import Reference
from workerlab.stepping.searching.serial_runs import one_by_one, orders_of


def learned_from_the_same_start(
    stepped: SteppedServer,
    program: Program,
    cold: History | None = None,
    leases: str = OUTLIVE_THE_WORK,
) -> Reference:
    """The reference; `stepped.anew` is set if it is the same each time only with new workers.

    cold     the responses of a new worker in the order of the program; now they are new, unless given
    leases   what is assumed of times-to-live
    """
    if not stepped.puts_back or stepped.anew:
        return Reference.learned(stepped, program, leases)
    if cold is None or program.listeners:  # nobody has listened meanwhile
        cold = _run(stepped, program, tuple(program.names))
    reference = Reference.learned(stepped, program, leases)
    if reference.first.unknown:
        return reference
    fresh = {tuple(program.names): cold, **_on_new_workers(stepped, program)}
    found = {
        order: _places(
            reference, run, *(runs[order] for runs in (reference.repeats, fresh) if order in runs)
        )
        for order, run in reference.runs.items()
    }
    order = max(found, key=lambda one: len(found[one]))
    if not found[order]:
        return reference
    stepped.anew = True
    runs = [_run(stepped, program, order) for _ in range(2)]
    if order in fresh and order != tuple(program.names):  # beside that one more was asked
        runs.append(fresh[order])
    if _places(reference, *runs) < found[order]:
        return Reference.learned(stepped, program, leases)
    stepped.anew = False
    return reference


def _on_new_workers(stepped: SteppedServer, program: Program) -> dict[tuple[str, ...], History]:
    """For each request but the first, a run that begins with it, on a worker that was never asked.

    The other workers are as new after that, so that they can be compared with the first.
    """
    runs, known = {}, [program.requests[0]]
    begins_with = {order[0]: order for order in reversed([*orders_of(program)])}
    stepped.anew = True
    for name, request in zip(program.names, program.requests, strict=True):
        if request not in known and name in begins_with:  # one that follows another begins no run
            order = begins_with[name]
            runs[order] = _run(stepped, program, order)
            known.append(request)
    stepped.anew = False
    return runs


def _run(stepped: SteppedServer, program: Program, order: tuple[str, ...]) -> History:
    return one_by_one(stepped, program, order)[0]


def _places(reference: Reference, first: History, *others: History) -> set[Path]:
    """Where the responses of these runs differ."""
    one = reference.outcome(first)
    return {place for other in others for place in differences(one, reference.outcome(other))}
