"""The reduced search against all orders, on small made-up machines: no outcome may be missing."""

from collections.abc import Iterator
from math import comb, factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import CELLS, NAMES, READS_X, READS_Y, WRITES_X, WRITES_Y, run

from workerlab.stepping.access import ANYTHING, CALL, READ, RETURN, WRITE, Access, conflict
from workerlab.stepping.searching.reduction import ReducedScheduler
from workerlab.stepping.searching.schedulers import ReplayScheduler


def some(steps: st.SearchStrategy, most: int) -> st.SearchStrategy:
    """Two or three tasks, with so many steps in all that every order can be tried."""
    tasks = st.lists(st.lists(steps, min_size=1, max_size=most), min_size=2, max_size=3)
    return tasks.filter(lambda rows: sum(map(len, rows)) <= 8)


def locked(place: str) -> st.SearchStrategy:
    inside = st.lists(st.sampled_from(CELLS), max_size=2)
    return inside.map(lambda steps: [("lock", place), *steps, ("unlock", place)])


free = some(st.sampled_from(CELLS), 4)
with_locks = st.lists(
    st.lists(
        st.one_of(locked("m"), locked("n"), st.sampled_from(CELLS).map(lambda step: [step])),
        min_size=1,
        max_size=2,
    ).map(lambda parts: [step for part in parts for step in part]),
    min_size=2,
    max_size=2,
).filter(lambda rows: sum(map(len, rows)) <= 10)
in_two_orders = [
    [("lock", "m"), ("lock", "n"), WRITES_X, ("unlock", "n"), ("unlock", "m")],
    [("lock", "n"), READS_X, ("lock", "m"), ("unlock", "m"), ("unlock", "n")],
]


def every_outcome(tasks, beginning: tuple[str, ...] = (), follows=()) -> Iterator[str]:
    trace, outcome = run(tasks, ReplayScheduler(beginning), follows)
    if len(trace.decisions) == len(beginning):
        yield outcome
        return
    for name in trace.decisions[len(beginning)].enabled:
        yield from every_outcome(tasks, (*beginning, name), follows)


def explored(tasks, follows=()) -> tuple[set[str], ReducedScheduler, int]:
    workers = {name: place for place, (name, _) in enumerate(zip(NAMES, tasks, strict=False))}
    scheduler, found, runs = ReducedScheduler(workers, dict(follows)), set(), 0
    while scheduler.new_execution():
        trace, outcome = run(tasks, scheduler, follows)
        scheduler.finished(trace)
        found.add(outcome)
        runs += 1
        assert runs <= 2000
    return found, scheduler, runs


@settings(deadline=None)
@given(free)
def test_no_outcome_is_missing(tasks):
    found, scheduler, _ = explored(tasks)
    assert scheduler.exhausted
    assert found == {*every_outcome(tasks)}


@settings(deadline=None)
@given(with_locks)
def test_no_outcome_is_missing_where_tasks_wait(tasks):
    found, scheduler, _ = explored(tasks)
    assert scheduler.exhausted
    assert found == {*every_outcome(tasks)}


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(CELLS), min_size=1, max_size=3), min_size=3, max_size=4
    ).filter(lambda rows: sum(map(len, rows)) <= 8),
    st.sampled_from([{"B": "A"}, {"B": "A", "D": "C"}, {"B": "A", "C": "B"}]),
)
def test_no_outcome_is_missing_where_one_task_follows_another(tasks, follows):
    follows = {name: one for name, one in follows.items() if name in NAMES[: len(tasks)]}
    found, scheduler, _ = explored(tasks, follows.items())
    assert scheduler.exhausted and scheduler.orders == 0
    assert found == {*every_outcome(tasks, follows=follows.items())}


def test_a_deadlock_is_an_outcome():
    found, scheduler, _ = explored(in_two_orders)
    assert scheduler.exhausted
    assert found == {*every_outcome(in_two_orders)}
    assert any("'A': 1, 'B': 2" in outcome for outcome in found)  # both hold one, and wait


@settings(deadline=None)
@given(free)
def test_the_orders_are_counted(tasks):
    _, scheduler, runs = explored(tasks)
    orders = factorial(sum(map(len, tasks)))
    for task in tasks:
        orders //= factorial(len(task))
    assert scheduler.orders == orders
    assert 1 <= scheduler.classes <= runs


