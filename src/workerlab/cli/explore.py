"""`workerlab explore`: find a losing schedule of any app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workerlab.cli.options import (
    App,
    AppDir,
    As,
    Deadline,
    Env,
    EnvFile,
    InPlace,
    Json,
    Migrate,
    PythonAt,
    ResetCommand,
    Runner,
    Seed,
    TraceInto,
    With,
    Workers,
    write_json,
)
from workerlab.cli.typed_secrets import warn_of_secrets

if TYPE_CHECKING:
    from workerlab.cli.screen import Screen
    from workerlab.verdict import Verdict

STATUS = {"passed": 0, "failed": 1, "inconclusive": 3}
SERVED = ("workers", "runner", "seconds", "seed", "deadline", "trace_into")
STYLES = {"passed": "green", "failed": "bold red", "inconclusive": "yellow"}


def explore(
    context: typer.Context,
    app: App,
    program: Annotated[
        str | None,
        typer.Option(help='requests at the same moment, separated by "|"; proposed unless given'),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(help="requests that run first, alone; POST /reset, if the app has it"),
    ] = None,
    after: Annotated[
        str | None, typer.Option(help="requests asked at the end; GET /report unless given")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="the model of the responses: counter, or serial (the app itself)"),
    ] = None,
    sign_in: Annotated[
        str, typer.Option(help="requests sent once, before all: who signs in; serial only")
    ] = "",
    listen: Annotated[
        str,
        typer.Option(
            help='clients that listen meanwhile, at every worker: "WS /room/1", "SSE /events"; serial only'
        ),
    ] = "",
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PLACE", help="compare all but this: '$.id', '$..at', ETag; repeatable"
        ),
    ] = None,
    invariant: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE:FUNCTION", help="what must be true of every run; repeatable"),
    ] = None,
    question: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="all of this, and more, from a file"),
    ] = None,
    workers: Workers = 2,
    runner: Runner = "uvicorn",
    with_: With = None,
    app_dir: AppDir = None,
    python: PythonAt = None,
    env: Env = None,
    env_file: EnvFile = None,
    as_: As = None,
    migrate: Migrate = "",
    reset_command: ResetCommand = "",
    in_place: InPlace = False,
    seconds: Annotated[float, typer.Option(min=0.1, help="for each placement of requests")] = 5.0,
    leases: Annotated[
        str,
        typer.Option(
            metavar="short-may-expire|may-expire|outlive-the-work",
            help="which times-to-live may run out while requests are at work: those of a minute at "
            "most, all, or none",
        ),
    ] = "short-may-expire",
    seed: Seed = 1,
    deadline: Deadline = 30.0,
    trace_into: TraceInto = None,
    json: Json = None,
) -> int:
    """Search the schedules of any FastAPI app for one that loses, and show it on your own lines.

    **Examples**

    `workerlab explore my_app.py` · a counter with POST /increment and GET /report; for any other app
    a question is proposed and printed, to be changed (`workerlab scout` asks all of them)

    `workerlab explore labs/lab08_redis --with redis`

    `workerlab explore shop.py --program "POST /buy | POST /buy" --before "POST /restock" --after
    "GET /stock" --model serial` · right is what the app answers one request after the other

    `workerlab explore pay.py --model serial --before "DELETE /charges" --after "GET /charges" --program
    'POST /charges {"amount": 5} -H "Idempotency-Key: k1" | POST /charges {"amount": 5} -H
    "Idempotency-Key: k1"'` · a body and a header behind the path

    `workerlab explore jobs.py --model serial --before "" --program 'POST /jobs {"n": 1}' --after
    "GET /jobs/{A.id}"` · a field of an earlier response: {A.id}, or {before.0.id} of the first before

    `workerlab explore orders.py --with redis --leases outlive-the-work` · the times-to-live of locks
    are long enough, come what may

    `workerlab explore app/main.py --with postgres --migrate "alembic upgrade head" --as
    "SQLALCHEMY_URL=postgresql+asyncpg://{user}@{host}:{port}/{name}" …` · an app with a database

    `--program "POST /upload -F file=@a.png | POST /upload -F file=@b.png"` · forms as for curl: -F
    name=value, -F name=@file, -d name=value; -b name=value is a cookie;
    --data-binary @file, or a text, is a body as it stands

    `--sign-in "ada: POST /token -d username=ada -d password=x" --program "ada: POST /buy | POST /buy"` ·
    a client's name stands before its request; each keeps its cookies, and shows its access_token

    `--program 'GET /me -H "Authorization: Bearer {env.TOKEN}" | POST /buy'` · a secret of your
    environment, which stands in no result

    `--program "POST /orders then POST /orders/{A.id}/pay | POST /buy"` · one after the other

    `--listen "WS /rooms/1" --program 'POST /rooms/1 {"text": "a"} | POST /rooms/1 {"text": "b"}'` ·
    clients that listen at every worker: each must get every message, and get it once

    `workerlab explore shop.py --question shop.toml` · what is given on the command line wins

    `workerlab explore app.main:app --app-dir backend --python backend/.venv --env-file .env` · in the
    project's own environment

    `workerlab explore app.py --trace-into keyvalue_sqlite` · for a race that lives inside a fix

    `workerlab explore app.py --json loss.json` · and then `workerlab replay loss.json`

    With `--model serial`, whole responses are compared: statuses, bodies, and the headers
    content-type, location, etag, link, allow, www-authenticate and content-disposition; of
    retry-after whether it is there, of set-cookie the names. What differs from run to run is found
    out and left out. START, a worker that starts, knows no `then`.

    Exit status: 0 no losing schedule was found, 1 one was, 2 it could not be tried, 3 inconclusive.
    """
    from workerlab.cli.screen import Screen
    from workerlab.questions.asking import ask
    from workerlab.questions.settings import pair

    screen = Screen()
    options: dict[str, Any] = {
        "program": program, "before": before, "after": after, "model": model, "sign_in": sign_in,
        "listen": listen, "ignore": tuple(ignore or ()), "invariants": tuple(invariant or ()),
        "workers": workers, "runner": runner, "stores": tuple(with_ or ()),
        "forms": tuple(as_ or ()), "migrate": migrate, "reset_command": reset_command,
        "in_place": in_place, "app_dir": app_dir, "python": python,
        "seconds": seconds, "seed": seed, "leases": leases, "deadline": deadline,
        "trace_into": tuple(trace_into or ()),
    }  # fmt: skip
    if question is not None:  # which has the rest
        options = {name: value for name, value in options.items() if _is_given(context, name)}
        options["question"] = question
    settings = dict(map(pair, env or ()))
    with screen.live():
        verdict = ask(
            app, **options, env=settings, env_file=env_file or (),
            progress=screen.doing, note=screen.note,
        )  # fmt: skip
    show(screen, verdict)
    if json:
        write(json, app, {**options, "env": settings, "env_file": env_file or ()}, verdict)
        screen.say(f"result: {json}", "dim")
        warn_of_secrets(screen, (program, before, after, sign_in), [json])
    return STATUS[verdict.status]


def _is_given(context: typer.Context, name: str) -> bool:
    """Whether an option stands on the command line, and is not a default."""
    name = {"stores": "with_", "forms": "as_", "invariants": "invariant"}.get(name, name)
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def show(screen: Screen, verdict: Verdict) -> None:
    """Print a verdict and its schedule."""
    from workerlab.draw import classes_text, schedule_text
    from workerlab.draw.words import counted

    first, *details = verdict.message.splitlines() or [""]
    screen.parts((verdict.status, STYLES[verdict.status]), (f": {first}", ""))
    for line in details:
        screen.say(line)
    if verdict.evidence:
        screen.say()
        screen.say(schedule_text(verdict.evidence, screen.width))
    if verdict.classes:
        screen.say()
        screen.say(classes_text(verdict.classes, screen.width))
    counts = verdict.tried.items()
    tried = ", ".join(counted(n, name.replace("_", " ").rstrip("s")) for name, n in counts if n)
    if tried:
        screen.say(f"tried: {tried}", "dim")


def write(path: Path, app: str, options: dict[str, Any], verdict: Verdict) -> None:
    """Write the verdict, for `workerlab replay`. Raises BadUsage."""
    from workerlab.grading.recorded import EXPLORED
    from workerlab.questions.starting import Starting, findable
    from workerlab.questions.toml_file import read

    asked = read(options["question"]) if "question" in options else {}
    starting = Starting.of(app, options, asked).record()
    asked = asked | options
    served = {name: asked[name] for name in SERVED if name in asked}
    about = {"schema": EXPLORED, "app": findable(app), **starting, **served}
    write_json(path, about | verdict.to_json())
