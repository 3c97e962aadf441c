"""`workerlab replay`: run a losing schedule again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workerlab.cli.explore import STATUS, STYLES
from workerlab.cli.options import Env, EnvFile

if TYPE_CHECKING:
    from workerlab.cli.screen import Screen
    from workerlab.grading.recorded import Record
    from workerlab.verdict import Verdict


def replay(
    result: Annotated[
        Path, typer.Argument(metavar="RESULT.json", help="from --json of check, explore or scout")
    ],
    check: Annotated[
        str | None,
        typer.Argument(metavar="[CHECK]", help="the check that failed, or the pair that raced"),
    ] = None,
    lab: Annotated[str | None, typer.Option(metavar="LAB", help="when two labs have it")] = None,
    submission: Annotated[
        Path | None, typer.Option(metavar="PATH", help="run it on these files instead")
    ] = None,
    env: Env = None,
    env_file: EnvFile = None,
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
    from workerlab.cli.screen import Screen
    from workerlab.grading import recorded

    screen = Screen()
    record = recorded.find(result, check, lab)
    if not trusted:
        recorded.must_be_ones_own(record, submission)
    settings = settings_of(record, env or [], env_file or [])
    screen.say(
        f"{record.name}: {record.evidence['program']}, {record.evidence['placement']}", "bold"
    )
    with screen.live():
        screen.doing("starting the workers")
        verdict = recorded.replay(record, submission, settings)
    show(screen, record, verdict)
    return STATUS[verdict.status]


def settings_of(record: Record, env: list[str], files: list[Path]) -> dict[str, str]:
    """The settings of the app: its files', and those whose names alone are in the result."""
    from workerlab.errors import BadUsage
    from workerlab.questions.settings import from_files, pair

    settings = from_files([*record.env_files, *files]) | dict(map(pair, env))
    missing = [name for name in record.settings if name not in settings and name not in os.environ]
    if missing:
        advice = f"give it again: --env {missing[0]}=…"
        raise BadUsage(f"this schedule was found with a setting {missing[0]}", advice)
    return settings


def show(screen: Screen, record: Record, verdict: Verdict) -> None:
    """Print the result of this run."""
    from workerlab.draw import schedule_text

    if verdict.evidence:
        screen.say()
        screen.say(schedule_text(verdict.evidence, screen.width))
        screen.say()
    words = {
        "failed": "it loses again",
        "passed": "it does not lose",
        "inconclusive": "inconclusive",
    }
    screen.parts((words[verdict.status], STYLES[verdict.status]), (f": {verdict.message}", ""))
    if verdict.status == "inconclusive":
        again = (
            f"check {record.lab} --only {record.name}" if record.lab else f"explore {record.place}"
        )
        screen.say(f"its lines have changed since; search them anew: workerlab {again}", "cyan")