@pytest.mark.parametrize(
    ("tasks", "orders", "classes"),
    [
        ([[None, READS_X, None, None, WRITES_X, None]] * 2, comb(12, 6), 4),  # 924
        ([[READS_X, WRITES_X]] * 3, 90, 36),
        ([[WRITES_X]] * 3, 6, 6),
        ([[None] * 6] * 2, comb(12, 6), 1),
        ([[READS_X], [WRITES_Y]], 2, 1),
    ],
)
def test_known_numbers_of_classes(tasks, orders, classes):
    _, scheduler, runs = explored(tasks)
    assert (scheduler.orders, scheduler.classes) == (orders, classes)
    assert runs <= classes + 1  # both serial orders are run, for the judge


def test_tasks_of_one_worker_always_conflict():
    scheduler, runs = ReducedScheduler({"A": 1, "B": 1}), 0
    while scheduler.new_execution():
        scheduler.finished(run([[None] * 3] * 2, scheduler)[0])
        runs += 1
    assert runs == comb(6, 3)


def test_a_step_that_changes_from_run_to_run_ends_it():
    scheduler, tasks = ReducedScheduler({"A": 1, "B": 2}), [[READS_X, WRITES_X]] * 2
    for steps in (tasks, [[READS_Y, WRITES_X]] * 2, [[READS_X, WRITES_Y]] * 2):
        if scheduler.new_execution():
            scheduler.finished(run(steps, scheduler)[0])
    while scheduler.new_execution():
        scheduler.finished(run([[WRITES_Y, READS_Y]] * 2, scheduler)[0])
    assert not scheduler.exhausted
    assert scheduler.caveats == {"its steps are not the same in each run"}


def test_tasks_of_a_worker_that_is_not_known_may_conflict():
    scheduler = ReducedScheduler({"A": 1, "B": 2})
    assert scheduler._conflict("start", frozenset(), "another", frozenset())
    assert not scheduler._conflict("A", frozenset(), "B", frozenset())
    assert not scheduler._conflict("A", frozenset(), "start", frozenset())


@pytest.mark.parametrize(("times", "ends"), [(1, False), (2, False), (3, True)])
def test_a_step_that_is_reported_late_is_run_again(times, ends):
    scheduler, tasks, late = ReducedScheduler({"A": 1, "B": 2}), [[READS_X, WRITES_X]] * 2, 0
    found = set()
    while scheduler.new_execution():
        trace, outcome = run(tasks, scheduler)
        if trace.schedule[:2] == ["A", "B"] and late < times:
            late += 1
            trace.touched[0] = {ANYTHING}
        else:
            found.add(outcome)
        scheduler.finished(trace)
    assert bool(scheduler.caveats) is ends
    assert ends or (scheduler.classes == 4 and found == {*every_outcome(tasks)})


def test_a_caveat_ends_it():
    scheduler = ReducedScheduler({"A": 1, "B": 2})
    scheduler.new_execution()
    trace, _ = run([[READS_X]] * 2, scheduler)
    trace.caveats.add("it starts processes")
    scheduler.finished(trace)
    assert not scheduler.new_execution() and not scheduler.exhausted


@pytest.mark.parametrize(("place", "ends"), [("sqlite", True), ("postgres", False)])
def test_a_wait_that_ends_by_a_timer_ends_it(place, ends):
    scheduler = ReducedScheduler({"A": 1, "B": 2})
    scheduler.new_execution()
    trace, _ = run([[READS_X]] * 2, scheduler)
    trace.any_blocked, trace.touched[0] = True, {Access(WRITE, place, "x")}
    scheduler.finished(trace)
    assert bool(scheduler.caveats) is ends


FOLDER, FILE = Access(READ, "file", "/a/"), Access(WRITE, "file", "/a/b")


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ({READS_X}, {READS_X}, False),
        ({READS_X}, {WRITES_X}, True),
        ({WRITES_X}, {WRITES_Y}, False),
        ({WRITES_X}, {Access(READ, "store")}, True),  # of any key
        ({WRITES_X}, {Access(WRITE, "file", "x")}, False),
        ({FOLDER}, {FILE}, True),
        ({FOLDER}, {Access(WRITE, "file", "/ab")}, False),
        ({Access(WRITE, "sqlite", "/a/b")}, {Access(READ, "file", "/a/b")}, True),
        ({ANYTHING}, {READS_X}, True),
        ({ANYTHING}, set(), False),
        ({CALL}, {RETURN}, True),
        ({CALL}, {CALL}, False),
        ({RETURN}, {RETURN}, False),
    ],
)
def test_which_steps_conflict(one, other, meet):
    assert conflict(one, other) is conflict(other, one) is meet
