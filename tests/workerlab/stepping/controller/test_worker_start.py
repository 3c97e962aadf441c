"""A worker that starts is stepped against requests under way."""

import sys

import pytest

from workerlab.errors import BadUsage, NotReady
from workerlab.history import Event, History
from workerlab.servers.libraries import import_libraries, libraries
from workerlab.stepping import Program, replay, search
from workerlab.stepping.controller.stop import Stop
from workerlab.stepping.controller.trace import Decision, Trace
from workerlab.stepping.program import TWO_WORKERS
from workerlab.stepping.protocol import STARTS
from workerlab.stepping.searching.evidence import evidence_of
from workerlab.stepping.searching.oracle import Violation
from workerlab.stepping.searching.schedulers import ReplayScheduler

PROGRAM = 'START | PUT /settings {"value": "new"}'
OPTIONS = {
    "before": 'PUT /settings {"value": "old"}',
    "after": "GET /settings",
    "model": "serial",
}


@pytest.fixture
def settings(stepped_app):
    def make(order: str = "read first"):
        env = {"SUBSCRIBE_FIRST": "yes" if order == "subscribe first" else "no"}
        return stepped_app("settings_read_first", "redis", workers=6, env=env)

    return make


def test_a_change_between_its_read_and_its_subscription_is_found(settings):
    stepped = settings("read first")
    verdict = search(stepped, PROGRAM, preemptions=1, schedules=25, least=25, **OPTIONS)
    assert verdict.status == "failed"
    evidence = verdict.evidence
    assert evidence["replayed"] == 3
    shown = [step["source"] for step in evidence["steps"] if step["task"] == "A"]
    assert any("redis.get" in line for line in shown)
    told = [row["output"]["value"] for row in evidence["requests"] if row["path"] == "/settings"]
    assert "old" in told[1:]
    assert replay(stepped, evidence).status == "failed"


def test_steps_of_a_start_that_touched_no_store_are_not_shown():
    lines = ("app = FastAPI()", "value = store.get()")
    stops = [Stop(1, n, n, "call", "", "app.py", source=line) for n, line in enumerate(lines, 1)]
    stops.insert(0, Stop(1, 0, 0, STARTS, "", ""))
    decisions = [Decision("A", ("A",), None, stop) for stop in stops]
    history = History([Event("A", "START", "", called=1, returned=2, status=200, output="started")])
    trace = Trace(decisions, history, idle={1})
    shown = evidence_of(Program.parse("START"), TWO_WORKERS, trace, Violation("", ""), 1, 3)[
        "steps"
    ]
    assert [step["source"] for step in shown] == ["", "value = store.get()"]


@pytest.mark.further
def test_who_subscribes_first_misses_nothing(settings):
    stepped = settings("subscribe first")
    verdict = search(stepped, PROGRAM, preemptions=1, schedules=12, least=12, **OPTIONS)
    assert verdict.status == "passed"
    assert "the 12 schedules tried" in verdict.message  # not "all there are": some come to the same


@pytest.mark.further
def test_the_start_is_one_of_the_tasks_and_its_answer_is_that_the_worker_is_up(settings):
    stepped = settings()
    before = set(stepped.workers)
    trace = stepped.run(Program.parse(PROGRAM, **OPTIONS), TWO_WORKERS, ReplayScheduler([]))
    (start,) = [event for event in trace.history if event.method == "START"]
    assert start.ok
    assert start.pid not in before
    assert start.pid in stepped.workers
    asked = {event.pid for event in trace.history if event.client == "settings"}
    assert asked == set(stepped.workers)


@pytest.mark.further
def test_a_program_without_a_start_goes_on_as_before(settings):
    stepped = settings()
    stepped.run(Program.parse(PROGRAM, **OPTIONS), TWO_WORKERS, ReplayScheduler([]))
    options = OPTIONS | {"schedules": 3, "least": 3}
    assert search(stepped, 'PUT /settings {"value": "x"}', **options).status == "passed"
    stepped.refresh()  # workers that still waited at the door have been let go
    assert len(stepped.workers) == 6


def test_a_start_needs_a_worker_that_responds_meanwhile(stepped_app):
    stepped = stepped_app("settings_read_first", "redis", workers=1)
    with pytest.raises(NotReady, match="second worker"):
        stepped.run(Program.parse(PROGRAM, **OPTIONS), TWO_WORKERS, ReplayScheduler([]))


def test_one_start_at_most():
    with pytest.raises(BadUsage, match="one worker at most"):
        Program.parse("START | START")
    program = Program.parse("start | POST /increment")
    assert program.starts_a_worker
    assert str(program) == "START | POST /increment"


def test_the_libraries_of_a_file(tmp_path):
    file = tmp_path / "app.py"
    file.write_text("import os, redis.asyncio\nfrom fastapi import FastAPI\nfrom . import own\n")
    assert [*libraries(file)] == ["os", "redis.asyncio", "fastapi"]
    file.write_text("def broken(:\n")
    assert [*libraries(file)] == []
    assert [*libraries(tmp_path / "missing.py")] == []


def test_what_the_app_imports_is_imported_in_advance_and_its_own_files_are_not(tmp_path):
    (tmp_path / "app.py").write_text("import own_code\nimport no_such_library\n")
    (tmp_path / "other.py").write_text("import antigravity\n")  # no app imports this file
    sys.modules.pop("sched", None)
    (tmp_path / "own_code.py").write_text("import sched\nimport app\nraise SystemExit\n")
    import_libraries(tmp_path / "app.py")
    assert "sched" in sys.modules
    assert not {"own_code", "antigravity"} & set(sys.modules)
