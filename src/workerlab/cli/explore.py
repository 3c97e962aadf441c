"""`workerlab explore`: find a losing schedule of any app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workerlab.cli.options import App, Deadline, Json, Runner, Seed, With, Workers, write_json

if TYPE_CHECKING:
    from workerlab.cli.screen import Screen
    from workerlab.verdict import Verdict

STATUS = {"passed": 0, "failed": 1, "inconclusive": 3}
STYLES = {"passed": "green", "failed": "bold red", "inconclusive": "yellow"}


def explore(
    app: App,
    program: Annotated[
        str, typer.Option(help='requests at the same moment, separated by "|"')
    ] = "POST /increment | POST /increment",
    before: Annotated[
        str | None,
        typer.Option(help="requests that run first, alone; POST /reset, if the app has it"),
    ] = None,
    after: Annotated[str, typer.Option(help="requests asked at the end")] = "GET /report",
    model: Annotated[
        str, typer.Option(help="the model of the responses: counter, or serial (the app itself)")
    ] = "counter",
    workers: Workers = 2,
    runner: Runner = "uvicorn",
    with_: With = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="for each placement of requests")] = 5.0,
    seed: Seed = 1,
    deadline: Deadline = 30.0,
    trace_into: Annotated[
        list[str] | None,
        typer.Option(metavar="PACKAGE", help="stop inside this installed package too; repeatable"),
    ] = None,
    json: Json = None,
) -> int:
    """Search the schedules of any FastAPI app for one that loses, and show it on your own lines.

    **Examples**

    `workerlab explore my_app.py` · a counter with POST /increment and GET /report

    `workerlab explore labs/lab08_redis --with redis`

    `workerlab explore shop.py --program "POST /buy | POST /buy" --before "POST /restock" --after
    "GET /stock" --model serial` · right is what the app answers one request after the other

    `workerlab explore pay.py --model serial --before "DELETE /charges" --after "GET /charges" --program
    'POST /charges {"amount": 5} -H "Idempotency-Key: k1" | POST /charges {"amount": 5} -H
    "Idempotency-Key: k1"'` · a body and a header behind the path

    `workerlab explore jobs.py --model serial --before "" --program 'POST /jobs {"n": 1}' --after
    "GET /jobs/{A.id}"` · a field of an earlier response: {A.id}, or {before.0.id} of the first before

    `workerlab explore app.py --trace-into keyvalue_sqlite` · for a race that lives inside a fix

    `workerlab explore app.py --json loss.json` · and then `workerlab replay loss.json`

    Exit status: 0 no losing schedule was found, 1 one was, 2 it could not be tried, 3 inconclusive.
    """
    from workerlab.cli.screen import Screen
    from workerlab.services.private import stores
    from workerlab.stepping.explore import explore as search_schedules

    screen = Screen()
    asked: dict[str, Any] = {
        "workers": workers, "runner": runner, "seconds": seconds, "seed": seed,
        "deadline": deadline, "trace_into": tuple(trace_into or ()),
    }  # fmt: skip
    with screen.live(), stores(with_ or [], app) as private:
        verdict = search_schedules(
            app, program=program, before=before, after=after, model=model, **asked,
            env=private.env, services=private.pids, progress=screen.doing, note=screen.note,
        )  # fmt: skip
    show(screen, verdict)
    if json:
        write(json, {"app": app, "stores": tuple(with_ or ()), **asked}, verdict)
        screen.say(f"result: {json}", "dim")
    return STATUS[verdict.status]


def show(screen: Screen, verdict: Verdict) -> None:
    """Print a verdict and its schedule."""
    from workerlab.draw import schedule_text
    from workerlab.draw.words import counted

    screen.parts((verdict.status, STYLES[verdict.status]), (f": {verdict.message}", ""))
    if verdict.evidence:
        screen.say()
        screen.say(schedule_text(verdict.evidence, screen.width))
    counts = verdict.tried.items()
    tried = ", ".join(counted(n, name.replace("_", " ").rstrip("s")) for name, n in counts if n)
    if tried:
        screen.say(f"tried: {tried}", "dim")


def write(path: Path, asked: dict[str, Any], verdict: Verdict) -> None:
    """Write the verdict, for `workerlab replay`. Raises BadUsage."""
    from workerlab.grading.recorded import EXPLORED

    app = asked["app"]
    place = app if ":" in app else str(Path(app).resolve())
    result = {"schema": EXPLORED, **asked, "app": place, **verdict.to_json()}
    write_json(path, result)
