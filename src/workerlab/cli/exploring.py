"""Explore an app: first see that it answers as the search needs it, then search."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from workerlab.cli.screen import Screen
from workerlab.cli.stores import stores
from workerlab.draw import schedule_text
from workerlab.draw.words import counted
from workerlab.errors import BadUsage, NotReady
from workerlab.history import Event
from workerlab.models import COUNTER_REQUESTS
from workerlab.stepping import Program, Stage, search
from workerlab.stepping.program import ONE_WORKER, PLACEMENTS, Request
from workerlab.verdict import Verdict

SCHEMA = "workerlab/explore/v1"
COUNTER, SERIAL = "counter", "serial"
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


def explore(wish: Wish, program: Program, doing: Callable[[str], None]) -> Verdict:
    """Search the schedules of the program. Raises BadUsage when the app does not fit it."""
    doing("starting the workers")
    options = {"workers": wish.workers, "runner": wish.runner, "deadline": wish.deadline}
    options["trace_into"] = wish.trace_into
    with (
        stores(list(wish.stores), wish.app) as private,
        Stage(wish.app, env=private.env, services=private.pids, **options) as stage,
    ):
        rehearse(stage, program)
        placements = PLACEMENTS if wish.workers > 1 else (ONE_WORKER,)
        budget = {"seconds": wish.seconds, "seed": wish.seed}
        return search(stage, program, placements=placements, progress=doing, **budget)


def rehearse(stage: Stage, program: Program) -> None:
    """Run every request once, one after the other: what goes wrong now is not the schedule's doing.

    Raises NotReady for a request that is not answered, BadUsage for an answer that the model
    cannot be asked about.
    """
    for request in (*program.before, *program.requests, *program.after):
        event = stage.ask(request)
        if event.unknown:
            raise NotReady(
                f"{request} got no answer ({event.error})",
                "mend the app so that it answers when asked alone; its last lines are above",
                stage.server.log,
            )
        if event.status in (404, 405):
            mend = f"name the app's own with --program, --before and --after; {_routes(stage)}"
            raise BadUsage(
                f"{request} was answered {event.status}: the app has no such endpoint", mend
            )
        if program.model != SERIAL:
            _must_suit_the_model(program, request, event, stage)


def _must_suit_the_model(program: Program, request: Request, event: Event, stage: Stage) -> None:
    if not event.ok:
        raise NotReady(
            f"{request} was answered {event.status}, even alone",
            "mend the app first; its last lines are above",
            stage.server.log,
        )
    if program.model == COUNTER:
        body = event.output
        if not (isinstance(body, dict) and type(body.get("count")) is int):
            answer = body if isinstance(body, str) else json.dumps(body)
            raise BadUsage(
                f'{request} answered {answer[:60]!r}, and a counter answers {{"count": n}}',
                f"mend the answer, or hold the app against itself: --model {SERIAL}",
            )


def _routes(stage: Stage) -> str:
    """The app's endpoints in words, as its own description has them."""
    described = stage.ask(Request("GET", "/openapi.json")).output
    paths = described.get("paths") if isinstance(described, dict) else None
    if not isinstance(paths, dict):
        return "see the app's file"
    routes = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    return f"it has {', '.join(routes[:8])}" if routes else "it has none"


def show(screen: Screen, verdict: Verdict) -> None:
    """Print a verdict and its schedule."""
    screen.parts((verdict.status, STYLES[verdict.status]), (f": {verdict.message}", ""))
    if verdict.evidence:
        screen.say()
        screen.say(schedule_text(verdict.evidence, screen.width))
    counts = verdict.tried.items()
    tried = ", ".join(counted(n, name.replace("_", " ").rstrip("s")) for name, n in counts if n)
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
