"""The tree of all runs: what it takes, and what it refuses."""

from __future__ import annotations

import doctest

import pytest

from workerlab.history import Event
from workerlab.levels import words
from workerlab.levels.tree import Moved, RunsDiffer, Tree
from workerlab.stepping.searching.evidence import row

ENDING = {"responses": {}, "left": [], "reached": False}
BOTH, A, B = ("A", "B"), ("A",), ("B",)


def moved(
    name: str, enabled: tuple[str, ...], read: str = "", waits: tuple[str, ...] = ()
) -> Moved:
    step = {**row(Event(name, "POST", "/"), "read", "n"), "line": 1, "read": read or None}
    return Moved(name, enabled, (step,), waits)


def test_runs_that_begin_alike_share_their_beginning():
    tree = Tree()
    tree.add([moved("A", BOTH), moved("B", B)], ENDING)
    tree.add([moved("B", BOTH), moved("A", A)], ENDING)
    tree.must_be_whole()
    assert tree.ordered() == {
        "did": [],
        "next": {
            "A": {"did": [0], "next": {"B": {"did": [1], "end": 0}}},
            "B": {"did": [1], "next": {"A": {"did": [0], "end": 0}}},
        },
    }


def test_a_choice_that_no_run_made_is_missed():
    tree = Tree()
    tree.add([moved("A", BOTH), moved("B", B)], ENDING)
    with pytest.raises(RunsDiffer, match="not all of"):
        tree.must_be_whole()


@pytest.mark.parametrize(
    "other",
    [
        [moved("A", BOTH, read="8"), moved("B", B)],
        [moved("A", BOTH, waits=("B",)), moved("B", B)],
        [moved("A", A), moved("B", B)],
    ],
    ids=["another value", "another one waits", "others could move"],
)
def test_runs_that_begin_alike_and_do_otherwise_are_refused(other):
    tree = Tree()
    tree.add([moved("A", BOTH, read="7"), moved("B", B)], ENDING)
    with pytest.raises(RunsDiffer):
        tree.add(other, ENDING)


def test_another_end_of_the_same_order_is_refused():
    tree = Tree()
    tree.add([moved("A", A)], ENDING)
    with pytest.raises(RunsDiffer, match="ended as"):
        tree.add([moved("A", A)], {**ENDING, "reached": True})


def test_the_examples_hold():
    assert doctest.testmod(words).failed == 0 < doctest.testmod(words).attempted
