"""Each way of choosing, on made-up tasks: which schedules it runs, and in which order."""

from math import comb, factorial

import pytest
from made_up import READS_X, WRITES_X, run

from workerlab.stepping.searching.minimise import MOST_TRIES, minimise
from workerlab.stepping.searching.schedulers import (
    BoundedScheduler,
    MixedScheduler,
    OnceScheduler,
    PctScheduler,
    RandomScheduler,
    ReplayScheduler,
    SerialScheduler,
)

SIX = [[None, READS_X, None, None, WRITES_X, None]] * 2
THREE = [[READS_X, WRITES_X]] * 3


def schedules(tasks, scheduler, most: int = 10_000) -> list[str]:
    found = []
    while len(found) < most and scheduler.new_execution():
        trace, _ = run(tasks, scheduler)
        scheduler.finished(trace)
        found.append("".join(trace.schedule))
    return found


@pytest.mark.parametrize(("most", "count"), [(0, 2), (1, 12), (2, 62), (99, comb(12, 6))])
def test_a_bound_on_preemptions(most, count):
    scheduler = BoundedScheduler(most)
    found = schedules(SIX, scheduler)
    assert len(found) == len(set(found)) == count
    assert scheduler.exhausted is (most == 99)


def test_the_fewest_preemptions_come_first():
    costs, scheduler = [], BoundedScheduler(3)
    while scheduler.new_execution():
        trace, _ = run(SIX, scheduler)
        scheduler.finished(trace)
        costs.append(trace.preemptions)
    assert costs == sorted(costs) and {*costs} == {0, 1, 2, 3}


def test_three_tasks():
    found = schedules(THREE, BoundedScheduler(99))
    assert len(found) == len(set(found)) == factorial(6) // 8
    assert found[:6] == ["AABBCC", "BBAACC", "CCAABB", "AACCBB", "BBCCAA", "CCBBAA"]


def test_a_start_that_did_nothing_is_left_no_earlier():
    scheduler = BoundedScheduler(99)
    scheduler.new_execution()
    trace, _ = run(THREE[:2], scheduler)
    trace.idle.add(0)
    scheduler.finished(trace)
    begun = [schedule for row in scheduler._waiting for schedule in row]
    assert ["A", "B"] not in begun and ["B"] in begun and ["A", "A", "B"] not in begun


def test_a_schedule_is_repeated_and_then_goes_on():
    scheduler = ReplayScheduler("ABB")
    trace, _ = run(THREE, scheduler)
    assert "".join(trace.schedule) == "ABBACC" and scheduler.diverged == 0


def test_what_cannot_be_repeated_is_counted():
    scheduler = ReplayScheduler("AAAAB")
    trace, _ = run(THREE, scheduler)
    assert "".join(trace.schedule) == "AABBCC" and scheduler.diverged == 3


def test_one_after_the_other_in_every_order():
    assert schedules(THREE, SerialScheduler("ABC")) == [
        "AABBCC", "AACCBB", "BBAACC", "BBCCAA", "CCAABB", "CCBBAA",
    ]  # fmt: skip


def test_once():
    scheduler = OnceScheduler()
    assert schedules(THREE, scheduler) == ["AABBCC"] and not scheduler.exhausted


def test_the_same_seed_has_the_same_schedules():
    runs = [schedules(SIX, MixedScheduler(seed, [12]), 12) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    assert len(set(runs[0])) > 4


def test_chance_comes_everywhere():
    found = {"".join(run(THREE[:2], RandomScheduler(f"{n}"))[0].schedule) for n in range(200)}
    assert len(found) == comb(4, 2)


def test_priorities_change_only_at_their_places():
    for seed in range(50):
        trace, _ = run(SIX, PctScheduler(f"{seed}", 12, depth=2))
        assert trace.preemptions <= 1
    worst = [run(SIX, PctScheduler(f"{seed}", 12, depth=3))[0].preemptions for seed in range(50)]
    assert max(worst) == 2


def test_a_task_that_spins_lets_others_go_first():
    scheduler = PctScheduler("1", 12)
    chosen = scheduler.choose(0, ("A", "B"), None)
    other = "B" if chosen == "A" else "A"
    assert scheduler.choose(1, (other, chosen), None) == other
    assert scheduler.choose(2, (chosen, other), other) == other  # and it stays behind


def loses(tried: list[str]):
    """Runs a schedule; it loses when both have read before one has written."""

    def lost(schedule):
        tried.append("".join(schedule))
        trace, _ = run(SIX, ReplayScheduler(schedule))
        where = {name: [i for i, n in enumerate(trace.schedule) if n == name] for name in "AB"}
        first = {name: (places[1], places[4]) for name, places in where.items()}
        early = first["A"][1] < first["B"][0] or first["B"][1] < first["A"][0]
        return None if early else trace

    return lost


def test_a_loss_is_made_as_simple_as_it_can_be():
    tried: list[str] = []
    trace, _ = run(SIX, ReplayScheduler("ABABABABABAB"))
    simple = minimise(trace, loses(tried))
    assert simple.preemptions == 1
    assert len(tried) <= MOST_TRIES


def test_a_simple_loss_is_let_be():
    tried: list[str] = []
    trace, _ = run(SIX, ReplayScheduler("AABBBBBBAAAA"))
    assert minimise(trace, loses(tried)) is trace and not tried


def test_what_does_not_lose_is_not_taken():
    trace, _ = run(SIX, ReplayScheduler("ABABABABABAB"))
    tried = []
    assert minimise(trace, tried.append) is trace
    assert tried[0] == list("BAABABABABAB")
