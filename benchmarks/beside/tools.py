"""Each tool asked about one service; what it reports, in the same words for all of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from beside.cases import FIELD, Case
from beside.loaded import load
from workerlab.servers import Server
from workerlab.services import Redis

HERE = Path(__file__).parent
BUDGET_S = 20  # for searching; of those tools that have no end of their own
BOUND_S = 120  # by the clock, until a tool counts as hanging
FOUND, NOT_FOUND, CANNOT = "found", "not found", "cannot be asked"
INCONCLUSIVE, ABSENT, LATE = "inconclusive", "not installed", "no end"
# What Schemathesis checks of the state that requests leave behind. All else is about one response.
OF_STATE = {"EnsureResourceAvailability", "UseAfterFree"}
LONGEST = 600  # characters of what a tool says
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Result:
    """What a tool made of a service, and what it said."""

    result: str
    said: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def row(self) -> dict[str, Any]:
        said = self.said if len(self.said) <= LONGEST else f"{self.said[:LONGEST]} …"
        return {"result": self.result, "seconds": self.seconds, "said": said, **self.more}


@contextmanager
def placed(case: Case, twin: str, place: Path) -> Iterator[Path]:
    """A new folder that has the service as app.py, for one tool alone."""
    folder = place / f"{case.name}-{twin}"
    folder.mkdir()
    shutil.copy(FIELD / "cases" / case.name / f"{twin}.py", folder / "app.py")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def served(case: Case, folder: Path) -> Iterator[str]:
    """The address of the service under uvicorn, with stores that nobody else has."""
    with ExitStack() as stack:
        env = {"REDIS_URL": stack.enter_context(Redis(own=True))}
        server = Server(folder / "app.py", workers=case.workers, env=env, in_sandbox=False)
        yield stack.enter_context(server).url


def timed(ask: Any, *words: Any) -> Result:
    """The result with the seconds of it, starting the service included."""
    began = time.monotonic()
    try:
        result: Result = ask(*words)
    except subprocess.TimeoutExpired:
        result = Result(LATE, f"ended by us after {BOUND_S} s")
    result.seconds = round(time.monotonic() - began, 1)
    return result


def explored(folder: Path, words: list[str]) -> Result:
    """`workerlab explore`, with its defaults."""
    command = [sys.executable, "-m", "workerlab", "explore", "app.py", *words]
    status, out, err = _run(command, folder, {"COLUMNS": "200"})
    names = {0: NOT_FOUND, 1: FOUND, 2: CANNOT, 3: INCONCLUSIVE}
    lines = [COLOURS.sub("", line) for line in (out + err).splitlines()]
    starts = ("failed:", "passed:", "inconclusive:", "error:")
    said = next((line for line in lines if line.startswith(starts)), "\n".join(lines))
    proposed = [line for line in lines if line.startswith("proposed")]
    return Result(names[status], said, {"asked": proposed[0]} if proposed else {})


def schemathesis(case: Case, folder: Path, programs: Path) -> Result:
    """`schemathesis run`, all its default checks and phases, four requests at a time."""
    report = folder / "report.json"
    with served(case, folder) as url:
        command = [str(programs / "schemathesis"), "run", f"{url}/openapi.json", "--no-color"]
        command += ["--max-time", str(BUDGET_S), "--workers", "4", "--seed", "1"]
        command += ["--report", "json", "--report-json-path", str(report)]
        _, out, err = _run(command, folder, {})
    if not report.exists():
        return Result(CANNOT, (err or out).strip())
    told = json.loads(report.read_text())
    if not told["test_cases"]["generated"]:
        return Result(INCONCLUSIVE, "it sent no request")
    reports = {
        of_state: [
            f"{one['title']}: {', '.join(one['operations'])}"
            for one in told["failures"]
            if (one["type"] in OF_STATE) == of_state
        ]
        for of_state in (True, False)
    }
    said = [text for text in messages(out) if any(name in text for name in reports[True])]
    more = {
        "other_reports": reports[False],
        "requests": told["test_cases"]["generated"],
        "stateful": told["phases"]["stateful"]["skip_reason"] or "ran",
    }
    return Result(FOUND if reports[True] else NOT_FOUND, "\n".join(reports[True] + said), more)


def messages(out: str) -> list[str]:
    """Each report of Schemathesis, as it stands between its heading and how to repeat it.

    >>> messages("1. Test Case ID: a\\n\\n- ST1 Wrong\\n\\n    x\\n\\nReproduce with:\\n\\n    curl")
    ['ST1 Wrong x']
    """
    found = re.findall(r"Test Case ID: \w+\n(.*?)Reproduce with:", out, re.DOTALL)
    return [" ".join(text.split()).removeprefix("- ") for text in found]


def frontrun(case: Case, folder: Path, programs: Path) -> Result:
    """frontrun, with a question of ten lines or so (questions/)."""
    if case.one_process:
        return Result(CANNOT, case.one_process)
    question = HERE / "questions" / f"{case.name}.py"
    for file in (HERE / "ask_frontrun.py", question):
        shutil.copy(file, folder)
    command = [str(programs / "frontrun"), str(programs / "python"), "ask_frontrun.py"]
    with Redis(own=True) as url:
        command += [case.name, str(BUDGET_S)]
        _, out, err = _run(command, folder, {"REDIS_URL": url, "PYTHONPATH": ""})
    try:
        told = json.loads(out.strip().splitlines()[-1])
    except (LookupError, ValueError):
        return Result(CANNOT, (err or out).strip()[-LONGEST:])
    more = {"schedules": told["tried"], "by": told["by"]}
    return Result(NOT_FOUND if told["holds"] else FOUND, told["said"], more)


def loaded(case: Case, twin: str, place: Path, tries: int) -> Result:
    """The load test, on a service that is started anew for each try."""
    said = []
    for _ in range(tries):
        with placed(case, twin, place) as folder, served(case, folder) as url:
            said.append(load(case, url, folder))
    showed = sum(map(bool, said))
    return Result(FOUND if showed else NOT_FOUND, next(filter(None, said), ""), {"showed": showed})


def _run(command: list[str], folder: Path, env: dict[str, str]) -> tuple[int, str, str]:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=BOUND_S,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
