"""Search the schedules of any FastAPI app: one call for notebooks and for the command line."""

from collections.abc import Iterable
from pathlib import Path

from workerlab.stepping.program import PLACEMENTS, Program
from workerlab.stepping.searching.search import Progress, Search
from workerlab.stepping.controller.stepped_server import Stage
from workerlab.verdict import Verdict


def explore(
    app: str | Path,
    *,
    program: str = "POST /increment | POST /increment",
    before: str = "POST /reset",
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
    **options,
) -> Verdict:
    """Serve `app` on real workers and look for a schedule of `program` that loses.

    program    requests that run at once, separated by |
    before     requests that bring the app into a known state; may be empty
    after      requests asked when all have been answered; may be empty
    model      "counter", "register", or "serial": the app's own answers one after the other
    seconds    for each placement
    options    those of Server, such as `runner` or `app_dir`, and `trace_into`: the names of
               installed packages inside which a worker may be held too

    Returns a Verdict. Raises BadUsage, AppDidNotStart or NotReady.
    """
    parsed = Program.parse(program, before=before, after=after, model=model)
    with Stage(app, workers=workers, env=env, services=services, **options) as stage:
        budget = {"seconds": seconds, "schedules": schedules}
        return Search(stage, parsed, seed=seed, progress=progress, **budget).run(placements)
