"""The set-up of a new machine: `setup/environment.sh`, with what it meets there stood in for."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TOOLS = (
    "sh env date du awk cut tr tail sed grep mktemp rm sleep touch dirname mkdir ln cat kill chmod"
)
OLD = '#!/bin/sh\ncase "$*" in *platform*) echo 3.9.2;; *) exit 1;; esac\n'
# Stands in for uv: makes a .venv around this Python, notes what it is asked to install, and fails
# with the words in the file `fails`, as long as that is there.
UV = f"""#!/bin/sh
echo "$*" >>asked
if [ -f fails ]; then cat fails >&2; exit 1; fi
if [ "$1" = venv ]; then mkdir -p .venv/bin; ln -sf {sys.executable} .venv/bin/python; fi
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A clone's root, as far as the set-up needs it, and a folder `bin` with the system's tools."""
    clone = tmp_path / "clone"
    shutil.copytree(ROOT / "setup", clone / "setup")
    (clone / "setup/jupyter.py").write_text("")
    for name in ("requirements.lock", "requirements-test.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    (clone / "bin").mkdir()
    for tool in TOOLS.split():
        (clone / "bin" / tool).symlink_to(shutil.which(tool))
    return clone


def program(place: Path, name: str, text: str) -> None:
    file = place / "bin" / name
    file.write_text(text)
    file.chmod(0o755)


def set_up(place: Path, kind: str = "lab", **env: str) -> subprocess.CompletedProcess:
    command = [shutil.which("sh"), "setup/environment.sh", kind]
    environment = {"PATH": str(place / "bin"), "HOME": str(place), **env}
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)


def told(done: subprocess.CompletedProcess) -> tuple[str, str]:
    """The error and the help: one line each, at the end; and nothing that only programs can read."""
    assert done.returncode == 1
    assert done.stderr == ""
    error, help_ = done.stdout.splitlines()[-2:]
    assert error.startswith("error: ") and help_.startswith("  help: ")
    return error, help_


def test_the_readers_environment_is_installed_by_its_hashes_and_from_wheels(place):
    program(place, "uv", UV)
    program(place, "python3.13", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    done = set_up(place)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^ready after \d+ s: \d+ MB in \.venv$", done.stdout, re.MULTILINE)
    venv, packages, own = (place / "asked").read_text().splitlines()
    assert venv.startswith("venv") and venv.endswith(".venv")
    assert "--require-hashes --only-binary :all: -r requirements.lock" in packages
    assert "--no-deps --no-build-isolation --editable ." in own, "nothing the lock does not have"
    assert (place / ".venv/ready").exists() and not (place / ".venv/ready-test").exists()
    done = set_up(place, "test")
    assert done.returncode == 0
    assert "-r requirements-test.lock" in (place / "asked").read_text()
    assert (place / ".venv/ready-test").exists()


def test_uv_brings_a_python_where_none_fits(place):
    program(place, "uv", UV)
    program(place, "python3", OLD)
    done = set_up(place)
    assert done.returncode == 0, done.stdout
    assert "no Python from 3.11 to 3.15 here: uv fetches one" in done.stdout


def test_what_was_interrupted_goes_on_and_is_never_taken_for_a_whole_one(place):
    program(place, "uv", UV)
    program(place, "python3.13", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    assert set_up(place).returncode == 0
    (place / "fails").write_text("error: failed to write: No space left on device (os error 28)\n")
    error, help_ = told(set_up(place, "test"))
    assert error == "error: the packages cannot be installed: the disk is full"
    assert "goes on" in help_
    assert not (place / ".venv/ready-test").exists()
    (place / "fails").unlink()
    (place / "asked").unlink()
    assert set_up(place, "test").returncode == 0
    assert "venv" not in (place / "asked").read_text().split(), "what is there is kept"


def test_a_python_that_is_too_old_is_named(place):
    program(place, "python3", OLD)
    error, help_ = told(set_up(place))
    assert error == "error: no Python from 3.11 to 3.15 found (only 3.9.2)"
    assert "uv" in help_ and "PYTHON=" in help_


def test_no_python_at_all(place):
    error, _ = told(set_up(place))
    assert error == "error: no Python from 3.11 to 3.15 found"


def test_a_python_that_was_named_and_does_not_fit(place):
    program(place, "old", OLD)
    error, _ = told(set_up(place, PYTHON="old"))
    assert error == "error: old is Python 3.9.2, too old or too new"
    error, _ = told(set_up(place, PYTHON="/nowhere/python"))
    assert error.startswith("error: /nowhere/python ")


def test_a_folder_that_cannot_be_written(place):
    program(place, "uv", UV)
    if os.getuid() == 0:  # root may write everywhere: so run as another user
        for folder in [place, *place.parents]:
            if folder.stat().st_uid == 0 and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o055)
        command = [shutil.which("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"]
    else:
        place.chmod(0o555)
        command = []
    environment = {"PATH": str(place / "bin"), "HOME": "/"}
    command += [shutil.which("sh"), "setup/environment.sh", "lab"]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    place.chmod(0o755)
    error, _ = told(done)
    assert error == f"error: this folder cannot be written: {place}"


@pytest.mark.parametrize("tool", ["uv", pytest.param("pip", marks=pytest.mark.nightly)])
def test_no_network(place, tool):
    """The real tools, and an index at a port where no server listens."""
    nowhere = "http://127.0.0.1:9"
    env = {"PIP_INDEX_URL": nowhere, "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1"}
    env |= {"UV_DEFAULT_INDEX": nowhere, "UV_NO_CONFIG": "1", "UV_HTTP_RETRIES": "0"}
    env |= {"UV_CACHE_DIR": str(place / "cache"), "PYTHON": sys.executable, "UV_OFFLINE": "0"}
    if tool == "uv":
        (place / "bin/uv").symlink_to(Path(sys.executable).with_name("uv"))
        # Without pip in it: the environment itself needs no network.
        subprocess.run(
            [place / "bin/uv", "venv", "--quiet", "--python", sys.executable, place / ".venv"],
            check=True,
        )
    error, help_ = told(set_up(place, **env))
    assert error == "error: the packages cannot be installed: the package index cannot be reached"
    assert "network" in help_
    assert not (place / ".venv/ready").exists()


def test_a_copy_for_students_has_no_tests(place):
    (place / "requirements-test.lock").unlink()
    error, help_ = told(set_up(place, "test"))
    assert error == "error: this is a copy for students, without tests and solutions"
    assert "make check" in help_


def test_a_missing_store_does_not_stop_jupyterlab(place):
    """`make lab`, with a doctor that is not content and a JupyterLab that only says it was opened."""
    shutil.copy(ROOT / "Makefile", place)
    commands = place / ".venv/bin"
    commands.mkdir(parents=True)
    for name, text in (
        ("workerlab", "echo 'not ready: Redis'; exit 2"),
        ("jupyter", 'echo "opened: $*"; command -v workerlab'),
    ):
        (commands / name).write_text(f"#!/bin/sh\n{text}\n")
        (commands / name).chmod(0o755)
    (place / ".venv/ready").touch()
    environment = {"PATH": os.defpath, "HOME": str(place)}
    command = [shutil.which("make"), "lab"]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    *_, opened, found = done.stdout.splitlines()
    assert "not ready: Redis" in done.stdout and "opens all the same" in done.stdout
    assert opened.startswith("opened: lab ")
    assert found == str(commands / "workerlab"), "what JupyterLab starts finds it, too"
