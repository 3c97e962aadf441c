"""The verdicts of the search: right apps pass, wrong ones lose with a schedule that replays."""

import re

import pytest
from further import mostly_further

from workerlab.draw.frames import frames_of
from workerlab.processes.patience import Stopwatch
from workerlab.stepping import Program, crash_points, replay, search
from workerlab.stepping.program import ONE_WORKER, TWO_WORKERS
from workerlab.stepping.searching.attempts import learn_serial_outcomes
from workerlab.stepping.searching.oracle import Oracle
from workerlab.stepping.searching.schedulers import RandomScheduler, ReplayScheduler

TWO = "POST /increment | POST /increment"
STORES = ("memory", "sqlite", "redis")
LOST = "A is answered 1, B is answered 1, report says 1"


@pytest.mark.serial
@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("app", ["six_gates", "six_gates_sync", "one_line", "read_before_lock"])
def test_racy_apps_lose(stepped_app, app, store):
    stepped = stepped_app(app, store)
    watch = Stopwatch()
    verdict = search(stepped, TWO)
    assert verdict.status == "failed"
    assert watch.seconds < 5
    evidence = verdict.evidence
    assert evidence["replayed"] == 3
    lost = r"A is answered (\d), B is answered \1," if app == "one_line" else LOST
    assert re.search(lost, evidence["actual"]), evidence["actual"]
    again = replay(stepped, evidence)
    assert again.status == "failed"
    assert again.evidence["schedule"] == evidence["schedule"]


@pytest.mark.parametrize("store", mostly_further(STORES, "sqlite".__eq__))
@pytest.mark.parametrize("app", mostly_further(["atomic", "locked"], "atomic".__eq__))
def test_right_apps_pass(stepped_app, app, store):
    verdict = search(stepped_app(app, store), TWO, seconds=2)
    assert verdict.status == "passed", verdict.message
    assert verdict.tried["schedules"] > 3


@pytest.mark.further
def test_a_slow_machine_makes_no_wrong_app_pass(stepped_app):
    """Each placement gets a least number of schedules; where it cannot, nothing is decided."""
    assert search(stepped_app("six_gates"), TWO, seconds=0.02).status == "failed"
    right = stepped_app("atomic")
    assert search(right, TWO, seconds=0.001, least=1).status == "passed"
    cut_short = search(stepped_app("locked"), TWO, seconds=0)
    assert cut_short.status == "inconclusive"
    assert "schedules could be tried in the time there was" in cut_short.message


def test_evidence_shows_lines_and_values(stepped_app):
    evidence = search(stepped_app("six_gates"), TWO).evidence
    lines = {step["source"]: step for step in evidence["steps"]}
    assert lines["count = store.read()"]["read"] == "0"
    assert lines["store.write(count + 1)"]["wrote"] is None, "it returns nothing that says so"
    assert any(step["preempted"] for step in evidence["steps"])
    assert [step["source"] for step in evidence["steps"] if step["kind"] == "response"]


def test_an_await_between_read_and_write_loses_in_one_worker(stepped_app):
    verdict = search(stepped_app("one_worker"), TWO, placements=(ONE_WORKER,))
    assert verdict.status == "failed"
    assert verdict.evidence["placement"] == ONE_WORKER
    read, *_, wrote = lines_of_a(verdict.evidence)
    assert (read["source"], read["read"]) == ("count = store.read()", "0")
    assert (wrote["source"], wrote["wrote"]) == ("store.write(count + 1)", None)


def test_a_global_variable_shows_its_values_between_two_awaits(stepped_app):
    verdict = search(stepped_app("await_between"), TWO, placements=(ONE_WORKER,))
    read, *_, wrote, _ = lines_of_a(verdict.evidence)
    assert (read["source"], read["read"]) == ("seen = count", "0")
    assert (wrote["source"], wrote["wrote"]) == ("count = seen + 1", "1")


def lines_of_a(evidence) -> list[dict]:
    """The steps of the first request, without its answer."""
    steps = [step for step in evidence["steps"] if step["task"] == "A"]
    assert steps.pop()["kind"] == "response"
    return steps


