"""`workerlab scout`: all racy pairs of a service."""

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
    from workerlab.scouting.records import Survey

JOURNAL = Path("workerlab-scout.jsonl")


def scout(
    app: App,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help='these operations only: "POST /orders*"; repeatable'),
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="not these operations; repeatable")
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option("--header", "-H", metavar='"NAME: VALUE"', help="goes with every request"),
    ] = None,
    openapi: Annotated[
        str | None, typer.Option(metavar="PATH", help="where the app describes itself, or a file")
    ] = None,
    within: Annotated[
        float | None, typer.Option(min=1, help="seconds after which no new question is begun")
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
    seconds: Annotated[
        float, typer.Option(min=0.1, help="for each question and placement of its requests")
    ] = 0.4,
    seed: Seed = 1,
    deadline: Deadline = 30.0,
    trace_into: TraceInto = None,
    journal: Annotated[
        Path, typer.Option(metavar="FILE", help="gets each answer as it comes")
    ] = JOURNAL,
    resume: Annotated[
        bool, typer.Option("--resume", help="go on with the journal of a scout that was stopped")
    ] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="write a page to read")] = None,
    json: Json = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="write JUnit XML")] = None,
    sarif: Annotated[Path | None, typer.Option(metavar="FILE", help="write SARIF 2.1.0")] = None,
    github: Annotated[
        bool, typer.Option("--github", help="annotate the lines that race, in a GitHub workflow")
    ] = False,
) -> int:
    """Find all pairs of requests that race in a service, each with a schedule that replays.

    The app's own description (/openapi.json) says what there is to ask. Every operation that writes
    (POST, PUT, PATCH, DELETE) meets itself and the others of its resource. What a request needs is made
    first, and the GETs of the resource look at what has become of it. All of them are really sent. The
    app is started as by `workerlab explore`, on a copy of its folder, and its data are put back before
    each run; a database of yours is refused unless you say --in-place.

    **Examples**

    `workerlab scout notebooks/apps/shop/main.py --env SHOP_FOLDER=.` · on a copy of that folder

    `workerlab scout app.main:app --app-dir backend --python backend/.venv --env-file .env` · in the
    project's own environment

    `workerlab scout app/main.py --with postgres --migrate "alembic upgrade head" --html races.html`

    `workerlab scout app/main.py -H "Authorization: Bearer {env.TOKEN}" --skip "DELETE /admin*"` · a
    secret of your environment, which stands in no result

    `workerlab scout app/main.py --within 300` · and later `workerlab scout app/main.py --resume`

    `workerlab scout app/main.py --github --sarif races.sarif --junit races.xml` · in a workflow

    `workerlab scout app/main.py --json races.json` · and then
    `workerlab replay races.json "POST /orders | POST /orders"`

    Exit status: 0 each operation was asked and nothing found, 1 something was found, 2 it could not
    be tried, 3 nothing was found and not everything could be asked (leave out with --skip what need
    not be), 130 stopped (--resume goes on).
    """
    from workerlab.cli.scout_view import ScoutView
    from workerlab.cli.screen import Screen
    from workerlab.questions.settings import pair
    from workerlab.questions.starting import Starting
    from workerlab.scouting.results import exit_status
    from workerlab.scouting.scout import scout as ask_all

    screen = Screen()
    how: dict[str, Any] = {
        "stores": with_, "app_dir": app_dir, "python": python, "env": dict(map(pair, env or ())),
        "env_file": env_file, "forms": as_, "migrate": migrate, "reset_command": reset_command,
        "in_place": in_place,
    }  # fmt: skip
    view = ScoutView(screen, Starting.of(app, how).with_values)
    asked: dict[str, Any] = {
        "workers": workers, "runner": runner, "seconds": seconds, "seed": seed, "within": within,
        "deadline": deadline, "trace_into": tuple(trace_into or ()), "only": only or (),
        "skip": skip or (), "headers": headers_of(header or []), "openapi": openapi,
        "journal": journal, "resume": resume, "progress": screen.doing, "found": view.answer,
        "note": screen.note,
    }  # fmt: skip
    try:
        with screen.live():
            survey = ask_all(app, **asked, **how)
    except KeyboardInterrupt:
        screen.warn(f"stopped; the answers so far are in {journal}: go on with --resume")
        raise
    view.result(survey)
    if github:
        from workerlab.scouting.annotations import github as annotations

        for line in annotations(survey):
            print(line)
    write(survey, json=json, html=html, junit=junit, sarif=sarif)
    for name, path in (("result", json), ("page", html), ("JUnit", junit), ("SARIF", sarif)):
        if path:
            screen.say(f"{name}: {path}", "dim")
    warn_of_secrets(screen, header or (), (journal, json, html, junit, sarif))
    return exit_status(survey)


def headers_of(texts: list[str]) -> tuple[tuple[str, str], ...]:
    """Headers by name and value. Raises BadUsage."""
    from workerlab.errors import BadUsage

    found = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or not name.strip() or " " in name.strip():
            raise BadUsage(f"{text!r} is not a header", 'write it as "Authorization: Bearer …"')
        found.append((name.strip().lower(), value.strip()))
    return tuple(found)


def write(
    survey: Survey,
    *,
    json: Path | None,
    html: Path | None,
    junit: Path | None,
    sarif: Path | None,
) -> None:
    """Write what was asked for. Raises BadUsage."""
    from workerlab.grading.gradebooks.common import write as write_bytes

    if json:
        from workerlab.questions.starting import findable

        write_json(json, {**survey, "app": findable(survey["app"])})
    if sarif:
        from workerlab.scouting.annotations import sarif as as_sarif

        write_json(sarif, as_sarif(survey))
    if html:
        from workerlab.scouting.page import page

        write_bytes(html, page(survey).encode())
    if junit:
        from workerlab.scouting.junit import junit as as_junit

        write_bytes(junit, as_junit(survey))
