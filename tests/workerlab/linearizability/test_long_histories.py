"""Shortcuts of the checker: they agree with brute force, and long histories take seconds.

Measured on two cores at load 8, before and after, in seconds of one processor:

| history | before | after |
|---|---|---|
| counter, 100,000 operations | 0.8 | 0.3 |
| … with one wrong answer | 6.8 | 1.9 |
| register with unique values, 1,000 | not settled in 20 | 0.01 |
| …, 100,000 | not settled | 0.9 |
| … with one stale read | not settled | 0.6 |
| bookings, 10,000 | not settled | 0.4 |
| … with 500 reports | not settled | 2.2 |
| … with a seat that is sold twice, or a stale report | not settled | 0.7 |
"""

from __future__ import annotations

import math
import random
import time
from dataclasses import replace

import pytest
from mutants import mutated
from small_histories import (
    brute_force,
    fits_one_order,
    legal,
    respects_real_time,
    some_bookings,
    some_history,
    some_register_history,
)

from workerlab.linearizability import bookings_shortcut, register_shortcut, reports_search
from workerlab.linearizability import check as checker
from workerlab.linearizability.bookings_shortcut import parts_of
from workerlab.linearizability.check import check
from workerlab.linearizability.counter_shortcut import NotForced
from workerlab.linearizability.register_shortcut import order_of_blocks
from workerlab.models.base import Operation
from workerlab.models.bookings import SEATS, BookingResponse, bookings, report_of
from workerlab.models.counter import counter
from workerlab.models.register import register
from workerlab.models.setting import WORKERS, settings

COUNTER_S = REGISTER_S = 5.0  # of one processor; other work does not count
BOOKINGS_S = 10.0


# -- agreement with brute force ----------------------------------------------------------------


def bookings_are_legal(order):
    state = bookings.initial
    for operation in order:
        state = bookings.step(state, operation.op, operation.output)
        if state is None:
            return False
    return True


def wrong_with(result, operations, truth, legal):
    """What is wrong with a result, or None."""
    if result.ok is not truth:
        return f"{result.ok} for {truth}: {result.reason}"
    left = [o for o in operations if o.returned < math.inf and o not in result.order]
    if not legal(result.order) or not respects_real_time(result.order):
        return "an illegal order"
    if len(set(map(id, result.order))) < len(result.order):
        return "an operation twice"
    if result.ok and left:
        return "an order that leaves out an answer"
    if not result.ok and result.first_illegal not in left:
        return "a first illegal operation that is not left over"
    return None


def disagreement(kind, seed):
    rng = random.Random(seed)
    if kind == "register":
        operations, initial = some_register_history(rng, initial=seed % 3), seed % 3
        result = check(operations, register.starting_at(initial))
        truth = brute_force(operations, initial)
        return wrong_with(result, operations, truth, lambda order: legal(order, initial))
    if kind == "counter":
        operations = some_history(rng, "counter")
        truth = brute_force(operations)
        return wrong_with(check(operations, counter), operations, truth, lambda o: legal(o, 0))
    operations = some_bookings(rng, seats=("1A", "2B", "3C")[: 1 + seed % 3])
    truth = fits_one_order(operations)
    return wrong_with(check(operations, bookings), operations, truth, bookings_are_legal)


@pytest.mark.parametrize("kind", ["counter", "register", "bookings"])
def test_small_histories_agree_with_brute_force(kind):
    found = {seed: wrong for seed in range(300) if (wrong := disagreement(kind, seed))}
    assert not found


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["counter", "register", "bookings"])
def test_two_thousand_small_histories_agree_with_brute_force(kind):
    found = {seed: wrong for seed in range(1_000, 3_000) if (wrong := disagreement(kind, seed))}
    assert not found


