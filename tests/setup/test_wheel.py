"""workerlab from its wheel, in an empty folder: no clone, and what README promises works."""

import os
import re
import shlex
import signal
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
# In bytes, some 20,000 a chapter, 2,500 a level, 1,000 a cell to write in: who may never unpack it
# pays too.
LARGEST = 1_500_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (built,) = out.iterdir()
    return built


class Elsewhere:
    """An empty folder far from any clone, and a Python that has workerlab from the wheel alone."""

    def __init__(self, wheel: Path, place: Path) -> None:
        self.folder, self.bin = place / "empty", place / "venv" / "bin"
        self.folder.mkdir()
        venv = [sys.executable, "-m", "venv", "--without-pip", place / "venv"]
        subprocess.run(venv, check=True)
        (packages,) = (place / "venv").glob("lib/python*/site-packages")
        # What workerlab needs comes from here. A folder that a .pth names is not searched for more
        # of them, so our own editable installation does not come along.
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        install = [
            "-m",
            "pip",
            "--python",
            self.bin / "python",
            "install",
            "--no-deps",
            "--no-index",
        ]
        subprocess.run([sys.executable, *install, "--quiet", wheel], check=True)
        kept = {name: value for name, value in os.environ.items() if "WORKERLAB" not in name}
        self.environment = {**kept, "PATH": f"{self.bin}:/usr/bin:/bin", "PYTHONPATH": ""}

    def start(self, *words: str, program: str = "workerlab") -> subprocess.Popen:
        return subprocess.Popen(
            [self.bin / program, *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, program: str = "workerlab") -> subprocess.CompletedProcess:
        process = self.start(*words, program=program)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in err
        return subprocess.CompletedProcess(words, process.returncode, out, err)


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory) -> Elsewhere:
    elsewhere = Elsewhere(wheel, tmp_path_factory.mktemp("elsewhere"))
    where = elsewhere.run("-c", "import workerlab; print(workerlab.__file__)", program="python")
    assert Path(where.stdout).is_relative_to(elsewhere.bin.parent), "the wheel's, not the clone's"
    first = re.search(r"```python\n(.+?)```", README, re.DOTALL)[1]
    (elsewhere.folder / "my_app.py").write_text(first)
    return elsewhere


def test_it_is_small_and_gives_no_solution_away(wheel):
    assert wheel.stat().st_size < LARGEST
    names = zipfile.ZipFile(wheel).namelist()
    given = [name for name in names if "/authoring/template/" not in name]  # not of this course
    assert not [n for n in given if re.search(r"solutions|mutants|hostile|WHY\.md|build_hook", n)]
    packed = {name for name in names if name.startswith("workerlab/_course/")}
    notebooks = ("notebooks/*.ipynb", "notebooks/exercises/*.toml")
    for kind in ("labs/*/lab.toml", "labs/*/README.md", "tests/labs/*.py", *notebooks):
        ours = {f"workerlab/_course/{path.relative_to(ROOT)}" for path in ROOT.glob(kind)}
        assert ours and ours <= packed
    assert {"workerlab/_course/notebooks/LICENSE-prose", "UltraDict/__init__.py"} <= {*names}


def test_an_editable_installation_has_no_copy_of_the_labs(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel:editable", "-d", tmp_path]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (built,) = tmp_path.iterdir()
    assert not [name for name in zipfile.ZipFile(built).namelist() if "_course" in name]


@pytest.mark.further
def test_it_says_which_one_it_is(elsewhere):
    done = elsewhere.run("--version")
    assert done.returncode == 0
    assert re.fullmatch(
        r"workerlab [\d.]+ on Python [\d.]+\S* \(.+/venv/.+/workerlab\)\n", done.stdout
    )


@pytest.mark.further
def test_doctor_is_content_without_labs_and_says_where_they_are(elsewhere):
    done = elsewhere.run("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"! labs +no labs here\n +better: `workerlab labs here`", done.stdout)
    assert done.stdout.endswith("ready; begin with: workerlab labs here\n")


@pytest.mark.further
def test_check_says_in_one_line_where_the_labs_are(elsewhere):
    for words in (["check"], ["check", "lab08"], ["progress"]):
        done = elsewhere.run(*words)
        assert done.returncode == 2
        told = "error: no labs here; `workerlab labs here` puts them into this folder"
        assert done.stderr.splitlines()[0] == told


@pytest.mark.further
def test_the_readmes_first_app_is_explored_as_it_stands(elsewhere):
    command = re.search(r"^workerlab (explore my_app\.py.*)$", README, re.MULTILINE)[1]
    done = elsewhere.run(*shlex.split(command))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "the workers disagree, without any race" in done.stdout
    assert 'meta["count"] += 1' in done.stdout
    assert "replayed 3 times of 3" in done.stdout


@pytest.mark.further
def test_it_is_served_and_a_burst_is_sent_to_it(elsewhere):
    process = elsewhere.start("serve", "my_app.py", "--workers", "2")
    try:
        urls = (re.search(r"http://\S+", line) for line in process.stdout)
        url = next(filter(None, urls))[0]
        sent = elsewhere.run("burst", url, "--requests", "40")
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert "40 requests" in sent.stdout, sent.stdout + sent.stderr
    assert err == "interrupted; nothing is left running\n"


@pytest.mark.further
def test_the_labs_are_put_there_and_graded(elsewhere):
    """The last one: from here on there are labs."""
    done = elsewhere.run("labs", "here")
    assert done.returncode == 0, done.stderr
    assert (elsewhere.folder / "notebooks/00-start-here.ipynb").is_file()
    assert (elsewhere.folder / "my_app.py").is_file()
    starter = elsewhere.run("check", "lab08", "--only", "no_lost_update")
    assert starter.returncode == 1, starter.stdout + starter.stderr
    assert "replayed 3 times of 3" in starter.stdout
    assert "has them already" in elsewhere.run("labs", "here").stdout
