"""A step that computes is not taken for one that spins on a lock, and the other way round."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workerlab.processes.tree import has_proc
from workerlab.stepping import SteppedServer
from workerlab.stepping.controller.spinning import ALONE_S, SPIN_COLD_S, SPIN_S, LongestStep
from workerlab.stepping.program import TWO_WORKERS, Program
from workerlab.stepping.searching.schedulers import ReplayScheduler

HASHES = """
import hashlib, os, sqlite3
from contextlib import closing
from fastapi import FastAPI

app = FastAPI()
PATH = os.environ["STATE_FILE"]


def done(statement):
    with closing(sqlite3.connect(PATH, isolation_level=None, timeout=30)) as base:
        base.execute("CREATE TABLE IF NOT EXISTS c (i INTEGER PRIMARY KEY, n INTEGER)")
        return (base.execute(statement).fetchone() or [0])[0]


@app.post("/increment")
def increment():
    hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", ROUNDS)
    return {"count": done("INSERT INTO c VALUES (1, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n")}


@app.get("/report")
def report():
    return {"count": done("SELECT n FROM c")}


@app.post("/reset")
def reset():
    done("DELETE FROM c")
    return {"count": 0}
"""
# fcntl would sleep: this one asks again and again, in a library that no gate holds.
SPINS = """
import os
from fastapi import FastAPI
import spinlock

app = FastAPI()
PATH = os.environ["STATE_FILE"]


@app.post("/increment")
def increment():
    spinlock.take(PATH + ".lock")
    with open(PATH, "a+") as file:
        file.seek(0)
        count = int(file.read() or 0) + 1
        file.truncate(0)
        file.write(str(count))
    spinlock.give(PATH + ".lock")
    return {"count": count}


@app.get("/report")
def report():
    return {"count": int(open(PATH).read() or 0)}


@app.post("/reset")
def reset():
    open(PATH, "w").close()
    return {"count": 0}
"""
SPINLOCK = """
import os


def take(path):
    while True:
        try:
            return os.close(os.open(path, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass


def give(path):
    os.unlink(path)
"""
pytestmark = pytest.mark.skipif(not has_proc(), reason="processor time is known on Linux alone")
INCREMENTS = Program.parse(
    "POST /increment | POST /increment", before="POST /reset", after="GET /report"
)


def test_who_has_nobody_to_wait_for_computes():
    steps = LongestStep()
    assert not steps.spins(ALONE_S - 1, warm=True, alone=True)
    assert steps.spins(SPIN_S * 1.1, warm=True, alone=False)
    assert not steps.spins(SPIN_COLD_S * 0.9, warm=False, alone=False)
    steps.note(0.2)
    assert not steps.spins(0.5, warm=True, alone=False)
    assert steps.spins(1.0, warm=True, alone=False)


def test_a_step_that_computes_is_waited_for(tmp_path: Path):
    app = tmp_path / "app.py"
    app.write_text(HASHES.replace("ROUNDS", "200_000"))  # some 60 ms and more
    with SteppedServer(app, workers=2, env={"STATE_FILE": str(tmp_path / "state")}) as stepped:
        for _ in range(2):  # a worker's first request imports and compiles
            serial = stepped.run(INCREMENTS, TWO_WORKERS, ReplayScheduler(["A"] * 60))
        assert stepped._longest.seconds > SPIN_S
        turns = ["A", "B"] * 60
        trace = stepped.run(INCREMENTS, TWO_WORKERS, ReplayScheduler(turns))
    for run in (serial, trace):
        assert run.end == "finished"
        at_the_hash = [each for each in run.decisions if each.stop and "pbkdf2" in each.stop.source]
        assert len(at_the_hash) == 2
        place = run.decisions.index(at_the_hash[0])
        assert run.decisions[place + 1].blocked == (), "it computed, and counted as waiting"


@pytest.mark.further
def test_a_lock_that_spins_outside_of_the_app_is_still_seen(tmp_path: Path):
    app, library = tmp_path / "app" / "app.py", tmp_path / "lib"
    app.parent.mkdir()
    library.mkdir()
    app.write_text(SPINS)
    (library / "spinlock.py").write_text(SPINLOCK)
    path = ":".join([str(library), *(place for place in sys.path if place)])
    env = {"STATE_FILE": str(tmp_path / "state"), "PYTHONPATH": path}
    with SteppedServer(app, workers=2, env=env) as stepped:
        stepped.run(INCREMENTS, TWO_WORKERS, ReplayScheduler(["A"] * 60))
        trace = stepped.run(INCREMENTS, TWO_WORKERS, ReplayScheduler(["A", "A", "A"] + ["B"] * 60))
    assert trace.end == "finished"
    assert any("B" in each.blocked for each in trace.decisions), "it spun, and was not seen to wait"
    assert [event.output for event in trace.history][1:] == [{"count": n} for n in (1, 2, 2)]
