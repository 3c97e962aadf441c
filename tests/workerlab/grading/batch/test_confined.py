"""A whole grading process, as a class starts it: what a submission's server finds, and its end."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from threading import Event

import pytest
from marks import carriers
from sandboxes import needed

from workerlab.grading.batch import isolation
from workerlab.grading.batch.book import Planned
from workerlab.grading.batch.grading import GradingProcess, Job
from workerlab.grading.result import CheckResult

LAB = "lab50_small"
BUDGET_S = 600.0
CHECKS = """
import json, sys, time
from workerlab.grading import check
from workerlab.grading.api import CheckFailed
from workerlab.processes.child import Child

LOOKS = '''
import json, os
try:
    labs = os.listdir(os.environ["WORKERLAB_HOME"])
except OSError as error:
    labs = type(error).__name__
print(json.dumps({"env": dict(os.environ), "labs": labs, "root": os.listdir("/")}))
'''


@check("starts", title="It starts", points=1, quick=True, hints=("one?", "two", "three"))
def test_starts(submission):
    if (submission / "app.py").read_text() == "hangs":
        time.sleep(1000)
    child = Child(in_sandbox=True)
    child.open([sys.executable, "-c", LOOKS])
    child.start()
    while child.poll() is None:
        time.sleep(0.005)
    child.close()
    raise CheckFailed(child.log)
"""


@pytest.fixture
def job(repository: Path, tmp_path: Path) -> Job:
    needed()
    (repository / "tests" / "labs" / f"test_{LAB}.py").write_text(CHECKS)
    source = tmp_path / "handed-in" / "ada"
    (source / LAB).mkdir(parents=True)
    return Job("ada", source, LAB, (Planned("starts", "It starts", 1.0),))


class Clock:
    """It can be put ahead: what happens when a time has passed is seen without waiting for it."""

    ahead = 0.0  # seconds

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def graded(job: Job, word: str, ahead: float = 0.0) -> CheckResult:
    """Its result; when its check has started, `ahead` seconds of its time are gone at once."""
    (job.source / LAB / "app.py").write_text(word)
    results, seen, clock = [], [], Clock()
    process = GradingProcess(job, seed=1, budget=BUDGET_S, stop=Event(), clock=clock)
    home = os.environ["WORKERLAB_HOME"]

    def look(check: str) -> None:
        seen.extend(carriers("WORKERLAB_HOME", home))
        clock.ahead = ahead

    process.run(results.append, look)
    [result] = results
    assert len(seen) > 1, "its processes carry the home of this test, which no other test has"
    assert [*carriers("WORKERLAB_HOME", home)] == [], "nothing of it is left"
    return result


def test_a_submission_finds_no_secret_in_its_environment_and_no_repository(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "GITHUB_TOKEN", "REDIS_URL"):
        monkeypatch.setenv(name, "canary")
    result = graded(job, "right")
    assert result.isolation == isolation.ISOLATED
    seen = json.loads(result.message)
    assert "canary" not in json.dumps(seen) and seen["env"]["TMPDIR"] == "/tmp"
    assert seen["labs"] in ([], "FileNotFoundError", "PermissionError")
    assert "srv" not in seen["root"] and "home" not in seen["root"]


def test_a_detective_that_goes_on_too_long_is_ended_and_nothing_of_it_is_left(job: Job) -> None:
    result = graded(job, "hangs", ahead=BUDGET_S)
    assert (result.status, result.points) == ("inconclusive", 0.0)
    assert f"the time for this submission ({BUDGET_S:g} s) ran out" in result.message
