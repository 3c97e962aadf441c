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
