"""Explore an app: first see that it answers as the search needs it, then search."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from workerlab.cli.rehearsal import COUNTER, SERIAL, rehearsed
from workerlab.cli.screen import Screen
from workerlab.cli.stores import stores
from workerlab.draw import schedule_text
from workerlab.draw.words import counted
from workerlab.errors import BadUsage
from workerlab.models.counter import COUNTER_REQUESTS
from workerlab.stepping import Program, Stage, search
from workerlab.stepping.program import ONE_WORKER, PLACEMENTS
from workerlab.stepping.searching.without_schedule import not_repeatable, workers_disagree
from workerlab.verdict import Verdict

SCHEMA = "workerlab/explore/v1"
STYLES = {"passed": "green", "failed": "bold red", "inconclusive": "yellow"}


@dataclass(frozen=True)
class Wish:
    """What is to be explored, and how. Seconds are for each placement, and for the start."""

    app: str
    workers: int
    runner: str
    stores: tuple[str, ...]
    seconds: float
    seed: int
    deadline: float
    trace_into: tuple[str, ...] = ()


def must_have_a_model(program: Program) -> None:
    """Raises BadUsage for a model that we do not have, or that knows nothing of these requests."""
    if program.model not in (COUNTER, SERIAL):
        mend = f"choose one of: {COUNTER}, {SERIAL}"
        raise BadUsage(f"there is no model {program.model!r}", mend)
    for request in (*program.before, *program.requests, *program.after):
        if program.model == COUNTER and (request.method, request.path) not in COUNTER_REQUESTS:
            known = ", ".join(" ".join(pair) for pair in COUNTER_REQUESTS)
            raise BadUsage(
                f"{request} is not a request of a counter, which has {known}",
                f"hold the app against itself: --model {SERIAL}",
            )


def explore(
    wish: Wish,
    program: Program,
    doing: Callable[[str], None],
    note: Callable[[str], None] = lambda text: None,
    *,
    before_is_given: bool = True,
) -> Verdict:
    """Search the schedules of the program. Raises BadUsage when the app does not fit it.

    First what needs no schedule: do the workers tell the same, and is there anything to hold the
    app against? `note` is told what the reader must know to read the verdict.
    """
    doing("starting the workers")
    options = {"workers": wish.workers, "runner": wish.runner, "deadline": wish.deadline}
    options["trace_into"] = wish.trace_into
    with (
        stores(list(wish.stores), wish.app) as private,
        Stage(wish.app, env=private.env, services=private.pids, **options) as stage,
    ):
        program = rehearsed(stage, program, before_is_given, note)
        placements = PLACEMENTS if wish.workers > 1 else (ONE_WORKER,)
        if found := (
            workers_disagree(stage, program, wish.seed)
            or not_repeatable(stage, program, placements)
        ):
            return found
        budget = {"seconds": wish.seconds, "seed": wish.seed}
        return search(stage, program, placements=placements, progress=doing, **budget)


def show(screen: Screen, verdict: Verdict) -> None:
    """Print a verdict and its schedule."""
    screen.parts((verdict.status, STYLES[verdict.status]), (f": {verdict.message}", ""))
    if verdict.evidence:
        screen.say()
        screen.say(schedule_text(verdict.evidence, screen.width))
    counts = verdict.tried.items()
    tried = ", ".join(counted(n, name.replace("_", " ").rstrip("s")) for name, n in counts if n)
    if tried:
        screen.say(f"tried: {tried}", "dim")


def write(path: Path, wish: Wish, verdict: Verdict) -> None:
    """Write what was found, for `workerlab replay`. Raises BadUsage."""
    result = {"schema": SCHEMA, **asdict(wish), **verdict.to_json()}
    result["app"] = str(Path(wish.app).resolve()) if ":" not in wish.app else wish.app
    text = json.dumps(result, indent=1, ensure_ascii=False)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        mend = "name a file in a folder that you may write"
        raise BadUsage(f"cannot write {path}: {error.strerror}", mend) from error
