"""A person chooses which request moves next: real workers move, branches are run again, a loss is found."""

import json
import os
import signal
import time
from pathlib import Path
from threading import Timer

import pytest

from workerlab.errors import BadUsage
from workerlab.history import Event
from workerlab.stepping import Program, SteppedServer, replay, search
from workerlab.stepping.controller.execution import HOLD_S, Execution
from workerlab.stepping.interactive.live_run import LiveRun, in_turns
from workerlab.stepping.program import ONE_WORKER, TWO_WORKERS
from workerlab.stepping.searching.schedulers import Scheduler

HERE = Path(__file__).parents[1]
TWO = "POST /increment | POST /increment"
THREE = f"{TWO} | POST /increment"


@pytest.fixture(scope="module")
def count_file(tmp_path_factory):
    return tmp_path_factory.mktemp("live") / "count"


@pytest.fixture(scope="module")
def three_gates(count_file):
    """One stepped server for all tests that only need the usual app on two workers."""
    env = {"STORE": "memory", "PLACE": str(count_file), "PYTHONPATH": str(HERE)}
    with SteppedServer(HERE / "apps/three_gates.py", env=env) as started:
        yield started


@pytest.fixture
def by_hand(stepped_app, three_gates):
    """by_hand(app, store, program, **frame) -> a LiveRun, let go at the end of the test."""
    opened = []

    def start(app=None, store="memory", program=TWO, placement=TWO_WORKERS, workers=2, **frame):
        stepped = stepped_app(app, store, workers=workers) if app else three_gates
        opened.append(LiveRun(stepped, program, placement, **frame))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def status(run) -> str:
    return run.state()["outcome"]["status"]


def message(run) -> str:
    return run.state()["outcome"]["message"]


def to_the_end(run, task: str) -> None:
    while task in run.state()["enabled"]:
        run.step(task)


def stored(file: Path) -> int:
    return int.from_bytes(file.read_bytes(), "little")


def test_a_step_moves_a_real_worker_by_one_gate(by_hand, count_file):
    run = by_hand()
    assert run.state()["enabled"] == ["A", "B"]
    run.step("A")
    assert "A stands before line 12, nothing(); B has not begun" in message(run)
    run.step("A")
    assert stored(count_file) == 0
    run.step("A")
    assert stored(count_file) == 1
    assert "A has answered" in message(run)
    assert run.state()["enabled"] == ["B"]


@pytest.mark.parametrize("place", [(), ("three_gates", "redis")], ids=["memory", "redis"])
def test_a_reader_finds_the_lost_update(by_hand, place):
    run = by_hand(*place)
    run.step("A")
    to_the_end(run, "B")
    assert status(run) == "open"
    to_the_end(run, "A")
    state = run.state()
    assert state["outcome"]["status"] == "found" and state["enabled"] == []
    assert "A is answered 1, B is answered 1, report says 1" in state["evidence"]["actual"]
    verdict = run.check()
    assert verdict.passed, verdict.message
    assert verdict.message.startswith("found: your schedule ABBBAA loses, and did so again 3")
    assert verdict.evidence["replayed"] == 3 and "seed" not in verdict.evidence
    assert [task for task in verdict.evidence["schedule"] if task in "AB"] == list("ABBBAA")
    assert replay(run.stepped, verdict.evidence).status == "failed"


@pytest.mark.further
@pytest.mark.parametrize("store", ["memory", "redis"])
def test_three_workers_lose_two_updates(by_hand, store):
    run = by_hand("three_gates", store, THREE, workers=3)
    for task in "ABC":
        run.step(task)
    assert len({row["worker"] for row in run.state()["evidence"]["requests"]}) == 3
    for task in "ABC":
        to_the_end(run, task)
    assert "report says 1" in run.state()["evidence"]["actual"]
    assert run.check().passed


def test_two_coroutines_of_one_worker_lose_an_update(by_hand):
    run = by_hand("one_worker", placement=ONE_WORKER)
    run.step("A")
    assert "A has come back to line 14, await asyncio.sleep(0)" in message(run)
    to_the_end(run, "B")
    to_the_end(run, "A")
    assert run.check().passed


