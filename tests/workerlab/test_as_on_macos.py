"""The core of the engine where the system is macOS, as far as Linux can play it: see macos/."""

from __future__ import annotations

import json
import shutil
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
from macos import Macos, needed

REPOSITORY = Path(__file__).parents[2]
WORKERLAB = str(Path(sysconfig.get_path("scripts"), "workerlab"))
MUTANTS = REPOSITORY / "tests/mutants/lab08_redis"
LAB = "lab08_redis"
LOSES = {"no_lost_update", "every_answer_fits_one_order"}
STOP_S = 2.0
STOPS = """
import sys, time
from workerlab.servers import Server
took = []
for _ in range(2):
    with Server(sys.argv[1], workers=5) as server:
        assert len(server.pids) == 5
        began = time.monotonic()
    took.append(time.monotonic() - began)
    assert not server.left_behind, server.left_behind
print(min(took))
"""


@pytest.fixture(scope="module")
def macos(tmp_path_factory: pytest.TempPathFactory) -> Macos:
    return needed(tmp_path_factory.mktemp("macos"))


def statuses(macos: Macos, folder: Path, answer: Path, *options: str) -> dict[str, str]:
    """How each check of lab 08 ends for an answer to it."""
    shutil.copytree(answer, folder / "labs" / LAB, dirs_exist_ok=True)
    where = ("--submission", str(folder / "labs"), "--trusted")
    where += ("--json", str(folder / "result.json"))
    done = macos.run(WORKERLAB, "check", "lab08", *where, *options, seconds=280, cwd=REPOSITORY)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    (lab,) = json.loads((folder / "result.json").read_text())["labs"]
    return {check["id"]: check["status"] for check in lab["checks"]}


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("answer", "failing"),
    [("solutions", set()), ("labs", LOSES)],
)
def test_a_lab_has_the_same_verdicts(macos, tmp_path, answer, failing):
    found = statuses(macos, tmp_path, REPOSITORY / answer / LAB)
    assert len(found) == 12
    assert found == {check: "failed" if check in failing else "passed" for check in found}


@pytest.mark.nightly
@pytest.mark.parametrize("mutant", ["read_before_lock", "wiped_at_start_up", "helper_left_running"])
def test_a_mutant_dies_by_the_same_check(macos, tmp_path, mutant):
    """By a search in which workers wait for each other, by a kill, and by what a stop leaves."""
    name = tomllib.loads((MUTANTS / "mutants.toml").read_text())[mutant]["dies_by"]
    assert statuses(macos, tmp_path, MUTANTS / mutant, "--only", name) == {name: "failed"}


@pytest.mark.serial
def test_a_server_stops_quickly_and_leaves_nothing(macos, tmp_path):
    app = tmp_path / "app.py"
    app.write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    done = macos.run(sys.executable, "-c", STOPS, str(app))
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < STOP_S


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("file", "which"),
    [
        ("processes/test_lifeline.py", "not without_proc and not cannot_be_made"),
        (
            "stepping/searching/test_counts_of_schedules.py",
            "memory",
        ),  # 924 and 850, 20 and 18, 2 and 12 and 62
        ("stepping/searching/test_search.py", "right_apps and memory"),
    ],
)
def test_the_harness_keeps_its_own_tests(macos, file, which):
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", which]
    path = str(REPOSITORY / "tests/workerlab" / file)
    done = macos.run(sys.executable, *words, path, seconds=280, cwd=REPOSITORY)
    assert done.returncode == 0, done.stdout + done.stderr
