"""A time-to-live may run out at any step: locks that their holder outlives, and what helps."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from further import mostly_further
from redis import Redis

from workerlab import explore
from workerlab.draw import schedule_text
from workerlab.errors import BadUsage
from workerlab.services import Memcached
from workerlab.stepping import Program, SteppedServer, replay
from workerlab.stepping.lease import MAY_EXPIRE, OUTLIVE_THE_WORK
from workerlab.stepping.program import TWO_WORKERS
from workerlab.stepping.searching.reduction import ReducedScheduler
from workerlab.stepping.searching.schedulers import BoundedScheduler, OnceScheduler, Scheduler

APPS = Path(__file__).parents[1] / "leases"
LOSE = ["redis_lock", "redis_lock_sync", "set_nx_ex", "memcached_add", "heartbeat", "busy"]
FURTHER = {"fencing", "busy"}
PASS = ["fencing", "watched", "incr_in_a_lock", "memcached_cas"]
AT_NIGHT = {"redis_lock_sync", "set_nx_ex", "memcached_cas", "watched", "heartbeat"}
SHORTEST_S = 2  # the shortest time-to-live of these apps
FEW = {"seconds": 1.0, "schedules": 40}


@pytest.fixture(scope="module")
def env(redis_service):
    with Memcached(own=True) as memcached:
        yield {"REDIS_URL": redis_service[1], "MEMCACHED_URL": memcached}


def asked(name: str, env: dict[str, str], **options):
    return explore(APPS / f"{name}.py", env=env, **{**FEW, **options})


def some(names: list[str]) -> list:
    by_day = mostly_further(
        [one for one in names if one not in AT_NIGHT], lambda one: one not in FURTHER
    )
    return [
        *by_day,
        *(pytest.param(one, marks=pytest.mark.nightly) for one in names if one in AT_NIGHT),
    ]


@pytest.mark.parametrize("name", some(LOSE))
def test_a_lock_that_its_holder_outlives_is_found_and_shown(name, env):
    verdict = asked(name, env)
    assert verdict.status == "failed", verdict.message
    evidence = verdict.evidence
    assert verdict.tried["schedules"] <= 12  # it is among the first
    assert [*evidence["leases"]] == ["A.ttl1"] and "A.ttl1" in evidence["schedule"]
    seconds = evidence["leases"]["A.ttl1"]["seconds"]
    assert seconds >= SHORTEST_S
    row = f"the time-to-live of 'lock' ({seconds:g} s) runs out"
    assert row in schedule_text(evidence)
    assert f"the time-to-live of 'lock' ({seconds:g} s) of A ran out" in verdict.message
    assert "assumed: a time-to-live of a minute or less may run out at any step" in verdict.message
    assert "--leases may-expire, or outlive-the-work" in verdict.message


@pytest.mark.parametrize("name", some(PASS))
def test_a_write_that_the_store_refuses_when_it_is_late_is_right(name, env):
    verdict = asked(name, env)
    assert verdict.status == "passed", verdict.message
    assert "in some of which a time-to-live ran out" in verdict.message


@pytest.mark.parametrize("name", [*some(["set_nx_ex"]), *some(["heartbeat"])])
def test_none_of_them_loses_when_a_lease_outlives_the_work(name, env):
    verdict = asked(name, env, leases=OUTLIVE_THE_WORK)
    assert verdict.status == "passed", verdict.message
    assert (
        "assumed: every time-to-live outlives the work (else: --leases may-exp" in verdict.message
    )


@pytest.mark.further
def test_a_longer_time_to_live_runs_out_when_that_is_asked_for(env):
    assert asked("expiring_count", env).status == "passed"
    verdict = asked("expiring_count", env, leases=MAY_EXPIRE)
    assert verdict.status == "failed"
    assert "the time-to-live of 'count' (3600 s)" in verdict.message


@pytest.mark.further
def test_what_was_found_replays(env):
    verdict = asked("set_nx_ex", env, seconds=10.0)  # which a busy machine needs
    assert verdict.evidence is not None, verdict.message
    with SteppedServer(APPS / "set_nx_ex.py", env=env) as stepped:
        again = replay(stepped, verdict.evidence)
    assert again.status == "failed" and again.evidence["leases"] == verdict.evidence["leases"]
    with SteppedServer(APPS / "fencing.py", env=env) as stepped:
        assert replay(stepped, verdict.evidence).status != "failed"


class Plan:
    """Chooses by plan, and then the first that may go on; notes what could run out at each step."""

    def __init__(self, *plan: str) -> None:
        self.plan, self.could = [*plan], []

    def choose(self, step, enabled, current):
        self.could.append([name for name in enabled if ".ttl" in name])
        wanted = self.plan[step] if step < len(self.plan) else current or enabled[0]
        return wanted if wanted in enabled else enabled[0]


def test_a_time_to_live_runs_out_once_and_only_as_long_as_it_runs(env):
    program = Program.parse("POST /increment | POST /increment")
    store = Redis.from_url(env["REDIS_URL"])
    with SteppedServer(APPS / "set_nx_ex.py", env=env) as stepped:
        whole = Plan()
        began = time.monotonic()
        stepped.run(program, TWO_WORKERS, whole, leases=MAY_EXPIRE)
        assert whole.could[0] == [] and ["A.ttl1"] in whole.could and ["B.ttl1"] in whole.could
        assert [] in whole.could[whole.could.index(["A.ttl1"]) :]  # between two holders
        early = Plan("A", "A", "A.ttl1", "A.ttl1", "B", "B")
        trace = stepped.run(program, TWO_WORKERS, early, leases=MAY_EXPIRE)
        assert trace.schedule.count("A.ttl1") == 1
        assert not any("A.ttl1" in could for could in early.could[3:])
        assert time.monotonic() - began < 25  # and the lock would have lasted for 30
        assert not any(
            ".ttl" in name
            for name in stepped.run(program, TWO_WORKERS, Plan("A", "A", "A.ttl1")).schedule
        )
    assert store.exists("lock") == 0


SALES = {"before": "POST /restock", "after": "GET /left", "model": "serial"}


@pytest.mark.further
@pytest.mark.parametrize(
    ("name", "status"), [("refuses", "passed"), ("refuses_afterwards", "failed")]
)
def test_a_late_request_may_be_refused_when_it_changes_nothing(name, status, env):
    verdict = asked(name, env, program="POST /sell | POST /sell", **SALES)
    assert verdict.status == status, verdict.message


CLAIMS = {"before": "POST /reset", "after": "GET /counted", "model": "serial"}


@pytest.mark.further
def test_a_search_says_that_every_time_to_live_ran_out_at_every_step(env):
    question = {"program": "POST /claim | POST /claim", **CLAIMS}
    verdict = asked("claim", env, **question)
    assert verdict.status == "passed", verdict.message
    assert "complete for different workers" in verdict.message
    assert "with every time-to-live run out at every step" in verdict.message
    verdict = asked("claim", env, **question, leases=OUTLIVE_THE_WORK)
    assert "complete" not in verdict.message and "no time-to-live ran out" in verdict.message


def outcomes(stepped: SteppedServer, program: Program, scheduler: Scheduler) -> tuple[set, int]:
    """What the requests and the last requests are answered, in all schedules of a scheduler."""
    found, runs = set(), 0
    while scheduler.new_execution():
        trace = stepped.run(program, TWO_WORKERS, scheduler, leases=MAY_EXPIRE)
        assert trace.end == "finished"
        found.add(tuple((e.client, str(e.output)) for e in trace.history if e.client != "-"))
        scheduler.finished(trace)
        runs += 1
    return found, runs


@pytest.mark.further
@pytest.mark.parametrize(
    ("app", "program", "frame"),
    [
        ("claim", "POST /claim | POST /claim", CLAIMS),
        pytest.param(
            "try_lock", "POST /increment | POST /increment", {}, marks=pytest.mark.nightly
        ),
    ],
)
def test_one_schedule_of_each_class_shows_all_that_there_is(app, program, frame, env):
    asked_at_once = Program.parse(program, **frame)
    with SteppedServer(APPS / f"{app}.py", env=env) as stepped:
        outcomes(stepped, asked_at_once, OnceScheduler())
        reduced = ReducedScheduler(stepped.placed(asked_at_once))
        of_classes, classes = outcomes(stepped, asked_at_once, reduced)
        assert reduced.exhausted and not reduced.expires and reduced.ran_out
        every, schedules = outcomes(stepped, asked_at_once, BoundedScheduler(99))
    assert of_classes == every
    assert classes < schedules / 2


def test_what_has_no_meaning_is_refused(env):
    with pytest.raises(BadUsage, match="says nothing of times-to-live"):
        asked("set_nx_ex", env, leases="sometimes")