def test_the_state_shows_values_as_soon_as_they_are_there_and_is_json(by_hand):
    run = by_hand()
    for task in "AB":
        run.step(task)
    state = json.loads(json.dumps(run.state()))
    evidence = state["evidence"]
    assert [(s["task"], s["source"], s["read"]) for s in evidence["steps"]] == [
        ("A", "count = store.read()", "0"),
        ("B", "count = store.read()", "0"),
    ]
    assert evidence["steps"][0]["preempted"]
    assert (evidence["expected"], evidence["actual"]) == ("", "")
    assert [(row["task"], row["status"]) for row in evidence["requests"]] == [
        ("A", None),
        ("B", None),
    ]
    assert (state["schedule"], state["current"]) == (["A", "B"], "B")


def test_going_back_runs_the_beginning_again_on_the_same_workers(by_hand, count_file):
    run = by_hand()
    workers = run.stepped.workers
    run.go("AAA")
    assert stored(count_file) == 1
    run.back()
    assert run.schedule == ["A", "A"]
    assert stored(count_file) == 0
    run.go("ABABAB")
    assert status(run) == "found"
    run.back()
    assert (status(run), run.schedule) == ("open", list("ABABA"))
    run.reset()
    assert (run.schedule, run.state()["enabled"]) == ([], ["A", "B"])
    run.go("AAABBB")
    assert status(run) == "no loss"
    assert "A is answered 1, B is answered 2, report says 2" in message(run)
    assert [(b["name"], b["status"]) for b in run.state()["branches"]] == [
        ("ABABAB", "found"),
        ("AAABBB", "no loss"),
    ]
    assert run.stepped.workers == workers


def test_abandoned_runs_leave_clean_connections(by_hand):
    run = by_hand("six_gates", "redis")
    lines = run.stepped.connections.open
    for count in range(1, 6):
        run.go("AB" * count)
        run.reset()
    assert run.stepped.connections.open == lines
    run.go("AAAAAABBBBBB")
    assert status(run) == "no loss"


def test_a_schedule_of_the_search_can_be_followed(by_hand):
    run = by_hand()
    run.go("ABBBAA")
    evidence = run.check().evidence
    assert evidence["schedule"][-1] == "report"
    run.reset()
    run.go(evidence["schedule"])
    assert status(run) == "found"


def test_a_reader_may_think_longer_than_a_search_may_hold(by_hand):
    run = by_hand()
    run.step("A")
    time.sleep(HOLD_S + 0.2)  # the reader thinks
    to_the_end(run, "B")
    to_the_end(run, "A")
    assert status(run) == "found"


def test_a_search_still_discards_a_task_held_too_long(three_gates):
    class Slow(Scheduler):
        def choose(self, step, enabled, current):
            time.sleep(0.1)  # it takes its time
            return enabled[0]

    program = Program.parse(TWO)
    assert three_gates.run(program, TWO_WORKERS, Slow(), hold_s=0.05).end == "discarded"
    assert three_gates.run(program, TWO_WORKERS, Slow(), hold_s=60).end == "finished"


def test_who_waits_for_a_lock_cannot_be_stepped(by_hand):
    run = by_hand("locked")
    run.go("AAB")
    while "B" in run.state()["enabled"]:
        run.step("B")
    state = run.state()
    assert state["enabled"] == ["A"] and "B waits for another" in state["outcome"]["message"]
    assert state["evidence"]["steps"][-1]["kind"] == "blocked"
    with pytest.raises(BadUsage, match="B cannot move now") as caught:
        run.step("B")
    assert caught.value.advice == "step A"
    run.reset()  # while A has the lock
    run.go("A")
    to_the_end(run, "A")
    to_the_end(run, "B")
    assert status(run) == "no loss"
    with pytest.raises(BadUsage, match="A cannot move now") as caught:
        run.step("A")
    assert "go back" in caught.value.advice


def test_check_says_what_to_try(by_hand):
    run = by_hand()
    run.go("AB")
    verdict = run.check()
    assert verdict.status == "inconclusive" and "no schedule has been run" in verdict.message
    assert run.schedule == ["A", "B"], "the run under way is there again"
    run.go("AAABBB")
    verdict = run.check()
    assert verdict.status == "inconclusive" and verdict.evidence is None
    assert "there is one that does; interrupt a request once" in verdict.message
    assert verdict.tried["schedules"] == 1


