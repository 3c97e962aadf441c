"""What the steps of a schedule read and wrote is watched while that schedule runs, and no longer.

To watch it makes every call of every function slower, three times for a small service.
"""

from __future__ import annotations

from pathlib import Path

from workerlab.stepping import Program, SteppedServer
from workerlab.stepping.program import TWO_WORKERS, Request
from workerlab.stepping.searching.schedulers import ReplayScheduler

APP = """
import sys

from fastapi import FastAPI

app = FastAPI()
count = 0


def watched():
    agent = sys.modules["workerlab.stepping.worker.agent"]._agent
    back = sys.modules["workerlab.stepping.worker.tracer"]
    returns = back._monitoring and back._monitoring.get_events(4) & back._monitoring.events.PY_RETURN
    return [bool(agent.tracer.watch_calls), bool(returns)]


@app.post("/add")
async def add():
    global count
    count = count + 1
    return watched()


@app.get("/watched")
async def look():
    return watched()
"""


def test_library_calls_are_watched_in_a_replay_that_is_shown_and_not_after_it(tmp_path: Path):
    (tmp_path / "app.py").write_text(APP)
    program = Program((Request("POST", "/add"), Request("POST", "/add")))
    with SteppedServer(tmp_path / "app.py") as server:

        def said(explain: bool) -> list[bool]:
            trace = server.run(program, TWO_WORKERS, ReplayScheduler([]), explain=explain)
            return trace.history[0].output

        newer = server.ask(Request("GET", "/watched")).output == [False, False]
        assert newer and said(False) == [False, False]
        assert said(True)[0] is True
        for _ in range(8):  # both workers
            assert server.ask(Request("GET", "/watched")).output == [False, False]
        assert said(False) == [False, False]
