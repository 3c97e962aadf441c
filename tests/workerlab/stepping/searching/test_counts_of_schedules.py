"""The engine against closed forms: how many schedules there are, and how many of them lose.

Two tasks of six steps have C(12, 6) = 924 schedules. The update is kept only if one task's
fifth step (the write) comes before the other's second (the read): 37 schedules each way, so
850 lose. With three steps, read first and write last: C(6, 3) = 20, and 18 lose.
"""

from math import comb

import pytest
from further import mostly_further

from workerlab.stepping.program import ONE_WORKER, TWO_WORKERS, Program
from workerlab.stepping.searching.oracle import Oracle
from workerlab.stepping.searching.schedulers import BoundedScheduler

TWO = Program.parse("POST /increment | POST /increment")
STORES = ("memory", "sqlite", "redis")
ONE_AND_NIGHTLY = [STORES[0], *(pytest.param(one, marks=pytest.mark.nightly) for one in STORES[1:])]


def explored_and_losing(stepped, most_preemptions: int, placement: str = TWO_WORKERS):
    oracle = Oracle(TWO)
    explored = losing = 0
    schedules = set()
    scheduler = BoundedScheduler(most_preemptions)
    while scheduler.new_execution():
        trace = stepped.run(TWO, placement, scheduler)
        scheduler.finished(trace)
        assert trace.end == "finished"
        explored += 1
        schedules.add(tuple(trace.schedule))
        losing += oracle.violation(trace.history) is not None
    assert len(schedules) == explored, "a schedule was run twice"
    return explored, losing


@pytest.mark.further
@pytest.mark.parametrize("store", ONE_AND_NIGHTLY)
def test_every_schedule_of_six_gates(stepped_app, store):
    stepped = stepped_app("six_gates", store)
    assert explored_and_losing(stepped, 99) == (comb(12, 6), 850)


@pytest.mark.nightly
def test_every_schedule_of_six_gates_in_pool_threads_of_one_worker(stepped_app):
    stepped = stepped_app("six_gates_sync")
    assert explored_and_losing(stepped, 99, ONE_WORKER) == (comb(12, 6), 850)


@pytest.mark.parametrize("store", mostly_further(STORES, "sqlite".__eq__))
def test_every_schedule_of_three_gates(stepped_app, store):
    assert explored_and_losing(stepped_app("three_gates", store), 99) == (comb(6, 3), 18)


@pytest.mark.parametrize("store", mostly_further(STORES, "redis".__eq__))
def test_preemption_bounds(stepped_app, store):
    stepped = stepped_app("six_gates", store)
    assert [explored_and_losing(stepped, bound)[0] for bound in (0, 1, 2)] == [2, 12, 62]
