"""Run a recorded losing schedule again: find it, start the same stepped server, follow it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workerlab.errors import BadUsage
from workerlab.evidence import Evidence, kind_of
from workerlab.grading.manifest import find as find_lab
from workerlab.grading.result import SCHEMA as GRADED
from workerlab.grading.result import Report
from workerlab.grading.staging import STEPPED_WORKERS, stepped_submission
from workerlab.grading.submission import assembled
from workerlab.services.private import stores
from workerlab.stepping import SteppedServer
from workerlab.stepping import replay as run_again
from workerlab.stepping.program import PLACEMENTS
from workerlab.stepping.rehearsal import SERIAL
from workerlab.stepping.same_start import Start, started
from workerlab.verdict import Verdict

EXPLORED, SCOUTED = "workerlab/explore/v1", "workerlab/scout/v1"
LEAST_WORKERS = 2


@dataclass(frozen=True)
class Record:
    """A losing schedule and what it was found in: a lab's submission, or an app."""

    name: str
    evidence: Evidence
    place: Path
    lab: str = ""
    runner: str = "uvicorn"
    stores: tuple[str, ...] = ()
    trace_into: tuple[str, ...] = ()
    app_dir: str | None = None
    python: str | None = None
    settings: tuple[str, ...] = ()  # their names; the values are in no result
    env_files: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    start: Start = field(default_factory=Start)


def find(file: Path, check: str | None, lab: str | None) -> Record:
    """The losing schedule in a file that --json of check, explore or scout wrote.

    check   the id of a check, or a pair of operations

    Raises BadUsage when there is none, or several and it is not said which.
    """
    data = _read(file)
    schema = data.get("schema")
    if schema == EXPLORED:
        records = _explored(data)
    elif schema == SCOUTED:
        records = _scouted(data)
    elif schema == GRADED:
        records = [record for record in _graded(Report.read(file)) if not lab or lab in record.lab]
    else:
        advice = "give a file that --json of check, explore or scout wrote"
        raise BadUsage(f"{file} is not a result", advice)
    named = [record for record in records if check in (None, record.name)]
    known = ", ".join(dict.fromkeys(record.name for record in records))
    if not records:
        raise BadUsage(f"{file} has no losing schedule", "nothing lost there, so nothing to replay")
    if not named:
        raise BadUsage(f"{file} has no losing schedule of {check!r}", f"choose one of: {known}")
    if len(named) > 1:
        labs = ", ".join(dict.fromkeys(record.lab for record in named))
        advice = f"say which check, and --lab: {labs}" if labs else f'name one: "{named[0].name}"'
        raise BadUsage(f"{file} has several: {known}", advice)
    _must_be_whole(file, named[0].evidence)
    return named[0]


def must_be_ones_own(record: Record, instead: Path | None) -> None:
    """Raises BadUsage for a lab's submission from elsewhere: it would run as the user who calls."""
    from workerlab.grading.batch.doubtful import doubtful

    place = instead or record.place
    if record.lab and doubtful(place):
        advice = "look at it with --html, or give --trusted, if you have read the code"
        raise BadUsage(f"a schedule is run again in no sandbox, and {place} is not yours", advice)


def _read(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        advice = "make it with: workerlab check LAB --json FILE"
        raise BadUsage(f"cannot read {file}: {error.strerror}", advice) from error
    except ValueError as error:
        raise BadUsage(f"{file} is not JSON: {error}", "give a result") from error
    return data if isinstance(data, dict) else {}


def _explored(data: dict[str, Any], name: str = "") -> list[Record]:
    if not data.get("evidence"):
        return []
    app = str(data.get("app", ""))
    return [
        Record(
            name or Path(app).name,
            data["evidence"],
            Path(app),
            runner=str(data.get("runner", "uvicorn")),
            stores=tuple(data.get("stores", ())),
            trace_into=tuple(data.get("trace_into", ())),
            app_dir=data.get("app_dir"),
            python=data.get("python"),
            settings=tuple(data.get("env", ())),
            env_files=tuple(data.get("env_file", ())),
            forms=tuple(data.get("forms", ())),
            start=_start(data),
        )
    ]


def _start(data: dict[str, Any]) -> Start:
    """How the app started when its loss was found; a counter was asked where it stood."""
    return Start(
        in_place=data.get("in_place") is True,
        restore=data["evidence"].get("model") == SERIAL,
        reset=str(data.get("reset_command") or ""),
        migrate=str(data.get("migrate") or ""),
    )


def _scouted(data: dict[str, Any]) -> list[Record]:
    """One for each pair that raced; they were found with the same app and options."""
    answers = data.get("answers")
    raced = [one for one in answers or () if isinstance(one, dict) and one.get("status") == "race"]
    return [
        record
        for one in raced
        for record in _explored({**data, "evidence": one.get("evidence")}, str(one.get("pair")))
    ]


def _graded(report: Report) -> Iterator[Record]:
    for lab in report.labs:
        for check in lab.checks:
            # A burst is evidence too, but chance made it: there is no schedule to run again.
            if check.evidence and kind_of(check.evidence) != "burst":
                yield Record(check.id, check.evidence, Path(report.submission), lab.lab)


def _must_be_whole(file: Path, evidence: Evidence) -> None:
    try:
        names = evidence["schedule"]
        whole = all(isinstance(name, str) for name in names) and bool(evidence["program"])
        whole = whole and evidence["placement"] in PLACEMENTS
    except (KeyError, TypeError):
        whole = False
    if not whole:
        raise BadUsage(f"the schedule in {file} is not whole", "make the file anew")


def replay(
    record: Record, submission: Path | None, env: Mapping[str, str] | None = None
) -> Verdict:
    """Follow the schedule on real workers, with stores of their own.

    `submission` takes the place of the files in which it was found, `env` has settings of an app
    that is no lab's. Raises what SteppedServer raises.
    """
    with _stepped(record, submission, env or {}) as stepped:
        return run_again(stepped, record.evidence)


@contextmanager
def _stepped(
    record: Record, submission: Path | None, env: Mapping[str, str]
) -> Iterator[SteppedServer]:
    workers = _workers(record.evidence)
    place = submission or record.place
    if not record.lab:
        app_dir = None if submission else record.app_dir
        with (
            stores(
                list(record.stores), str(place), record.forms, app_dir, record.python
            ) as private,
            started(
                place,
                record.start,
                env={**env, **private.env},
                stores=private.services,
                app_dir=app_dir,
                python=record.python,
                workers=workers,
                runner=record.runner,
                trace_into=record.trace_into,
            ) as begun,
        ):
            yield begun.stepped
        return
    lab = find_lab(record.lab)
    app = Path(record.evidence.get("app", "app.py")).name  # lab 03 has several
    with assembled(lab, place) as folder, stepped_submission(lab, folder, workers, app) as stepped:
        yield stepped


def _workers(evidence: Evidence) -> int:
    """As many as took part; a killed worker needs others beside it, as in the grading."""
    if kind_of(evidence) == "crash":
        return STEPPED_WORKERS
    requests = evidence.get("requests") or ()
    return max(LEAST_WORKERS, len({request.get("worker") for request in requests}))