def test_the_small_histories_are_worth_something():
    """Legal and illegal ones, reports that only the whole refutes, and all settled by shortcuts."""
    registers = [some_register_history(random.Random(seed)) for seed in range(300)]
    assert 60 < sum(map(brute_force, registers)) < 240
    for operations in registers:
        order_of_blocks(operations, register)  # raises NotForced otherwise
    parted, only_the_whole = 0, 0
    for seed in range(2_000):
        operations = some_bookings(random.Random(seed))
        try:
            parts = parts_of(operations, bookings)
        except NotForced:
            continue
        parted += len(parts) > 1
        if all(check(part.operations, bookings, shortcut=False).ok for part in parts):
            only_the_whole += not fits_one_order(operations)
    assert parted > 1_000
    assert only_the_whole > 5  # the seeds are fixed


def test_a_report_that_mixes_two_moments():
    """Each seat was as it says, but not both at one moment."""
    ann = Operation(("book", "1A", "Ann", "k1"), BookingResponse("201 1A Ann", "1"), 0.0, 1.0)
    bob = Operation(("book", "2B", "Bob", "k2"), BookingResponse("201 2B Bob", "2"), 2.0, 3.0)
    fractured = Operation(("report",), report_of({"2B": "Bob"}), 0.5, 4.0)
    assert all(
        check(part.operations, bookings).ok for part in parts_of([ann, bob, fractured], bookings)
    )
    result = check([ann, bob, fractured], bookings)
    assert result.ok is False
    assert result.first_illegal is fractured
    assert check([ann, bob, replace(fractured, output=report_of({"1A": "Ann"}))], bookings).ok


def test_a_report_without_an_answer_hides_nothing():
    ann = Operation(("book", "1A", "Ann", "k1"), BookingResponse("201 1A Ann", "1"), 0.0, 1.0)
    bob = Operation(("book", "1A", "Bob", "k2"), BookingResponse("201 1A Bob", "2"), 2.0, 3.0)
    unknown = Operation(("report",), None, 0.0, 1.0)
    assert check([ann, bob, unknown], bookings).ok is False
    assert check([ann, unknown], bookings).ok


def test_a_reset_before_all_others():
    reset = Operation(("reset",), "200", 0.0, 1.0)
    ann = Operation(("book", "1A", "Ann", "k1"), BookingResponse("201 1A Ann", "1"), 2.0, 3.0)
    report = Operation(("report",), report_of({"1A": "Ann"}), 4.0, 5.0)
    assert len(parts_of([report, ann, reset], bookings)) == 2
    assert check([report, ann, reset], bookings).order == [reset, ann, report]
    assert check([report, ann, replace(reset, output="404")], bookings).ok is False
    with pytest.raises(NotForced):
        parts_of([report, ann, replace(reset, called=6.0, returned=7.0)], bookings)
    with pytest.raises(NotForced):
        parts_of([report, ann, replace(reset, returned=2.0)], bookings)


def test_a_report_that_does_not_agree_with_itself():
    wrong = Operation(("report",), 'free 59, sold 2, {"1A": "Ann"}', 5.0, 6.0)
    operations = [*long_bookings(600, reports=0), replace(wrong, called=1e6, returned=2e6)]
    result = judged_within(BOOKINGS_S, operations, bookings)
    assert result.ok is False
    assert result.first_illegal.output == wrong.output
    assert result.reason.endswith("no bookings give it")


def test_the_setting_of_lab_11_is_a_register():
    put = Operation(("put", '"dark"'), WORKERS, 0.0, 1.0)
    assert check([put, Operation(("get",), '"dark"', 2.0, 3.0)], settings).ok
    stale = check([put, Operation(("get",), "null", 2.0, 3.0)], settings)
    assert stale.ok is False
    assert stale.reason == 'get answered null where only "dark" fits'
    refused = check([replace(put, output="null")], settings)
    assert refused.ok is False


def test_a_value_that_is_written_twice_is_searched():
    twice = [Operation(("write", 1), 1, 0.0, 1.0), Operation(("write", 1), 1, 0.0, 1.0)]
    with pytest.raises(NotForced):
        order_of_blocks(twice, register)
    assert check(twice, register).ok


