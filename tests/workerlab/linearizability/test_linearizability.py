"""The checker against brute force, by hand-made histories, and against its own mutants."""

from __future__ import annotations

import math
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutants import mutated
from small_histories import brute_force, legal, most_in_order, respects_real_time, some_history

from workerlab.linearizability import check as checker
from workerlab.linearizability import counter_shortcut, wing_gong
from workerlab.linearizability.check import check
from workerlab.models.base import Operation
from workerlab.models.counter import counter
from workerlab.models.register import register
from workerlab.models.registry import MODELS


def op(name, output=None, called=0.0, returned=math.inf):
    return Operation((name,) if isinstance(name, str) else name, output, called, returned)


def disagreement(check, operations, kind, shortcut, initial=0):
    """Return what is wrong with the answer of `check`, or None."""
    truth = brute_force(operations, initial)
    result = check(operations, MODELS[kind].starting_at(initial), shortcut=shortcut)
    if result.ok is not truth:
        return f"{result.ok} for {truth}"
    if not legal(result.order, initial):
        return "an illegal order"
    left = [o for o in operations if o not in result.order and o.returned < math.inf]
    if not respects_real_time(result.order + left[:1]) and result.ok:
        return "an order against real time"
    if any(o.returned < placed.called for o in left for placed in result.order):
        return "a beginning that leaves out what had to come before"
    if result.ok and left:
        return "an order that leaves out an answer"
    if not result.ok and result.first_illegal not in left:
        return "a first illegal operation that is not left over"
    return None


@pytest.mark.parametrize("shortcut", [True, False])
@pytest.mark.parametrize("kind", ["counter", "register"])
@settings(max_examples=150, deadline=None)
@given(rng=st.randoms(use_true_random=False), initial=st.integers(0, 2))
def test_it_agrees_with_brute_force(kind, shortcut, rng, initial):
    operations = some_history(rng, kind, initial=initial)
    assert disagreement(check, operations, kind, shortcut, initial) is None


@pytest.mark.parametrize("shortcut", [True, False])
def test_an_order_that_breaks_off_is_the_longest_that_works(shortcut):
    rng, broken = random.Random(7), 0
    for _ in range(400):
        operations = some_history(rng, "counter", size=6)
        result = check(operations, counter, shortcut=shortcut)
        if result.ok is False:
            broken += 1
            known = [o for o in result.order if o.returned < math.inf]
            assert len(known) == most_in_order(operations), operations
    assert broken > 100


def test_the_random_histories_are_worth_something():
    """A generator that makes only legal histories, or only illegal ones, would test nothing."""
    rng = random.Random(5)
    truths = [brute_force(some_history(rng, "counter")) for _ in range(200)]
    assert 60 < sum(truths) < 140


def test_the_shortcut_is_taken_as_a_rule():
    rng = random.Random(6)
    taken = 0
    for _ in range(300):
        try:
            counter_shortcut.forced_order(some_history(rng, "counter"), 0)
            taken += 1
        except counter_shortcut.NotForced:
            pass
    assert taken > 150


# -- histories made by hand ------------------------------------------------------------------


def overlapping(*outputs):
    """Increments all under way at the same time."""
    return [op("increment", n, 0.0, 9.0) for n in outputs]


def refused(operations, model=counter):
    results = [check(operations, model, shortcut=shortcut) for shortcut in (True, False)]
    assert [result.ok for result in results] == [False, False]
    assert results[0].reason == results[1].reason
    return results[0]


def test_two_increments_with_the_same_answer():
    result = refused(overlapping(1, 2, 2, 3))
    assert result.first_illegal.output == 2
    assert "another increment was answered 2 already" in result.reason


def test_values_against_real_time():
    first = op("increment", 2, 0.0, 1.0)
    second = op("increment", 1, 2.0, 3.0)
    assert refused([first, second]).first_illegal is first


