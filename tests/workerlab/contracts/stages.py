"""A stage of lab 18 for tests of what is played on it: one app, a Redis of its own, two workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from workerlab.contracts.once.stage import Stage
from workerlab.servers import Server
from workerlab.services import Redis

ROOT = Path(__file__).parents[3]
SOLUTION = ROOT / "solutions/lab18_once/app.py"
TICK_MS = 50


def mutant(name: str) -> Path:
    return ROOT / "tests/mutants/lab18_once" / name / "app.py"


@contextmanager
def a_stage(app: Path) -> Iterator[Stage]:
    launch = partial(Server, app, warm=True)
    with (
        Redis(own=True, allowed=()) as url,
        Stage(launch, {"REDIS_URL": url}, TICK_MS, workers=2) as stage,
    ):
        yield stage
