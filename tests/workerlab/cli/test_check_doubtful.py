"""`workerlab check --submission` of another person's work: in a sandbox, or not at all."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from homes import LAB, LOCKED, RACY, Home, one_line_and_the_fix
from sandboxes import needed

SECRET = "the instructor's key"
SPIES = """
import os
from pathlib import Path

home, said = Path(HOME), []
for read in (home / ".ssh" / "id", home / "solutions" / "lab50_small" / "app.py"):
    try:
        said.append("READ " + read.read_text())
    except OSError as error:
        said.append("REFUSED " + type(error).__name__)
try:
    (home / "written").write_text("by a submission")
except OSError:
    pass
raise RuntimeError("; ".join(said))
"""


@pytest.fixture
def handed_in(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another person's folder, with the racy app."""
    folder = tmp_path_factory.mktemp("downloads") / "ada"
    folder.mkdir()
    (folder / "app.py").write_text(RACY)
    return folder


def without_bubblewrap(place: Path) -> str:
    """A PATH on which everything is found but bubblewrap."""
    place.mkdir()
    for program in ("prlimit", "setpriv", "sh"):
        (place / program).symlink_to(shutil.which(program))
    return str(place)


@pytest.mark.further
def test_it_looks_as_ever_and_counts_for_no_student(home: Home, handed_in: Path) -> None:
    needed()
    files = ("--json", "result.json", "--html", "result.html")
    done = home.run("check", LAB, "--submission", handed_in, "--seed", "7", *files)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 of 3 points, 1 failed" in done.stdout
    assert "count = read()" in done.stdout, "the losing schedule shows the app's own lines"
    report = json.loads((home.folder / "result.json").read_text())
    assert report["seed"] == 7
    checks = report["labs"][0]["checks"]
    assert [check["isolation"] for check in checks] == ["isolated by bubblewrap"] * 2
    assert checks[1]["tried"]["schedules"]
    assert "<svg" in (home.folder / "result.html").read_text()
    assert "never run" in home.run("progress").stdout


@pytest.mark.further
def test_its_schedule_is_not_run_again_by_mistake(home: Home, handed_in: Path) -> None:
    needed()
    home.run("check", LAB, "--submission", handed_in, "--json", "result.json")
    refused = home.run("replay", "result.json")
    assert refused.returncode == 2
    one_line_and_the_fix(refused.stderr)
    assert "in no sandbox" in refused.stderr
    assert home.run("replay", "result.json", "--trusted").returncode == 1


def test_quick_and_right(home: Home, handed_in: Path) -> None:
    needed()
    (handed_in / "app.py").write_text(LOCKED)
    done = home.run("check", LAB, "--submission", handed_in / "app.py", "--quick")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 of 3 points" in done.stdout


def test_a_file_that_is_missing(home: Home, handed_in: Path) -> None:
    (handed_in / "app.py").rename(handed_in / "my.py")
    done = home.run("check", LAB, "--submission", handed_in)
    assert done.returncode == 2
    one_line_and_the_fix(done.stderr)


@pytest.mark.nightly
def test_it_reads_no_home_and_writes_none(home: Home, handed_in: Path) -> None:
    needed()
    key = home.folder / ".ssh" / "id"
    key.parent.mkdir()
    key.write_text(SECRET)
    (handed_in / "app.py").write_text(SPIES.replace("HOME", repr(str(home.folder))))
    words = ("check", LAB, "--submission", handed_in, "--json", "result.json")
    done = home.run(*words)
    told = done.stdout + (home.folder / "result.json").read_text()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "REFUSED FileNotFoundError; REFUSED " in told
    assert SECRET not in told and "READ" not in told
    assert not (home.folder / "written").exists()

    trusted = home.run(*words, "--trusted")
    assert trusted.returncode == 1
    assert (home.folder / "written").exists(), "who trusts it lets it do everything"


@pytest.mark.further
def test_one_inconclusive_and_one_not_gradable(home: Home, handed_in: Path) -> None:
    needed()
    first, _, _ = home.checks.read_text().partition('@check("no_lost_update"')
    for error, status in (("CheckInconclusive('ask again')", 3), ("NotGradable('a bad day')", 2)):
        home.checks.write_text(
            first.replace("import check", "import CheckInconclusive, NotGradable, check")
            + '@check("ends", title="It ends", points=2, hints=("one?", "two", "three"))\n'
            + f"def test_ends():\n    raise {error}\n"
        )
        done = home.run("check", LAB, "--submission", handed_in)
        assert done.returncode == status, done.stdout + done.stderr


def test_where_it_cannot_be_confined_nothing_of_it_runs(
    home: Home, handed_in: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mark = handed_in / "it-ran"
    (handed_in / "app.py").write_text(f"open({str(mark)!r}, 'w')\n" + RACY)
    path = without_bubblewrap(tmp_path_factory.mktemp("path") / "bin")
    done = home.run("check", LAB, "--submission", handed_in, PATH=path)
    assert done.returncode == 2
    one_line_and_the_fix(done.stderr)
    assert "this machine cannot confine it: bubblewrap is not installed" in done.stderr
    assert "--trusted" in done.stderr and not mark.exists()
    done = home.run("check", LAB, "--submission", handed_in, "--trusted", PATH=path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert mark.exists()


@pytest.mark.further
def test_the_courses_own_folders_are_not_doubtful(home: Home) -> None:
    done = home.run("check", LAB, "--submission", "solutions", PATH="/nonexistent")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.nightly
def test_watch_works_there_too(home: Home, handed_in: Path) -> None:
    needed()
    process: subprocess.Popen = home.start(
        "check", LAB, "--watch", "--quick", "--submission", handed_in
    )
    assert "1 of 3 points" in _until(process, "waiting for the next save")
    (handed_in / "app.py").write_text(LOCKED)
    assert "3 of 3 points" in _until(process, "waiting for the next save")


def _until(process: subprocess.Popen, word: str) -> str:
    lines = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            return "".join(lines)
    raise AssertionError("".join(lines) + process.stderr.read())


def test_the_help_says_what_trusted_means(home: Home) -> None:
    done = home.run("check", "--help", COLUMNS="200")
    assert "--trusted" in done.stdout