@pytest.mark.parametrize("app", ["atomic", "locked"])
def test_check_says_when_there_is_none_to_find(by_hand, app):
    run = by_hand(app)
    assert "no schedule has been run to its end" in run.check().message
    to_the_end(run, "A")
    to_the_end(run, "B")
    verdict = run.check()
    assert verdict.status == "inconclusive"
    assert "perhaps there is none" in verdict.message
    assert "no losing schedule among" in verdict.message


@pytest.mark.further
def test_what_is_lost_only_because_a_lease_ran_out_does_not_count(by_hand):
    run = by_hand("short_lease", "redis")
    while "A stands before line 17, store.write" not in message(run):
        run.step("A")
    time.sleep(0.7)  # the reader thinks, and A's lease runs out
    to_the_end(run, "B")
    to_the_end(run, "A")
    assert status(run) == "found"
    verdict = run.check()
    assert verdict.status == "inconclusive"
    assert "not again at full speed" in verdict.message


@pytest.fixture
def machine_stands_still(monkeypatch):
    """machine_stands_still(n): in all of n runs but the last, a request is held too long."""
    runs: list[Execution] = []

    def every(number):
        def held_too_long(run):
            if run not in runs:
                runs.append(run)
            return len(runs) % number != 0

        monkeypatch.setattr(Execution, "_held_too_long", held_too_long)

    return every


def test_a_run_that_was_held_up_says_nothing_about_a_loss(by_hand, machine_stands_still):
    run = by_hand()
    run.go("AABBBA")
    assert status(run) == "found"
    machine_stands_still(3)
    assert run.check().passed
    searched = search(run.stepped, run.program, placements=(TWO_WORKERS,), schedules=30)
    assert searched.status == "failed"
    assert replay(run.stepped, searched.evidence).status == "failed"


def test_a_loss_that_could_not_be_run_again_is_run_again_at_the_next_check(
    by_hand, machine_stands_still
):
    run = by_hand()
    run.go("AABBBA")
    machine_stands_still(10**6)
    verdict = run.check()
    assert verdict.status == "inconclusive" and "not again at full speed" in verdict.message
    machine_stands_still(1)
    assert run.check().passed


@pytest.mark.nightly
def test_a_deadlock_is_a_loss_and_interrupting_the_wait_harms_nothing(by_hand):
    frame = {"program": "POST /ab | POST /ba", "before": "", "after": "", "model": "serial"}
    run = by_hand("ab_ba", **frame)
    run.go("AABB")
    to_the_end(run, "A")
    interrupt = Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):  # the reader presses Interrupt
        interrupt.start()
        to_the_end(run, "B")
    state = run.state()
    assert state["outcome"]["status"] == "stuck" and "deadlock" in state["outcome"]["message"]
    verdict = run.check()
    assert verdict.passed and "ends in a deadlock" in verdict.message


def test_it_says_when_the_workers_go_another_way(by_hand):
    run = by_hand("another_way")
    to_the_end(run, "A")
    run.back()
    assert message(run).startswith("The workers went another way")
    run.step("A")
    assert "another way" not in message(run)
    run.go("AAAAAAAAAAAAAAAA")
    assert "Stopped before move" in message(run) and "A cannot move now" in message(run)


def test_only_requests_are_stepped(by_hand):
    with pytest.raises(BadUsage, match="a worker's start cannot be stepped"):
        by_hand(program="POST /increment | START")


@pytest.mark.further
def test_workers_that_died_are_met_anew(by_hand):
    run = by_hand("one_line")
    run.step("A")
    before = run.stepped.workers
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    run.reset()
    to_the_end(run, "A")
    assert "A has answered" in message(run)
    assert not set(run.stepped.workers) & set(before)


def test_a_beginning_that_fails_is_reported_and_can_be_tried_again(by_hand, monkeypatch):
    run = by_hand()
    no_answer = Event("-", "POST", "/reset", error="TimeoutError")
    with monkeypatch.context() as patched:
        patched.setattr(run.stepped, "ask", lambda request: no_answer)
        run.reset()
        assert status(run) == "discarded" and "got no answer" in message(run)
    run.reset()
    assert status(run) == "open"


def test_a_long_schedule_is_named_by_its_turns():
    assert in_turns("AABA") == "AABA"
    assert in_turns("A" * 9 + "B" * 8 + "A") == "A×9 B×8 A"
