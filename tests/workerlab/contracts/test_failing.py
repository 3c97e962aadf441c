"""A worker that its call blocks is found, and on a machine too busy to see it nobody passes."""

from __future__ import annotations

import sys

import pytest
from stages import SOLUTION, a_stage, mutant

from workerlab.contracts.once import failing
from workerlab.contracts.once.failing import the_sink_hangs
from workerlab.grading.api import CheckInconclusive
from workerlab.processes.waiting import Waiting

BLOCKS = mutant("a_call_that_blocks")
LONG_S = 100.0
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="which worker has called is read from /proc"
)


@pytest.fixture
def a_busy_machine(monkeypatch):
    """A machine that has kept everybody waiting, as far as it tells."""
    monkeypatch.setattr(Waiting, "seconds", lambda _: LONG_S)
    monkeypatch.setattr(failing, "MOST_HANGS", 1)


def test_a_worker_that_its_call_blocks_fails():
    with a_stage(BLOCKS) as stage, pytest.raises(AssertionError, match="While calls hang, a GET"):
        the_sink_hangs(stage)


def test_whoever_was_not_seen_to_answer_while_its_call_hung_does_not_pass(a_busy_machine):
    with a_stage(BLOCKS) as stage, pytest.raises(CheckInconclusive, match="too busy to see"):
        the_sink_hangs(stage)


def test_whoever_was_seen_to_answer_passes_on_a_busy_machine_too(a_busy_machine):
    with a_stage(SOLUTION) as stage:
        the_sink_hangs(stage)


ROUNDS = {  # what each round has seen: who was called, and who answered meanwhile
    "each in its round": ([({1, 2}, {1}), ({2}, {2})], True),
    "one in none": ([({1, 2}, {1}), ({1, 2}, {1})], False),
}


@pytest.mark.parametrize("rounds", ROUNDS)
def test_what_a_round_has_seen_is_kept_for_the_next(rounds: str, monkeypatch):
    seen, passes = ROUNDS[rounds]
    left = iter(seen)

    def ask(_: object, called: set[int], answered: set[int]) -> None:
        more_called, more_answered = next(left)
        called |= more_called
        answered |= more_answered

    monkeypatch.setattr(failing, "_ask_while_calls_hang", ask)
    monkeypatch.setattr(failing, "MOST_HANGS", len(seen))
    if passes:
        the_sink_hangs(object())
    else:
        with pytest.raises(CheckInconclusive):
            the_sink_hangs(object())
