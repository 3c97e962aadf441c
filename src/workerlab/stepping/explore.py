"""Search the schedules of any FastAPI app: one call, for notebooks and for the command line."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from workerlab.history import History
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import ONE_WORKER, PLACEMENTS, Program
from workerlab.stepping.rehearsal import SERIAL, must_have_a_model, rehearsed
from workerlab.stepping.searching.reference import Reference
from workerlab.stepping.searching.search import Progress, Search
from workerlab.stepping.searching.without_schedule import judged_without_schedule, workers_disagree
from workerlab.verdict import Verdict

__all__ = ["explore"]

RESET = "POST /reset"


def explore(
    app: str | Path,
    *,
    program: str = "POST /increment | POST /increment",
    before: str | None = None,
    after: str = "GET /report",
    model: str = "counter",
    workers: int = 2,
    placements: tuple[str, ...] = PLACEMENTS,
    seconds: float = 5.0,
    schedules: int = 300,
    seed: int = 1,
    env: dict[str, str] | None = None,
    services: Iterable[int | None] = (),
    progress: Progress | None = None,
    note: Callable[[str], None] = lambda text: None,
    **options: Any,
) -> Verdict:
    """Serve `app` on real workers and look for a schedule of `program` that loses.

    program    requests that run at once, separated by |
    before     requests that bring the app into a known state; may be empty. When it is not given,
               POST /reset, if the app has it; a counter that has none goes on from its report
    after      requests sent when all others have their responses; may be empty
    model      "counter", or "serial": the app's own responses one after the other
    seconds    for each placement
    progress   is called with what is being tried; `note` explains how to read the verdict
    options    those of Server, such as `runner` or `app_dir`, and `trace_into`: the names of
               installed packages inside which a worker may be held too

    Before any schedule each request is sent once, alone: do the workers agree, and is there a
    model for the responses? Returns a Verdict. Raises BadUsage for what cannot be
    asked or judged, AppDidNotStart and NotReady.
    """
    frame = {"before": RESET if before is None else before, "after": after}
    parsed = Program.parse(program, **frame, model=model)
    must_have_a_model(parsed)
    if workers == 1:
        placements = (ONE_WORKER,)
    if progress:
        progress("starting the workers")
    with SteppedServer(app, workers=workers, env=env, services=services, **options) as stepped:
        parsed = rehearsed(stepped, parsed, before is not None, note)
        if found := workers_disagree(stepped, parsed, seed, placements):
            return found
        reference = None
        if parsed.model == SERIAL and not parsed.starts_a_worker:
            reference = Reference.learned(stepped, parsed)
            if found := judged_without_schedule(stepped, reference, placements):
                return found
            note(f"one after the other: {statuses_in_words(reference.first)}")
            if reference.volatile:
                note(f"left out, since it differs each time: {reference.volatile_in_words()}")
        search = Search(
            stepped, parsed, seed=seed, seconds=seconds, schedules=schedules, progress=progress,
            reference=reference,
        )  # fmt: skip
        return search.run(placements)


def statuses_in_words(history: History) -> str:
    """The requests of a run with their statuses: "POST /hit 200, GET /hits 200"."""
    return ", ".join(f"{event.method} {event.path} {event.status}" for event in history)