def test_a_value_that_no_response_had():
    result = refused(overlapping(1, 2, 4))
    assert [o.output for o in result.order] == [1, 2]
    assert result.reason.endswith("only 3 fits: no increment was answered 3")


def test_a_stale_report():
    stale = op("report", 1, 10.0, 11.0)
    result = refused([*overlapping(1, 2), stale])
    assert result.first_illegal is stale
    assert result.reason == "report answered 1 where only 2 fits"


def test_a_report_from_the_future():
    early = op("report", 1, 0.0, 1.0)
    assert refused([early, op("increment", 1, 2.0, 3.0)]).first_illegal is early


def test_an_answer_that_is_no_number():
    assert refused([op("increment", '"<html>"', 0.0, 1.0)]).order == []


def test_one_absurd_number_costs_nothing():
    began = time.monotonic()
    refused([op("report", 10**15, 0.0, 1.0)])
    assert time.monotonic() - began < 1


def test_a_report_may_see_an_increment_under_way_or_not():
    for seen in (0, 1):
        assert check([op("increment", 1, 0, 5), op("report", seen, 1, 2)], counter).ok


def test_touching_times_count_as_overlapping():
    assert check([op("increment", 2, 0, 1), op("increment", 1, 1, 2)], counter).ok


def test_an_unknown_increment_may_count_later():
    unknown = op("increment", None, 0.0)
    later = op("increment", 2, 10.0, 11.0)
    before = op("report", 0, 5.0, 6.0)
    assert check([unknown, before, later], counter).order == [before, unknown, later]


def test_an_unknown_increment_may_never_count():
    assert check([op("increment", None, 0.0), op("increment", 1, 10.0, 11.0)], counter).ok


def test_an_unknown_increment_counts_once_at_most():
    refused([op("increment", None, 0.0), op("increment", 3, 10.0, 11.0)])


def test_an_unknown_increment_does_not_count_before_its_call():
    refused([op("increment", 2, 0.0, 1.0), op("increment", None, 5.0), op("report", 2, 8, 9)])


def test_an_unknown_increment_may_survive_a_reset():
    history = [op("increment", None, 0.0), op("reset", 0, 1.0, 2.0), op("report", 1, 3.0, 4.0)]
    for shortcut in (True, False):
        assert check(history, counter, shortcut=shortcut).ok


def test_a_reset_among_increments_is_searched():
    history = [*overlapping(1, 2, 1), op("reset", 0, 0.0, 9.0)]
    assert check(history, counter).ok
    refused([*history, *overlapping(1)])


def test_a_counter_may_start_anywhere():
    assert check(overlapping(8, 9), counter.starting_at(7)).ok
    assert not check(overlapping(8, 9), counter).ok


def test_no_operations_fit():
    assert check([], counter).ok
    assert check([op("increment", None, 0.0)], register).ok


def test_a_register_that_forgets_a_write():
    write = op(("write", 1), 1, 0.0, 1.0)
    refused([write, op("read", 0, 2.0, 3.0)], register)
    assert check([write, op("read", 1, 2.0, 3.0)], register).ok


def test_out_of_time_is_inconclusive():
    result = check(overlapping(*range(1, 50)), counter, deadline_s=0.0, shortcut=False)
    assert result.ok is None
    assert "inconclusive" in result.reason


# -- speed -----------------------------------------------------------------------------------


def requests_of(size, clients=40):
    """Return what `clients` clients see of a correct counter, with everything that happens."""
    rng, free, moments = random.Random(1), [0.0] * clients, []
    for _ in range(size):
        client = free.index(min(free))
        called = free[client] + rng.random()
        free[client] = called + 10 * rng.random() + 1e-9
        moments.append((rng.uniform(called, free[client]), called, free[client], rng.random()))
    operations, count = [], 0
    for number, (_, called, returned, luck) in enumerate(sorted(moments)):
        if number == size // 2:
            end = max(o.returned for o in operations if o.returned < math.inf)
            operations.append(op("reset", 0, end + 1, end + 2))
            count = 0
        shift = end + 3 if number >= size // 2 else 0.0
        if luck < 0.1:
            operations.append(op("report", count, called + shift, returned + shift))
            continue
        count += 1
        unknown = luck > 0.98
        operations.append(
            op("increment", None, called + shift)
            if unknown
            else op("increment", count, called + shift, returned + shift)
        )
    return operations


