"""Every fix of the answers under the search: the racy forms lose, the right ones do not."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from keyvalue_sqlite import KeyValueSqlite

from workerlab.services import Postgres
from workerlab.stepping import search, stage

HERE = Path(__file__).parent
TWO = "POST /increment | POST /increment"

RACY = [
    ("redis_async", "racy", "async"),
    ("redis_sync", "racy", "sync"),
    ("redis_sync", "racy", "async"),
    ("ultradict", "racy", "sync"),
    ("ultradict", "racy", "async"),
    ("ultradict", "lock", "sync"),  # threads of one worker pass it together
    ("manager", "racy", "sync"),
    ("manager", "racy", "async"),
    ("keyvalue", "racy", "sync"),
    ("keyvalue", "racy", "async"),
    ("sqlite", "racy", "sync"),
    ("postgres", "racy", "async"),
    ("tortoise_app", "racy", "async"),
]
RIGHT = [
    ("redis_async", "incr", "async"),
    ("redis_async", "lua", "async"),
    ("redis_async", "watch", "async"),
    ("redis_async", "lock", "async"),
    ("redis_sync", "incr", "sync"),
    ("redis_sync", "lock", "sync"),
    ("ultradict", "lock", "async"),
    ("ultradict", "both_locks", "sync"),
    ("manager", "method", "sync"),
    ("manager", "method", "async"),
    ("sqlite", "immediate", "sync"),
    ("sqlite", "immediate", "async"),
    ("postgres", "returning", "async"),
    ("postgres", "for_update", "async"),
    ("tortoise_app", "for_update", "async"),
]


@pytest.fixture(scope="module")
def postgres():
    import asyncio

    import asyncpg

    async def create(url: str) -> None:
        base = await asyncpg.connect(url)
        await base.execute("CREATE TABLE counts (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
        await base.execute("INSERT INTO counts VALUES (1, 0)")
        await base.close()

    service = Postgres(own=True)
    with service as url:
        asyncio.run(create(url))
        yield service, url


@contextmanager
def state_server(path: Path):
    process = subprocess.Popen(
        [sys.executable, HERE / "state_server.py", path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout.readline() == b"ready\n"
        yield process.pid
        process.stdin.close()


@pytest.fixture
def fixed(request, tmp_path, redis_service):
    """fixed(app, fix, kind) -> a stage for one form of one fix, with the store it needs."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(app: str, fix: str, kind: str):
            redis, redis_url = redis_service
            pids = [redis.pid]
            env = {"FIX": fix, "KIND": kind, "PYTHONPATH": str(HERE), "REDIS_URL": redis_url}
            env["STATE_FILE"] = str(tmp_path / "state.sqlite")
            env["STATE_NAME"] = f"workerlab-test-{os.getpid()}"
            if app == "keyvalue":  # two workers that create its table at once fail
                KeyValueSqlite(env["STATE_FILE"], "counts")
            if app == "manager":
                env["STATE_SERVER"] = str(tmp_path / "state.socket")
                pids.append(stack.enter_context(state_server(tmp_path / "state.socket")))
            if app in ("postgres", "tortoise_app"):
                service, env["DATABASE_URL"] = request.getfixturevalue("postgres")
                pids.append(service.pid)
            if app == "ultradict":
                stack.callback(remove_segments, env["STATE_NAME"])
            return stack.enter_context(stage(HERE / f"fixes/{app}.py", env=env, services=pids))

        yield start


def remove_segments(name: str) -> None:
    """UltraDict leaves its segments behind after every stop; nobody else removes them."""
    for segment in Path("/dev/shm").glob(f"*{name}*"):
        segment.unlink()


@pytest.mark.parametrize(("app", "fix", "kind"), RACY)
def test_a_racy_counter_loses(fixed, app, fix, kind):
    verdict = search(fixed(app, fix, kind), TWO)
    assert verdict.status == "failed", verdict.message
    assert verdict.evidence["actual"] == "A is told 1, B is told 1, report says 1"
    assert verdict.tried["schedules"] < 60
    assert verdict.evidence["steps"]


@pytest.mark.parametrize(("app", "fix", "kind"), RIGHT)
def test_a_right_counter_does_not(fixed, app, fix, kind):
    verdict = search(fixed(app, fix, kind), TWO, seconds=1.5)
    assert verdict.status == "passed", verdict.message
    assert verdict.tried["schedules"] >= 4
