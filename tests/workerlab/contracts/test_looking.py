"""A look of all workers in step shows a fault that lies between two steps, every time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from itertools import product

import pytest
from stages import SOLUTION, a_stage, mutant

from workerlab.contracts.once import looking
from workerlab.contracts.once.looking import look_in_step
from workerlab.contracts.once.sink import HANG
from workerlab.contracts.once.stage import Stage

ORDERS = (sorted, partial(sorted, reverse=True))
TOGETHER, MOST_LOOKS = (1, 2), 15
Order = Callable[[list[int]], list[int]]
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="whose message it is, is read from /proc"
)


def test_whoever_looks_first_a_job_that_is_found_and_then_taken_is_called_twice():
    with a_stage(mutant("look_then_take")) as stage:
        for together, order in product(TOGETHER, ORDERS):
            with pytest.raises(AssertionError, match="was called 2 times"):
                until_it_says_something(stage, together, order)
            stage.turns.everybody_passes()
            stage.gather()


def test_a_job_that_was_posted_in_vain_is_answered_whatever_the_check_does_to_calls(monkeypatch):
    posted, met, post_alone = [], [], looking.post_alone

    def in_vain_at_first(stage: Stage, poster: int) -> tuple[str, bool]:
        job, alone = post_alone(stage, poster)
        posted.append(job)
        return job, alone and len(posted) > 1

    monkeypatch.setattr(looking, "post_alone", in_vain_at_first)
    with a_stage(SOLUTION) as stage, stage.answering(lambda _: HANG), stage.meeting(met.append):
        job = looking.post_for(stage, stage.desk.pids[-1], pieces=0)
        assert len(posted) > 1 and job == posted[-1]
        assert all(call.accepted for one in posted[:-1] for call in stage.calls(one))
        assert met == []


def test_a_worker_that_waits_for_a_processor_is_not_at_the_end_of_its_look(monkeypatch):
    states = [{1}] * 30  # at work, for several times as many looks as make a silence
    with a_stage(SOLUTION) as stage:
        monkeypatch.setattr(looking, "WHOLE_LOOK_S", 60)
        monkeypatch.setattr(looking, "busy_threads", lambda _: states.pop() if states else set())
        assert looking.the_look_is_over(stage, stage.desk.pids[:1])
        assert states == []


def until_it_says_something(stage: Stage, together: int, order: Order) -> None:
    """A busy machine may look too late, which `look_in_step` says."""
    said = any(look_in_step(stage, together, order) for _ in range(MOST_LOOKS))
    assert said, "no look was in time"
