"""Record a level: every schedule of its requests, each run on real workers.

Nothing is left out as equivalent: whatever a player chooses was run. So the fewest switches that
reach a goal are known to be the fewest, and where no schedule does harm, none can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from workerlab.errors import NotReady
from workerlab.history import Event
from workerlab.levels.definition import Candidate, Definition, Ended
from workerlab.levels.killing import killed_runs
from workerlab.levels.level import BREAK, Ending, Level, Made, Variant
from workerlab.levels.playing import par_of, reaching, schedules
from workerlab.levels.tree import Moved, RunsDiffer, Tree
from workerlab.levels.words import said
from workerlab.services import Postgres, Redis
from workerlab.services.base import Service
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.lease import MAY_EXPIRE, OUTLIVE_THE_WORK
from workerlab.stepping.program import Program
from workerlab.stepping.same_start import Start, Started, started
from workerlab.stepping.searching.attempts import STUCK_AGAIN_S
from workerlab.stepping.searching.evidence import steps_by_choice
from workerlab.stepping.searching.schedulers import BoundedScheduler, ReplayScheduler

STORES: dict[str, Callable[..., Service]] = {"redis": Redis, "postgres": Postgres}
ALL = 40  # switches; no schedule of a level has as many
MOST = 800  # schedules of one app: more make no page that a learner can hold in the head
UP_TO, BEHIND = "up to", "on behind"  # an await: a coroutine moves from one to the next
TRIES = 3  # a busy machine may hold a run up for so long that it is no run of the level


def record(
    definition: Definition,
    apps: Path,
    made: Made,
    progress: Callable[[str], None] = lambda text: None,
) -> Level:
    """Run every schedule of every variant. Raises RunsDiffer where runs do not repeat."""
    program = program_of(definition)
    variants = []
    for candidate in definition.candidates:
        progress(f"{definition.name}: {candidate.app}")
        variants.append(_variant(definition, candidate, program, apps))
    first = variants[0]
    pairs = zip(program.names, program.requests, strict=True)
    return {
        "made": made,
        "name": definition.name,
        "title": definition.title,
        "kind": definition.kind,
        "goal": definition.goal,
        "chapter": definition.chapter,
        "requests": {name: str(request) for name, request in pairs},
        "placed": definition.placed,
        "won": definition.won,
        "missed": definition.missed,
        "hint": definition.hint,
        "lesson": definition.lesson,
        "par": par_of(first) if definition.kind == BREAK else None,
        "variants": variants,
    }


def program_of(definition: Definition) -> Program:
    """The requests of a level; what it leaves is asked when all that they have begun has ended."""
    return Program.parse(definition.requests, definition.before, definition.after, "serial")


def _variant(definition: Definition, candidate: Candidate, program: Program, apps: Path) -> Variant:
    path = apps / f"{candidate.app}.py"
    tree = Tree()
    with _served(definition, path) as begun:
        begun.stepped.anew = definition.new
        if definition.kills:
            for moves, history in killed_runs(begun.stepped, program):
                tree.add(moves, _ending(definition, program, history, stuck=False))
        else:
            for trace in every_schedule(begun, program, definition):
                history = [*trace.history]
                stuck = trace.end == "stuck"
                tree.add(moves_of(program, trace), _ending(definition, program, history, stuck))
            tree.must_be_whole()
    variant: Variant = {
        "title": candidate.title,
        "app": path.name,
        "code": path.read_text(encoding="utf-8"),
        "schedules": 0,
        "survives": False,
        "steps": tree.steps,
        "endings": tree.endings,
        "tree": tree.ordered(),
    }
    variant["schedules"] = sum(1 for _ in schedules(variant))
    variant["survives"] = not reaching(variant)
    return variant


@contextmanager
def _served(definition: Definition, path: Path) -> Iterator[Started]:
    """The app of a candidate under the conductor, on stores of its own."""
    services = [STORES[name](own=True) for name in definition.stores]
    workers = 3 if definition.kills else 2
    with ExitStack() as stack:
        env = {each.variable: stack.enter_context(each) for each in services}
        opened = started(path, Start(), env=env, stores=services, workers=workers)
        yield stack.enter_context(opened)


def every_schedule(begun: Started, program: Program, definition: Definition) -> Iterator[Trace]:
    """Each schedule that there is, run once. Raises NotReady for more than a level may have."""
    leases = MAY_EXPIRE if definition.expires else OUTLIVE_THE_WORK
    scheduler = BoundedScheduler(ALL)
    # The first requests of a worker do more than later ones: they import, and connect.
    begun.stepped.run(program, definition.placed, ReplayScheduler([]), explain=True)
    number = 0
    while scheduler.new_execution():
        number += 1
        if number > MOST:
            raise NotReady(f"{definition.name} has more than {MOST} schedules", "make it smaller")
        for _ in range(TRIES):
            trace = begun.stepped.run(
                program,
                definition.placed,
                scheduler,
                explain=True,
                leases=leases,
                stuck_s=STUCK_AGAIN_S,
            )
            if trace.end in ("finished", "stuck") and not scheduler.diverged:
                break
            scheduler.diverged = 0
        else:
            raise RunsDiffer(f"{definition.name}: {'-'.join(scheduler.schedule)} cannot be run")
        scheduler.finished(trace)
        yield trace
    if not scheduler.exhausted:
        raise NotReady(f"{definition.name} has schedules with more than {ALL} switches")


def moves_of(program: Program, trace: Trace) -> list[Moved]:
    """The choices of a run, without those of the requests that were asked afterwards."""
    last = {*program.last_names}
    found = []
    events = {str(event.client): event for event in trace.history}
    by_choice = steps_by_choice(program, trace)
    for step in (step for steps in by_choice for step in steps if step["kind"] == "response"):
        step["source"] = said(events[step["task"]])
    for at, decision in enumerate(trace.decisions):
        if last.intersection(decision.enabled):  # all have their responses: it is over
            break
        for step in (one for one in by_choice[at] if one["kind"] == "await"):
            step["note"] = UP_TO if decision.stop is None else BEHIND
        following = trace.decisions[at + 1 : at + 2]
        waits = following[0].blocked if following else _waits_at_the_end(trace)
        enabled = tuple(name for name in decision.enabled if name not in last)
        found.append(Moved(decision.chosen, enabled, tuple(by_choice[at]), waits))
    return found


def _waits_at_the_end(trace: Trace) -> tuple[str, ...]:
    return tuple(str(event.client) for event in trace.history if event.unknown)


def _ending(definition: Definition, program: Program, history: list[Event], stuck: bool) -> Ending:
    """What a client, and who asks afterwards, has been told."""
    events = {str(event.client): event for event in history}
    ran = {name: events[name] for name in program.names if name in events}
    after = [events[name] for name in program.last_names if name in events]
    ended = Ended(
        {name: event.status for name, event in ran.items()},
        {name: event.output for name, event in ran.items()},
        [event.output for event in after],
        stuck,
    )
    return {
        "responses": {name: said(event) for name, event in ran.items()},
        "left": [f"{one.method} {one.path} → {said(one)}" for one in after],
        "reached": bool(definition.reached(ended)),
    }
