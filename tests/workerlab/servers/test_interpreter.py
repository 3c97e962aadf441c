"""Workers in the Python of another project: with its packages, and next to nothing of ours."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest
from homes import RACY

from workerlab import explore
from workerlab.errors import BadUsage
from workerlab.servers import Server
from workerlab.servers.interpreter import WORKER_SIDE, Interpreter, put_worker_side

LOOKS_ROUND = (
    RACY.replace("import os\n", "import os\nimport sys\nfrom importlib.util import find_spec\n")
    + """

import only_there


@app.get("/where")
async def where():
    ours = [name for name in ("workerlab.cli", "workerlab.errors") if find_spec(name)]
    return {"prefix": sys.prefix, "there": only_there.NAME, "ours": ours}
"""
)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project with a virtual environment: FastAPI and uvicorn, and a package that we have not."""
    folder = tmp_path_factory.mktemp("project")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    (packages,) = (folder / ".venv").glob("lib/python*/site-packages")
    # A folder that a .pth names is not searched for more of them: our own installation stays behind.
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (packages / "only_there.py").write_text('NAME = "the project"\n')
    (folder / "app.py").write_text(LOOKS_ROUND)
    return folder


def test_its_races_are_found_in_its_own_environment(project: Path) -> None:
    verdict = explore(
        project / "app.py",
        python=project / ".venv",
        model="serial",
        after="GET /report | GET /where",
        seconds=1.0,
    )
    assert verdict.status == "failed", verdict.message
    last = verdict.evidence["requests"][-1]
    assert last["output"] == {"prefix": str(project / ".venv"), "there": "the project", "ours": []}
    assert verdict.evidence["steps"][0]["source"].startswith("count = read()")


def test_it_gets_what_a_worker_imports_and_nothing_else(tmp_path: Path) -> None:
    put_worker_side(tmp_path)
    given = {path.relative_to(tmp_path / "workerlab") for path in tmp_path.rglob("*.py")}
    script = (
        "import os, sys\n"
        "from workerlab.servers import boot\n"
        "import workerlab.stepping.worker.agent\n"
        "import workerlab.servers.import_failure\n"  # of an app that cannot be imported
        "print(*[m.__file__ for n, m in sys.modules.items() if n.startswith('workerlab')])"
    )
    (tmp_path / "app.py").write_text("app = None\n")
    variables = {"WORKERLAB_APP": str(tmp_path / "app.py"), "WORKERLAB_FOLDER": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path), **variables},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {Path(file).relative_to(tmp_path / "workerlab") for file in done.stdout.split()}
    assert loaded == given
    assert all(any(str(path).startswith(name) for name in WORKER_SIDE) for path in given)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 1", "does not run as a Python"),
        ('echo \'[[3, 10, 1], "cpython", ["uvicorn"], [], "/x", true]\'', "is cpython 3.10.1"),
        ('echo \'[[3, 12, 1], "pypy", ["uvicorn"], [], "/x", true]\'', "is pypy 3.12.1"),
        (
            'echo \'[[3, 12, 1], "cpython", [], [], "/x", true]\'',
            "has no uvicorn to serve the app with",
        ),
    ],
)
def test_what_cannot_run_workers_is_told(tmp_path: Path, script: str, said: str) -> None:
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    with pytest.raises(BadUsage) as caught:
        Interpreter.of(fake)
    assert said in str(caught.value) and caught.value.advice


def test_a_path_without_a_python(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="there is no Python at"):
        Interpreter.of(tmp_path)


def test_it_says_where_a_package_of_its_own_is(project: Path) -> None:
    own = Interpreter.of(project / ".venv")
    assert own.place_of("only_there") == str(own.libraries / "only_there.py")
    assert own.place_of("nowhere") == ""
    assert own.replaces, "this uvicorn starts a worker in the place of a dead one"


def test_an_older_uvicorn_is_started_anew_for_new_workers(project: Path, write_app) -> None:
    old = replace(Interpreter.of(project / ".venv"), replaces=False)  # as one before 0.30
    app = write_app("from fastapi import FastAPI\napp = FastAPI()\n")
    with Server(app, workers=2, warm=True, python=old) as server:
        before = {*server.pids}
        server.replace_workers(lambda: None)
        server.wait_for_workers()
        assert not before & {*server.pids}
        assert server.log.count("Started parent process") == 2
