"""Requests that meet at the store: apps whose steps no line shows, wrong ones and right ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from workerlab.grading.behind.at_the_store import meet
from workerlab.grading.behind.bursts import burst_behind
from workerlab.grading.behind.crashes_at_the_store import crash
from workerlab.grading.behind.meetings import Meetings
from workerlab.grading.behind.nights import let_the_night_pass
from workerlab.network.delay import Wire
from workerlab.servers import Server
from workerlab.services import Postgres, Redis
from workerlab.stepping.program import Program
from workerlab.verdict import Verdict

APPS = Path(__file__).with_name("hidden")
ONCE = Program.parse("POST /increment")
TWICE = Program.parse("POST /increment | POST /increment")
ANN = 'POST /bookings {"seat": "1A", "name": "Ann", "key": "k1"}'
BOB = 'POST /bookings {"seat": "1A", "name": "Bob", "key": "k2"}'
SEATS = Program.parse(f"{ANN} | {BOB}", before="POST /reset", after="GET /report", model="bookings")


AT_NIGHT = [
    pytest.param(steps, marks=pytest.mark.nightly)
    for steps in ("context", "mapped", "older_thread")
]


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    server = Redis(own=True)
    with server:
        yield server


@contextmanager
def meetings(app: str, store, env: dict[str, str], variable: str) -> Iterator[Meetings]:
    """An app as a check serves it: two workers on the store, and one more over links."""
    env = env | {variable: store.url}
    lock = store.admin_url if variable == "DATABASE_URL" else ""
    calm = partial(let_the_night_pass, store.url) if variable == "REDIS_URL" else lambda: None
    path = APPS / f"{app}.py"
    with (
        Server(path, workers=2, env=env) as here,
        Wire({variable: store.url}) as wire,
        Server(path, workers=1, env=env | wire.env) as held,
        Meetings(here, held, wire.stop, [store.pid], lock, calm) as met,
    ):
        yield met


def nothing(text: str) -> None:
    """No display."""


@pytest.mark.parametrize("steps", ["frozen", "when_alone", *AT_NIGHT])
def test_steps_that_no_line_shows_lose_and_it_is_said_where(redis: Redis, steps: str) -> None:
    with meetings("counter", redis, {"STEPS": steps}, "REDIS_URL") as met:
        verdict = meet(met, TWICE, nothing)
    assert verdict.status == "failed", verdict
    assert "(POST /increment) was held before step" in verdict.message
    assert "every order gives A 1, B 2, report 2" in verdict.message
    assert verdict.evidence["history"] and verdict.tried["schedules"] > 0


@pytest.mark.parametrize(
    "steps",
    [
        "right",
        *(pytest.param(one, marks=pytest.mark.nightly) for one in ("locked", "counted_apart")),
    ],
)
def test_a_right_counter_passes_also_one_that_waits_for_a_lock(redis: Redis, steps: str) -> None:
    with meetings("counter", redis, {"STEPS": steps}, "REDIS_URL") as met:
        assert meet(met, TWICE, nothing).status == "passed"


@pytest.mark.nightly
def test_a_worker_is_killed_between_two_steps_that_no_line_shows(redis: Redis) -> None:
    """`counted_apart` writes twice; `locked` has a lock that the dead one holds for five seconds."""
    with meetings("counter", redis, {"STEPS": "counted_apart"}, "REDIS_URL") as met:
        half_done = crash(met, ONCE, (), 10.0, seen=0)
        seen_by_the_engine = crash(met, ONCE, (), 10.0, seen=2)
    assert half_done.status == "failed" and half_done.tried["crash_points"] == 1
    assert "It was killed before step 2 on its store" in half_done.message
    assert (seen_by_the_engine.status, seen_by_the_engine.tried["crash_points"]) == ("passed", 0)
    with meetings("counter", redis, {"STEPS": "locked"}, "REDIS_URL") as met:
        waited_for = crash(met, ONCE, (), 10.0, seen=0)
    assert waited_for.status == "passed" and waited_for.tried["crash_points"] > 1, waited_for


@pytest.mark.further
@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("look_then_insert", "failed"),
        ("advisory", "passed"),
        pytest.param("table_lock", "passed", marks=pytest.mark.nightly),
    ],
)
def test_a_race_inside_a_function_of_the_database(form: str, status: str) -> None:
    postgres = Postgres(own=True)
    with postgres, meetings("seats", postgres, {"FORM": form}, "DATABASE_URL") as met:
        verdict = meet(met, SEATS, nothing)
    assert verdict.status == status, verdict
    if status == "failed":
        assert "each had looked in the database before the first of them wrote" in verdict.message


@pytest.mark.further
def test_a_burst_finds_what_is_wrong_for_long_and_passes_what_is_right(redis: Redis) -> None:
    before = Verdict("passed", "as it was", {"schedules": 62})
    for steps, status in (("slow", "failed"), ("right", "passed")):
        env = {"STEPS": steps, "REDIS_URL": redis.url}
        with Server(APPS / "counter.py", workers=3, env=env) as server:
            verdict = burst_behind(server, TWICE, before, nothing)
        assert verdict.status == status, verdict
        assert verdict.tried["schedules"] == 62 and verdict.tried["requests"] > 8
    assert verdict.message == "as it was"