def test_five_thousand_operations_take_no_time():
    operations = requests_of(5_000)
    began = time.process_time()
    result = check(operations, counter)
    assert result.ok, result.reason
    assert time.process_time() - began < 0.1


# -- mutants ---------------------------------------------------------------------------------

SEARCH_MUTANTS = [
    ("self.known[index].called <= first_return", "self.known[index].called < first_return"),
    ("self.known[index].called <= first_return", "True"),
    ("alike[taken].called <= first_return", "True"),
    ("alike[taken].called <= first_return", "False"),
    ("while self.left.count:", "while self.left.count or any(self._choices()):"),
    ("self.placed >> first", "0"),
    ("tuple(self.taken), state)", "tuple(self.taken))"),
    ("            self.left.restore(move)\n", "            pass\n"),
    ("            self.taken[-1 - move] -= 1", "            pass"),
    ("state is None or (move < 0", "state is None or (True"),
    ("        self.states.pop()\n", ""),
    ("self.placed ^= 1 << index", "pass"),
    ("return iter(moves)", "return iter(moves[:1])"),
    ("returned == math.inf:\n            kinds", "returned > 3:\n            kinds"),
    ("if operation.op[0] in self.model.reads:", "if True:"),
]
SHORTCUT_MUTANTS = [
    ("operation.returned < latest_call", "False"),
    ("operation.returned < latest_call", "operation.returned <= latest_call"),
    ("in increments or operation.output <= start", "in increments"),
    ("operation.output in increments or ", ""),
    ("elif operation.output != 0:", "elif False:"),
    (" or top - start - len(increments) > len(spare)", " or top - start - len(increments) > 0"),
    ("min(reports, default=start) < start", "False"),
    (
        "return sorted(unknown, key=lambda o: o.called)",
        "return sorted(unknown, key=lambda o: -o.called)",
    ),
    ("if operation.called <= quiet_since:", "if False:"),
    ("if operation.called <= last_return:", "if False:"),
    ("start, epoch, quiet_since = 0,", "start, epoch, quiet_since = start,"),
    ('if any(o.op != ("increment",) for o in unknown):', "if False:"),
    ("max(latest_call, operation.called)", "operation.called"),
    ("order += reports[start]", "pass"),
]


def caught(check, shortcut):
    rng = random.Random(7)
    for number in range(6_000):
        kind, initial = ("counter", "register")[number % 2], number % 3
        operations = some_history(rng, kind, initial=initial)
        try:
            if disagreement(check, operations, kind, shortcut, initial):
                return True
        except Exception:  # noqa: BLE001 (a mutant that falls over is caught too)
            return True
    return False


def test_the_original_is_not_caught():
    assert not caught(check, shortcut=True)
    assert not caught(check, shortcut=False)


@pytest.mark.parametrize(("old", "new"), SEARCH_MUTANTS)
def test_mutants_of_the_search_are_caught(old, new, monkeypatch):
    monkeypatch.setattr(checker, "WingGong", mutated(wing_gong, old, new).WingGong)
    assert caught(check, shortcut=False)


@pytest.mark.parametrize(("old", "new"), SHORTCUT_MUTANTS)
def test_mutants_of_the_shortcut_are_caught(old, new, monkeypatch):
    mutant = mutated(counter_shortcut, old, new)
    monkeypatch.setattr(checker, "NotForced", mutant.NotForced)
    monkeypatch.setattr(checker, "forced_order", mutant.forced_order)
    assert caught(check, shortcut=True)
