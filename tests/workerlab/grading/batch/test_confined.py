"""A whole grading process, as a class starts it: what a submission's server finds, and its end."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from threading import Event

import pytest
from sandboxes import needed

from workerlab.grading.batch import isolation
from workerlab.grading.batch.grading import GradingProcess, Job
from workerlab.grading.batch.journal import Planned
from workerlab.grading.result import CheckResult
from workerlab.processes.tree import descendants

LAB = "lab50_small"
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


def graded(job: Job, word: str, budget: float = 60.0) -> CheckResult:
    (job.source / LAB / "app.py").write_text(word)
    results, before = [], set(descendants(os.getpid()))
    process = GradingProcess(job, seed=1, budget=budget, stop=Event())
    process.run(results.append, lambda check: None)
    [result] = results
    assert set(descendants(os.getpid())) <= before, "nothing of it is left"
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
    began = time.monotonic()
    result = graded(job, "hangs", budget=2.0)
    assert (result.status, result.points) == ("inconclusive", 0.0)
    assert "the time for this submission (2 s) ran out" in result.message
    assert time.monotonic() - began < 10
