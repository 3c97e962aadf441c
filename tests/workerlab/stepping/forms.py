"""Every fix of the answers in its racy and its right forms, each with the store it needs.

Used by the engine's own tests, and by the benchmark that times how soon a loss is found.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import asyncpg
from keyvalue_sqlite import KeyValueSqlite

from workerlab.services import Postgres, Redis
from workerlab.stepping import SteppedServer

HERE = Path(__file__).parent

RACY = [  # app, form, kind of endpoint
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
    ("postgres_sync", "racy", "sync"),
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
    ("postgres_sync", "returning", "sync"),
    ("postgres_sync", "for_update", "sync"),
    ("tortoise_app", "for_update", "async"),
]


class Forms:
    """Makes stages; the stores are started once, when a form first needs them."""

    def __init__(self, folder: Path, redis: Redis, redis_url: str) -> None:
        self.folder, self.redis, self.redis_url = folder, redis, redis_url
        self._postgres: tuple[Postgres, str] | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @contextmanager
    def stepped(self, app: str, form: str, kind: str, name: str) -> Iterator[SteppedServer]:
        """A stepped server of this form; `name` distinguishes its files and segments from those of others."""
        pids = [self.redis.pid]
        env = {"FIX": form, "KIND": kind, "PYTHONPATH": str(HERE), "REDIS_URL": self.redis_url}
        env["STATE_FILE"] = str(self.folder / f"{name}.sqlite")
        env["STATE_NAME"] = f"workerlab-test-{os.getpid()}-{name}"
        with ExitStack() as stack:
            if app == "keyvalue":  # two workers that create its table at once fail
                KeyValueSqlite(env["STATE_FILE"], "counts")
            if app == "manager":
                env["STATE_SERVER"] = str(self.folder / f"{name}.socket")
                pids.append(stack.enter_context(state_server(env["STATE_SERVER"])))
            if app in ("postgres", "postgres_sync", "tortoise_app"):
                service, env["DATABASE_URL"] = self.postgres
                pids.append(service.pid)
            if app == "ultradict":
                stack.callback(remove_segments, env["STATE_NAME"])
            yield stack.enter_context(
                SteppedServer(HERE / f"fixes/{app}.py", env=env, services=pids)
            )

    @property
    def postgres(self) -> tuple[Postgres, str]:
        if self._postgres is None:
            service = Postgres(own=True)
            url = self._open.enter_context(service)
            asyncio.run(_create_counts(url))
            self._postgres = service, url
        return self._postgres


async def _create_counts(url: str) -> None:
    base = await asyncpg.connect(url)
    await base.execute("CREATE TABLE counts (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
    await base.execute("INSERT INTO counts VALUES (1, 0)")
    await base.close()


@contextmanager
def state_server(path: str) -> Iterator[int]:
    """A manager's server process, which ends with its standard input; its pid."""
    process = subprocess.Popen(
        [sys.executable, HERE / "state_server.py", path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout.readline() == b"ready\n"
        yield process.pid
        process.stdin.close()


def remove_segments(name: str) -> None:
    """UltraDict leaves its segments behind after every stop; nothing else removes them."""
    for segment in Path("/dev/shm").glob(f"*{name}*"):
        segment.unlink()
