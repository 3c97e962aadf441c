"""Warm workers: they have their libraries when they start, and differ in nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from workerlab.errors import AppDidNotStart
from workerlab.processes.tree import parents
from workerlab.servers import Server
from workerlab.servers.libraries import import_libraries

APP = """
import sys

had = sorted({"redis", "psutil", "beside", "app"} & set(sys.modules))  # "app" is this one

import multiprocessing
import os
import random

import beside
import psutil
import redis
from fastapi import FastAPI

app = FastAPI()
imported_by, number = os.getpid(), random.random()


@app.get("/")
async def about() -> dict:
    method = multiprocessing.get_start_method()
    return {
        "had": had, "imported_by": imported_by, "pid": os.getpid(), "number": number,
        "beside": beside.imported_by, "method": method, "argv": sys.argv, "name": __name__,
        "path": [place for place in sys.path if "warm" not in place],
    }
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "beside.py").write_text("import os\n\nimported_by = os.getpid()\n")
    return tmp_path / "app.py"


def told(server: Server) -> list[dict]:
    """What each worker says about itself."""
    answers = []
    for _, connection in server.connections():
        answers.append(_ask(connection))
        connection.close()
    return answers


def _ask(connection: HTTPConnection) -> dict:
    connection.request("GET", "/")
    return json.loads(connection.getresponse().read())


def test_each_worker_imports_the_app_and_has_its_libraries(app: Path) -> None:
    with Server(app, workers=3, warm=True) as server:
        workers = told(server)
    assert len({worker["pid"] for worker in workers}) == 3
    for worker in workers:
        assert worker["imported_by"] == worker["beside"] == worker["pid"]
        assert worker["had"] == ["app", "redis"]  # not psutil, which is not on the list
    assert len({worker["number"] for worker in workers}) == 3  # no two share a random state


@pytest.mark.skipif(sys.platform != "linux", reason="workers are warm on Linux alone")
def test_a_single_worker_is_replaced_by_the_process_that_forked_it(app: Path) -> None:
    with Server(app, workers=1, warm=True) as server:
        (before,) = told(server)
        parent, seen = parents()[before["pid"]], []
        server.replace_workers(lambda: seen.append(server.pids))
        (after,) = told(server)
        assert seen == [[]]
        assert after["pid"] != before["pid"]
        assert parents()[after["pid"]] == parent


def test_a_worker_cannot_tell_the_difference(app: Path) -> None:
    with Server(app, workers=2) as server:
        cold = told(server)
    with Server(app, workers=2, warm=True) as server:
        warm = told(server)
    assert cold[0]["had"] == ["app"]
    for key in ("method", "name", "path"):
        assert warm[0][key] == cold[0][key], key


def test_a_killed_worker_is_replaced_and_nothing_is_left(app: Path) -> None:
    with Server(app, workers=2, warm=True) as server:
        first = server.pids
        server.kill(first[0])
        second = server.wait_for_workers()
        assert first[1] in second and len(second) == 2 and first[0] not in second
        pids = server.tree()
        assert len(pids) > 2  # those that make the workers, too
        server.restart()
        assert not set(server.pids) & set(second)
    assert server.left_behind == []
    assert not set(pids) & set(parents())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import redis\n1 / 0\n", "ZeroDivisionError"),
        ("import redis\nimport no_such_library\napp = 1\n", "No module named 'no_such_library'"),
        ("def", "SyntaxError"),
    ],
)
def test_an_app_that_does_not_import_is_reported_as_ever(app: Path, text: str, says: str) -> None:
    app.write_text(text)
    with pytest.raises(AppDidNotStart, match=says):
        Server(app, workers=2, warm=True).start()


def test_only_what_is_known_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("known_one", "another_one"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    app = tmp_path / "apps" / "app.py"
    app.parent.mkdir()
    app.write_text("import known_one\nimport another_one\n")
    import_libraries(app, only={"known_one"})
    assert sys.modules.pop("known_one")
    assert "another_one" not in sys.modules


FIRST_USE = """
import asyncio, runpy, sys
from workerlab.servers.preload import preload
preload()
before = {*sys.modules}
app = runpy.run_path(sys.argv[1])["app"]
async def use():
    async def receive(): return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message): answers.append(message)
    answers = []
    scope = {"type": "http", "method": "GET", "path": "/one/7", "headers": [], "query_string": b""}
    await app(scope, receive, send)
    assert answers[0]["status"] == 200, answers
asyncio.run(use())
print(*sorted({*sys.modules} - before))
"""
USES = """
import httpx
from fastapi import FastAPI
app = FastAPI()
client = httpx.AsyncClient()
@app.get("/one/{n}")
def one(n: int) -> int:
    return n
"""


def test_what_a_library_imports_later_is_imported_once_too(tmp_path: Path) -> None:
    """FastAPI and httpx import half of what they need when they are first used: in each worker."""
    app = tmp_path / "app.py"
    app.write_text(USES)
    command = [sys.executable, "-W", "error", "-c", FIRST_USE, str(app)]
    run = subprocess.run(
        command, env={**os.environ, "WORKERLAB_APP": str(app)}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    late = {name.partition(".")[0] for name in run.stdout.split()}
    assert not late & {"pydantic", "anyio", "httpcore", "h11", "encodings"}, run.stdout


HELD = """
import os, signal, threading
from uvicorn.config import Config
from workerlab.servers.fork_server import Supervisor
parent = Supervisor(Config("app:app"), [])
threading.Thread(target=os.kill, args=[os.getpid(), signal.SIGCONT]).start()
parent.should_exit.wait(600)
print("goes on")
"""


def test_a_parent_that_was_held_looks_after_its_workers_at_once() -> None:
    """uvicorn's own looks every half second: that was most of a schedule with new workers."""
    run = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, timeout=60)
    assert run.stdout == "goes on\n", run.stderr
