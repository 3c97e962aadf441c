"""On Gradescope, as root and without bubblewrap: no submission marks itself.

The real autograder runs in a folder of its own, with bubblewrap hidden from PATH. Each submission
is wrong and deserves 3 of 7 points: those of the two checks that do not ask the app.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from autograder_folder import Gradescope
from marks import carriers
from sandboxes import in_the_open, without_bubblewrap

from workerlab.grading.gradebooks import guard
from workerlab.grading.gradebooks.upload import build
from workerlab.processes import users

LAB = "lab50_small"
ASKS = """

@check("counts", title="It counts", points=4, hints=("one?", "two", "three"))
def test_counts(launch):
    with launch(workers=1):
        raise AssertionError("it does not count")
"""
SERVES = """
from fastapi import FastAPI

app = FastAPI()
"""
FORGED = json.dumps({"score": 10, "tests": [{"score": 10, "max_score": 10, "name": "forged"}]})
BEGINS = f"""
import os, signal, sys, time

ROOT = {{root!r}}
RESULTS = ROOT + "/results"
FORGED = {FORGED!r}

def tries(work, *words):
    try:
        return work(*words)
    except OSError as error:
        print("refused:", error, flush=True)

def forge():
    with open(RESULTS + "/results.json", "w") as file:
        file.write(FORGED)
"""
ATTACKS = {
    "writes_the_results": "tries(forge)\n",
    "kills_everybody": """
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) not in (os.getpid(), 1):
        tries(os.kill, int(name), signal.SIGKILL)
tries(os.kill, -1, signal.SIGKILL)
tries(forge)
""",
    "swaps_the_folder": """
away = "/tmp/workerlab-forged-" + str(os.getpid())
os.mkdir(away)
with open(away + "/results.json", "w") as file:
    file.write(FORGED)
tries(os.rename, RESULTS, RESULTS + ".away")
tries(os.symlink, away, RESULTS)
tries(os.unlink, RESULTS + "/results.json")
tries(os.symlink, away + "/results.json", RESULTS + "/results.json")
""",
    "leaves_a_daemon": """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(3, 64):
            try:
                os.close(number)
            except OSError:
                pass
        until = time.monotonic() + 60
        while time.monotonic() < until:
            tries(forge)
            time.sleep(0.01)
    os._exit(0)
""",
    "reads_what_gradescope_tells": """
told = tries(lambda: open(ROOT + "/submission_metadata.json").read())
told = told or tries(lambda: os.listdir(ROOT + "/source/repository/tests"))
if told:
    tries(os.mkdir, "/tmp/workerlab-told")
raise RuntimeError(f"it was told {told}")
""",
}


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that every user may pass, and whose name is short."""
    place = Path(tempfile.mkdtemp(prefix="gs-", dir="/var/tmp"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def gradescope(repository: Path, open_place: Path, tmp_path: Path) -> Iterator[Gradescope]:
    tests = repository / "tests" / "labs" / f"test_{LAB}.py"
    tests.write_text(tests.read_text() + ASKS)
    one = Gradescope(open_place / "autograder", build(tmp_path / "out.zip", [LAB]))
    checks = one.root / "source" / "repository" / "tests"
    for path in (checks, *checks.rglob("*")):  # as setup.sh does
        path.chmod(0o700)
    (one.root / "submission_metadata.json").write_text('{"users": "the whole class"}')
    yield one
    if one.process and one.process.poll() is None:
        one.process.kill()
    if one.process:
        one.process.communicate()


def run(one: Gradescope, place: Path, wrap=in_the_open) -> str:
    path = without_bubblewrap(place / "bin")
    temporary = place / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    out, _ = one.start(wrap, PATH=path, TMPDIR=str(temporary)).communicate(timeout=200)
    return out


def running(one: Gradescope) -> list[int]:
    """What runs as a user of a submission's and was started by this autograder."""
    submissions = {*users._processes({*users.NUMBERS})}
    return [pid for pid in carriers("WORKERLAB_HOME", one.root) if pid in submissions]


EACH = [
    pytest.param(
        name, marks=[pytest.mark.nightly] * (name not in ("writes_the_results", "swaps_the_folder"))
    )
    for name in ATTACKS
]


@pytest.mark.parametrize("attack", EACH)
def test_no_submission_marks_itself(gradescope: Gradescope, open_place: Path, attack: str) -> None:
    text = BEGINS.replace("{root!r}", repr(str(gradescope.root))) + ATTACKS[attack] + SERVES
    (gradescope.root / "submission" / "app.py").write_text(text)
    out = run(gradescope, open_place)
    assert gradescope.process.returncode == 0, out
    folder = gradescope.root / "results"
    assert not folder.is_symlink() and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["results.json"]
    told = gradescope.told()
    assert (told["score"], told["extra_data"]["max_score"]) == (3, 7), told
    assert "forged" not in json.dumps(told) and "the whole class" not in json.dumps(told)
    assert "it was told None" in out or attack != "reads_what_gradescope_tells"
    assert running(gradescope) == [], "everything of its user is ended"
    assert not [*Path("/tmp").glob("workerlab-forged-*")]


def test_a_right_submission_gets_its_points_there(
    gradescope: Gradescope, open_place: Path, repository: Path
) -> None:
    tests = gradescope.root / "source" / "repository" / "tests" / "labs" / f"test_{LAB}.py"
    tests.write_text(tests.read_text().replace('raise AssertionError("it does not count")', "pass"))
    (gradescope.root / "submission" / "app.py").write_text(SERVES)
    out = run(gradescope, open_place)
    assert gradescope.told()["score"] == 7, out


def test_who_is_not_root_and_has_no_sandbox_grades_nothing(
    gradescope: Gradescope, open_place: Path
) -> None:
    mark = open_place / "tmp" / "it-ran"
    (gradescope.root / "submission" / "app.py").write_text(f"open({str(mark)!r}, 'w')\n" + SERVES)
    user = users.NUMBERS[0] + 1

    def as_somebody(command: list[str]) -> list[str]:
        who = [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        return in_the_open([shutil.which("setpriv"), *who, *command])

    if os.getuid() == 0:
        for path in (gradescope.root, *gradescope.root.rglob("*")):
            os.chown(path, user, user)
    out = run(gradescope, open_place, as_somebody)
    assert gradescope.process.returncode == 2, out
    told = gradescope.told()
    assert (told["score"], told["tests"]) == (0, [])
    assert "To the instructor: this autograder does not run" in told["output"]
    assert "no sandbox (bubblewrap is not installed)" in told["output"] and "help: " in out
    assert not mark.exists()


def test_it_is_tried_and_not_assumed(open_place: Path) -> None:
    """Where closing does not help (a file system without owners, say), it is found out."""
    (open_place / "results").mkdir()
    for path in (open_place, open_place / "results"):
        path.chmod(0o777)
    command = in_the_open([sys.executable, "-c", TRIED, str(open_place)])
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    why = "a submission could write the results and put something in the place of the results"
    assert done.stdout.startswith(why), done.stderr


TRIED = """
import sys
from pathlib import Path
from workerlab.grading.gradebooks import guard

guard.isolation.why_not = lambda: "it is not there"
guard._close = lambda root: None
print(guard.why_unsafe(Path(sys.argv[1])))
"""


def test_results_that_are_a_link_are_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "results").symlink_to(tmp_path / "elsewhere")
    assert guard.why_unsafe(tmp_path) == "the folder for the results is a link"
