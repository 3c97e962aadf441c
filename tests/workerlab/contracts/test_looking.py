"""A look of all workers in step shows a fault that lies between two steps, every time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from workerlab.contracts.once.jobs import Stage
from workerlab.contracts.once.looking import look_in_step
from workerlab.servers import Server
from workerlab.services import Redis

ROOT = Path(__file__).parents[3]
TWICE = ROOT / "tests/mutants/lab18_once/look_then_take/app.py"
ORDERS = (sorted, partial(sorted, reverse=True))
TICK_MS, TOGETHER, MOST_LOOKS = 50, (1, 2), 10
Order = Callable[[list[int]], list[int]]
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="whose message it is, is read from /proc"
)


@pytest.fixture
def stage() -> Iterator[Stage]:
    launch = partial(Server, TWICE, warm=True)
    with (
        Redis(own=True, allowed=()) as url,
        Stage(launch, {"REDIS_URL": url}, TICK_MS, workers=2) as stage,
    ):
        yield stage


def test_whoever_looks_first_a_job_that_is_found_and_then_taken_is_called_twice(stage):
    for together, order in product(TOGETHER, ORDERS):
        with pytest.raises(AssertionError, match="was called 2 times"):
            until_it_says_something(stage, together, order)
        stage.turns.everybody_passes()
        stage.gather()


def until_it_says_something(stage: Stage, together: int, order: Order) -> None:
    """A busy machine may look too late, which `look_in_step` says."""
    said = any(look_in_step(stage, together, order) for _ in range(MOST_LOOKS))
    assert said, "no look was in time"
