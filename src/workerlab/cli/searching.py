"""`workerlab explore` and `workerlab replay`: find a losing schedule, and run it again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workerlab.cli.options import App, Deadline, Json, Runner, Seed, With, Workers

STATUS = {"passed": 0, "failed": 1, "inconclusive": 3}


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
        str, typer.Option(help="what the answers are held against: counter, or serial (itself)")
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

    `workerlab explore app.py --trace-into keyvalue_sqlite` · for a race that lives inside a fix

    `workerlab explore app.py --json loss.json` · and then `workerlab replay loss.json`

    Exit status: 0 no losing schedule was found, 1 one was, 2 it could not be tried, 3 inconclusive.
    """
    from workerlab.cli import exploring
    from workerlab.cli.screen import Screen
    from workerlab.stepping import Program

    frame = {"before": "POST /reset" if before is None else before, "after": after}
    parsed = Program.parse(program, **frame, model=model)
    exploring.must_have_a_model(parsed)
    lists = tuple(with_ or ()), tuple(trace_into or ())
    wish = exploring.Wish(app, workers, runner, lists[0], seconds, seed, deadline, lists[1])
    screen = Screen()
    with screen.live():
        given = {"before_is_given": before is not None}
        verdict = exploring.explore(wish, parsed, screen.doing, screen.note, **given)
    exploring.show(screen, verdict)
    if json:
        exploring.write(json, wish, verdict)
        screen.say(f"result: {json}", "dim")
    return STATUS[verdict.status]


def replay(
    result: Annotated[
        Path, typer.Argument(metavar="RESULT.json", help="from check --json or explore --json")
    ],
    check: Annotated[
        str | None, typer.Argument(metavar="[CHECK]", help="the id of the check that failed")
    ] = None,
    lab: Annotated[str | None, typer.Option(metavar="LAB", help="when two labs have it")] = None,
    submission: Annotated[
        Path | None, typer.Option(metavar="PATH", help="run it on these files instead")
    ] = None,
    trusted: Annotated[
        bool,
        typer.Option(
            "--trusted",
            help="run a submission from outside this course, too: as you, in no sandbox",
        ),
    ] = False,
) -> int:
    """Run a losing schedule again, step by step, on real workers.

    **Examples**

    `workerlab check lab08 --json result.json` · then
    `workerlab replay result.json no_lost_update`

    `workerlab replay result.json no_lost_update --submission solutions` · does it lose there?

    Exit status: 0 it no longer loses, 1 it loses again, 2 it could not be tried, 3 the app can no
    longer be led along it.
    """
    from workerlab.cli import replaying
    from workerlab.cli.screen import Screen

    screen = Screen()
    record = replaying.find(result, check, lab)
    if not trusted:
        replaying.must_be_ones_own(record, submission)
    screen.say(
        f"{record.name}: {record.evidence['program']}, {record.evidence['placement']}", "bold"
    )
    with screen.live():
        screen.doing("starting the workers")
        verdict = replaying.replay(record, submission)
    replaying.show(screen, record, verdict)
    return STATUS[verdict.status]