# -- long histories ----------------------------------------------------------------------------


def moments(size, clients, rng):
    """For each operation the moment it takes effect, its call and its return, in order of moment."""
    free, found = [0.0] * clients, []
    for _ in range(size):
        client = min(range(clients), key=free.__getitem__)
        called = free[client] + rng.random() / 10
        returned = called + 0.2 + rng.random()
        found.append((rng.uniform(called, returned), called, returned))
        free[client] = returned + 1e-6
    return sorted(found)


def long_history(size, model, some_op, clients=20):
    rng, state, operations = random.Random(1), model.initial, []
    for number, (_, called, returned) in enumerate(moments(size, clients, rng)):
        op = some_op(rng, number)
        state, answer = model.apply(state, op)
        operations.append(Operation(op, answer, called, returned))
    return operations


def long_bookings(size, clients=20, reports=0.05):
    rng, operations = random.Random(1), []
    held: dict[str, tuple[str, str]] = {}  # name and id
    for number, (_, called, returned) in enumerate(moments(size, clients, rng)):
        luck = rng.random()
        if luck < reports:
            op = ("report",)
            output = report_of({seat: name for seat, (name, _) in held.items()})
        elif luck < 0.5 and held:
            seat = rng.choice(sorted(held))
            op, output = ("cancel", held.pop(seat)[1]), "204"
        else:
            seat, name = rng.choice(SEATS), rng.choice(["Ann", "Bob"])
            op, output = ("book", seat, name, f"k{number}"), BookingResponse("409", None)
            if seat not in held:
                held[seat] = (name, f"i{number}")
                output = BookingResponse(f"201 {seat} {name}", f"i{number}")
        operations.append(Operation(op, output, called, returned))
    return operations


def changed(operations, after, wanted, output):
    """The history with another response for the first operation of a kind after `after`."""
    place = next(i for i, o in enumerate(operations) if i > after and wanted(o))
    one = operations[place]
    return [*operations[:place], replace(one, output=output(one, place)), *operations[place + 1 :]]


def judged_within(seconds, operations, model):
    shuffled = random.Random(2).sample(operations, len(operations))
    began = time.process_time()
    result = check(shuffled, model, deadline_s=60)
    assert time.process_time() - began < seconds
    return result


def some_count(rng, number):
    return rng.choice([("increment",), ("increment",), ("report",)])


def some_access(rng, number):
    return ("write", number + 1) if rng.random() < 0.4 else ("read",)


@pytest.mark.nightly
@pytest.mark.serial
def test_a_counter_of_a_hundred_thousand():
    operations = long_history(100_000, counter, some_count)
    assert judged_within(COUNTER_S, operations, counter).ok
    twice = changed(operations, 60_000, lambda o: o.op == ("increment",), lambda o, _: o.output - 1)
    assert judged_within(COUNTER_S, twice, counter).ok is False


@pytest.mark.nightly
@pytest.mark.serial
def test_a_register_of_a_hundred_thousand():
    operations = long_history(100_000, register, some_access)
    assert judged_within(REGISTER_S, operations, register).ok
    reads = [place for place, o in enumerate(operations) if o.op == ("read",)]
    for older in (operations[reads[-40_000]].output, register.initial, -1):
        stale = changed(operations, 60_000, lambda o: o.op == ("read",), lambda o, _: older)  # noqa: B023
        result = judged_within(REGISTER_S, stale, register)
        assert result.ok is False
        assert len(result.order) > 50_000
        assert result.first_illegal.output == older


@pytest.mark.nightly
@pytest.mark.serial
@pytest.mark.parametrize("reports", [0, 0.05])
def test_ten_thousand_bookings(reports):
    operations = long_bookings(10_000, reports=reports)
    assert judged_within(BOOKINGS_S, operations, bookings).ok
    sold_twice = changed(
        operations,
        6_000,
        lambda o: o.op[0] == "book" and o.output.text == "409",
        lambda o, _: BookingResponse(f"201 {o.op[1]} {o.op[2]}", "another"),
    )
    assert judged_within(BOOKINGS_S, sold_twice, bookings).ok is False


