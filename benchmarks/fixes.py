"""The fixes that table.py measures, and the stores that they need, each started when needed."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from workerlab.processes.child import Child
from workerlab.services import MariaDB, Memcached, Postgres, Redis

APPS = Path(__file__).parent.parent / "notebooks/apps"
COUNTS = "CREATE TABLE counts (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)"


@dataclass(frozen=True)
class Fix:
    """One row of the table: an app, how it is served, and what must run beside it."""

    id: str
    title: str
    file: str
    chapter: int
    needs: str
    store: str = ""
    runner: str = "uvicorn"
    extra: tuple[str, ...] = ()
    shared: bool = True
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> Path:
        return APPS / self.file


FIXES = [
    Fix("plain", "a module global", "meta_object.py", 1, "nothing", shared=False),
    Fix("again", "the same, measured again", "meta_object.py", 1, "nothing", shared=False),
    Fix("manager", "a manager's method", "table/manager.py", 4, "a state server", "manager"),
    Fix(
        "preload",
        "--preload, Manager, flock",
        "table/preload.py",
        5,
        "gunicorn, a manager process",
        runner="preload",
    ),
    Fix(
        "stash",
        "gunicorn's dirty.stash",
        "table/stash.py",
        5,
        "gunicorn, its dirty arbiter",
        runner="gunicorn",
        extra=("--dirty-app", "stash:Nothing", "--dirty-workers", "1"),
    ),
    Fix("file_lock", "shared memory, flock", "table/file_lock.py", 6, "a file"),
    Fix("ultradict", "UltraDict, shared lock", "table/ultradict.py", 6, "atomics"),
    Fix("keyvalue", "keyvalue-sqlite atomic_add", "table/keyvalue.py", 7, "a file"),
    Fix("sqlite", "sqlite3, one statement", "table/sqlite.py", 7, "a file"),
    Fix("redis_get_set", "Redis GET, then SET", "redis_get_set.py", 8, "Redis", "redis"),
    Fix("redis_incr", "Redis INCR", "redis_incr.py", 8, "Redis", "redis"),
    Fix("redis_lua", "Redis, a script in Lua", "redis_lua.py", 8, "Redis", "redis"),
    Fix("redis_watch", "Redis WATCH, MULTI", "redis_watch.py", 8, "Redis", "redis"),
    Fix("redis_lock", "Redis lock", "redis_lock.py", 8, "Redis", "redis"),
    Fix("redis_fenced", "Redis lock with a fencing token", "redis_fenced.py", 8, "Redis", "redis"),
    Fix("aiocache_redis", "aiocache on Redis", "table/cached.py", 9, "Redis", "redis"),
    Fix("memcached", "aiocache on Memcached", "table/cached.py", 9, "Memcached", "memcached"),
    Fix(
        "tortoise_saved",
        "Tortoise, read and save",
        "table/tortoise_orm.py",
        10,
        "PostgreSQL",
        "postgres",
    ),
    Fix(
        "tortoise_locked",
        "Tortoise, select_for_update",
        "table/tortoise_orm.py",
        10,
        "PostgreSQL",
        "postgres",
        settings={"LOCKED": "1"},
    ),
    Fix("postgres", "UPDATE … RETURNING", "table/postgres.py", 10, "PostgreSQL", "postgres"),
    Fix(
        "mariadb_locked",
        "the same Tortoise on MariaDB",
        "table/tortoise_orm.py",
        10,
        "MariaDB",
        "mariadb",
        settings={"LOCKED": "1"},
    ),
]


class House:
    """The stores, for all fixes; files and segments, for each host its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.name = folder, f"wl{secrets.token_hex(4)}"
        self._stores: dict[str, tuple[dict[str, str], list[int]]] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.callback(self._remove_segments)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def env(self, fix: Fix, host: str) -> dict[str, str]:
        """The settings of a fix on a host. Raises ServiceMissing when its store cannot be had."""
        own = self.folder / f"{fix.id}-{host}"
        name = f"{self.name}-{fix.id}-{host}"
        if fix.file.endswith("keyvalue.py"):
            from keyvalue_sqlite import KeyValueSqlite

            KeyValueSqlite(str(own), "counts")  # two workers that create its table at once fail
        files = {"STATE_FILE": str(own), "STATE_NAME": name, "PYTHONPATH": str(APPS / "table")}
        return {**files, **fix.settings, **self._store(fix.store)[0]}

    def pids(self, fix: Fix) -> list[int]:
        """The processes of the fix's store."""
        return self._store(fix.store)[1]

    def _store(self, name: str) -> tuple[dict[str, str], list[int]]:
        if name and name not in self._stores:
            self._stores[name] = getattr(self, f"_{name}")()
        return self._stores.get(name, ({}, []))

    def _redis(self) -> tuple[dict[str, str], list[int]]:
        service = Redis(own=True)
        url = self._open.enter_context(service)
        return {"REDIS_URL": url, "CACHE_URL": url}, [service.pid]

    def _memcached(self) -> tuple[dict[str, str], list[int]]:
        service = Memcached(own=True)
        return {"CACHE_URL": self._open.enter_context(service)}, [service.pid]

    def _postgres(self) -> tuple[dict[str, str], list[int]]:
        import asyncpg

        service = Postgres(own=True)
        url = self._open.enter_context(service)

        async def create() -> None:
            base = await asyncpg.connect(url)
            await base.execute(COUNTS)
            await base.execute("INSERT INTO counts VALUES (1, 0)")
            await base.close()

        asyncio.run(create())
        return {"DATABASE_URL": url}, [service.pid]

    def _mariadb(self) -> tuple[dict[str, str], list[int]]:
        import asyncmy

        service = MariaDB(own=True)
        place = urlsplit(url := self._open.enter_context(service))

        async def create() -> None:
            where = {"host": place.hostname, "port": place.port, "user": place.username}
            base = await asyncmy.connect(**where, db=place.path.strip("/"), autocommit=True)
            async with base.cursor() as cursor:
                await cursor.execute(COUNTS)
                await cursor.execute("INSERT INTO counts VALUES (1, 0)")
            base.close()

        asyncio.run(create())
        return {"DATABASE_URL": url}, [service.pid]

    def _manager(self) -> tuple[dict[str, str], list[int]]:
        """The state server of chapter 04's fix, on a port that was free a moment ago."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        env = {"STATE_PORT": str(port), "STATE_KEY": secrets.token_hex(8)}
        child = Child()
        script = APPS / "table/manager_server.py"
        child.open([sys.executable, str(script)], env=os.environ | env)
        self._open.callback(child.close, kill=True)
        child.start()
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return env, [child.pid]
            except OSError:
                if child.poll() is not None:
                    raise RuntimeError(child.log) from None

    def _remove_segments(self) -> None:
        """UltraDict leaves its segments behind after every stop, and those that they name."""
        for segment in Path("/dev/shm").glob(f"*{self.name}*"):
            for named in re.findall(rb"psm_[0-9a-f]{8}", segment.read_bytes()):
                Path("/dev/shm", named.decode()).unlink(missing_ok=True)
            segment.unlink(missing_ok=True)
