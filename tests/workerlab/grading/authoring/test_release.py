"""The students' copy: it works, and shows no solution."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from copies import copy_of_the_repository

from workerlab.errors import BadUsage
from workerlab.grading.authoring.release import release
from workerlab.grading.manifest import root

SITE_TESTS = root() / "tests" / "site"
COMMAND = [sys.executable, "-m", "workerlab"]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("release") / "for-students"
    release(out)
    return out


def run(given: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "WORKERLAB_HOME": str(given)}
    return subprocess.run(
        [*COMMAND, *words], cwd=given, env=environment, capture_output=True, text=True, timeout=120
    )


def test_no_solution_no_wrong_answer_and_no_attack(given: Path) -> None:
    names = {path.relative_to(given).parts for path in given.rglob("*")}
    assert not {"solutions", "mutants", "hostile", "WHY.md", ".git", ".venv"} & {
        part for parts in names for part in parts if "template" not in parts
    }
    ours = {path.name for path in (root() / "labs").glob("lab*")}
    assert {path.name for path in (given / "labs").iterdir()} >= ours


def test_no_line_of_a_solution(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints are there to be asked for; what they and everything open say gives nothing away."""
    monkeypatch.syspath_prepend(str(SITE_TESTS))
    from secrets_of import lines_of, solutions, squeezed

    texts = [
        path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(given.rglob("*"))
        if path.is_file() and path.relative_to(given).parts[:2] != ("tests", "labs")
    ]
    told = squeezed("\n".join(texts).replace("\\n", "\n"))
    found = {
        f"{path.parent.name}/{path.name}": line
        for path in solutions()
        for line in lines_of(path)
        if line in told
    }
    assert found == {}
    assert sum(len(lines_of(path)) for path in solutions()) > 100


@pytest.mark.nightly
def test_a_lab_is_graded_there(given: Path, tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    done = run(given, "check", "lab08", "--quick", "--json", str(file))
    assert done.returncode == 1, done.stderr
    (lab,) = json.loads(file.read_text())["labs"]
    assert lab["lab"] == "lab08_redis" and lab["checks"][0]["status"] == "passed"


def test_what_needs_the_solutions_says_so(given: Path) -> None:
    done = run(given, "verify-labs", "lab08")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "no solutions here" in done.stderr
    assert "lab08_redis" not in done.stdout


def test_an_out_that_is_not_empty_or_inside_is_refused(tmp_path: Path) -> None:
    home = copy_of_the_repository(tmp_path / "repository")
    (home / "labs" / "lab01_detective" / ".workerlab").mkdir()
    (home / "labs" / "lab01_detective" / ".workerlab" / "x.json").write_text("{}")
    before = sorted(home.rglob("*"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKERLAB_HOME", str(home))
        for out, why in (
            (home, "part of what is copied"),
            (home / "labs" / "copy", "part of what is copied"),
            (tmp_path, "not an empty folder"),
            (home / "README.md", "part of what is copied"),
        ):
            with pytest.raises(BadUsage, match=why):
                release(out)
        assert sorted(home.rglob("*")) == before
        files = release(home / "build" / "out")  # not git's: what is there is walked
    assert not [file for file in files if ".workerlab" in file.parts]
    assert sorted(file for file in (home / "build" / "out").rglob("*") if file.is_file()) == [
        home / "build" / "out" / file for file in files
    ]