@pytest.mark.nightly
@pytest.mark.serial
def test_ten_thousand_bookings_with_a_stale_report():
    operations = long_bookings(10_000)
    said = [o.output for o in operations[:6_000] if o.op == ("report",)]
    stale = changed(operations, 6_100, lambda o: o.op == ("report",), lambda o, _: said[-1])
    assert judged_within(BOOKINGS_S, stale, bookings).ok is False


def test_three_thousand_operations_of_each_kind():
    """The same small, in every run: half a second in all."""
    assert judged_within(COUNTER_S, long_history(3_000, counter, some_count), counter).ok
    assert judged_within(REGISTER_S, long_history(3_000, register, some_access), register).ok
    assert judged_within(BOOKINGS_S, long_bookings(1_000), bookings).ok


# -- mutants -----------------------------------------------------------------------------------

REGISTER_MUTANTS = [
    ("read.returned < block.write.called", "False"),
    ("block.last_call > min(", "block.last_call > max("),
    ("read.called <= limit", "True"),
    ("min([returned, *(read.returned for read in self.reads)])", "returned"),
    ("max([called, *(read.called for read in self.reads)])", "called"),
    ("returned = -math.inf if self.write is None", "returned = 0 if self.write is None"),
    (
        "is None:\n            misfits.append(operation)",
        "is ...:\n            misfits.append(operation)",
    ),
]
REPORTS_MUTANTS = [
    ("operations[index].returned < step.moment", "False"),
    ("return report is not None and not self._true(report, place, progress)", "return False"),
    ("moment = max(here.moment, report.called)", "moment = here.moment"),
    ("max([step.moment, *(operation.called for operation in placed)])", "step.moment"),
    ("if operations[index].called > first_return:", "if False:"),
    ("step.settled if moment == step.moment else 0", "step.settled"),
    ("[*may_come] or [None]", "may_come[:1] or [None]"),
    ("chain(found, ways if second else ())", "found[:1]"),
]
PARTS_MUTANTS = [
    ('[("id", id_)] if id_ is not None else []', "[]"),
    ('("key", key), ', ""),
    ("if seat in self.seats}", "if seat}"),
    ("Part({seat}) for seat in sorted(unknown)", "Part({seat}) for seat in ()"),
    ("moment = max(moment, operation.called)", "moment = operation.called"),
]


def caught(kind, seeds):
    for seed in range(seeds):
        try:
            if disagreement(kind, seed):
                return True
        except Exception:  # noqa: BLE001 (a mutant that falls over is caught too)
            return True
    return False


@pytest.mark.parametrize(("old", "new"), REGISTER_MUTANTS)
def test_mutants_of_the_register_are_caught(old, new, monkeypatch):
    mutant = mutated(register_shortcut, old, new)
    monkeypatch.setattr(checker, "order_of_blocks", mutant.order_of_blocks)
    assert caught("register", 3_000)


@pytest.mark.parametrize(("old", "new"), REPORTS_MUTANTS)
def test_mutants_of_the_reports_are_caught(old, new, monkeypatch):
    mutant = mutated(reports_search, old, new)
    monkeypatch.setattr(bookings_shortcut, "ReportsSearch", mutant.ReportsSearch)
    assert caught("bookings", 6_000)


@pytest.mark.parametrize(("old", "new"), PARTS_MUTANTS)
def test_mutants_of_the_parts_are_caught(old, new, monkeypatch):
    mutant = mutated(bookings_shortcut, old, new)
    for name in ("parts_of", "all_together", "merged"):
        monkeypatch.setattr(checker, name, getattr(mutant, name))
    assert caught("bookings", 6_000)