@pytest.mark.further
def test_locks_taken_in_two_orders_are_a_deadlock(stepped_app):
    stepped = stepped_app("ab_ba")
    program = Program.parse("POST /ab | POST /ba", before="", after="", model="serial")
    verdict = search(stepped, program, placements=(TWO_WORKERS,))
    assert verdict.status == "failed"
    assert "deadlock" in verdict.message
    assert frames_of(verdict.evidence)["frames"][-1]["states"] == ["waits", "waits"]


def test_an_answer_before_the_write_is_a_loss(stepped_app):
    verdict = search(stepped_app("answers_first"), TWO)
    assert verdict.status == "failed"


@pytest.mark.further
def test_a_rare_loss_behind_a_lock_is_found(stepped_app):
    """It shows in fewer than one in fifty schedules by chance, and the search finds it."""
    stepped = stepped_app("rare")
    program = Program.parse("POST /slow | POST /increment", model="serial")
    oracle = Oracle(program)
    learn_serial_outcomes(stepped, oracle)
    lost = sum(
        oracle.violation(stepped.run(program, TWO_WORKERS, RandomScheduler(f"rare/{n}")).history)
        is not None
        for n in range(100)
    )
    assert lost < 2
    assert search(stepped, program, seconds=20, schedules=400).status == "failed"


@pytest.mark.further
def test_crash_points_of_a_right_app(stepped_app):
    verdict = crash_points(stepped_app("locked", workers=3))
    assert verdict.status == "passed", verdict.message
    assert verdict.tried["crash_points"] > 4


@pytest.mark.further
@pytest.mark.parametrize(
    ("app", "where", "expected"),
    [
        ("answers_first", "killed", "what was acknowledged is still there, once"),
        pytest.param(
            "wiped_at_start",
            "while it was idle, and was replaced",
            "what was acknowledged",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            "lock_for_ever",
            "before line",
            "an answer to POST /increment within 2 s",
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_a_crash_that_harms_the_others_replays(stepped_app, app, where, expected):
    stepped = stepped_app(app, "redis", workers=3)
    verdict = crash_points(stepped, deadline=2.0)
    assert verdict.status == "failed"
    assert where in verdict.message
    evidence = verdict.evidence
    assert expected in evidence["expected"]
    assert [step["kind"] for step in evidence["steps"]][-1] == "killed"
    assert evidence["replayed"] == (1 if app == "lock_for_ever" else 3)
    again = replay(stepped, evidence)
    assert again.status == "failed"
    assert again.evidence["crash_point"] == evidence["crash_point"]


def at_most_one(run):
    """The report says one at most."""
    count = run.after[-1].body["count"]
    assert count <= 1, f"it says {count}"


def never_less_than_before(run):
    counts = [response.body["count"] for response in run.after]
    assert counts == sorted(counts)


@pytest.mark.further
def test_an_invariant_must_hold_after_every_crash(stepped_app):
    stepped = stepped_app("locked", workers=3)
    verdict = crash_points(stepped, invariants=[never_less_than_before])
    assert verdict.passed and "every invariant held" in verdict.message
    verdict = crash_points(stepped, invariants=[at_most_one])  # who dies late is asked again
    assert verdict.status == "failed"
    assert "at_most_one does not hold: The report says one at most (it says " in verdict.message
    again = replay(stepped, verdict.evidence)
    assert again.status == "failed" and "at_most_one" in again.message


@pytest.mark.further
def test_without_a_model_the_app_itself_is_the_truth(stepped_app):
    program = Program.parse(TWO, model="serial")
    assert search(stepped_app("six_gates"), program).status == "failed"
    assert search(stepped_app("atomic"), program, seconds=1).status == "passed"


def test_the_evidence_is_of_a_run_that_loses(stepped_app, monkeypatch):
    """A run for the picture that came another way, as a store's timer may make it, is none."""
    stepped, runs = stepped_app("six_gates"), []

    def run(program, placement, chooser, *, explain=False, **options):
        runs.append(explain)
        if explain and runs.count(True) < 3:
            chooser = ReplayScheduler([])  # one after the other: nothing is lost
        return type(stepped).run(stepped, program, placement, chooser, explain=explain, **options)

    monkeypatch.setattr(stepped, "run", run)
    verdict = search(stepped, TWO)
    assert verdict.status == "failed" and runs.count(True) == 3
    assert any(step["read"] for step in verdict.evidence["steps"])
    monkeypatch.undo()
    assert replay(stepped, verdict.evidence).status == "failed"
