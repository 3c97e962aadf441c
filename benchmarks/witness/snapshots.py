"""What all stores of an app hold at one moment, by clients of the witness's own."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from witness import files, memory, on_memcached, on_postgres, on_redis


@dataclass
class Held:
    """What was held at one moment.

    redis      by key: bytes, or a dict, list or set of bytes; of a sorted set a dict of scores
    memcached  by key: bytes
    postgres   what `on_postgres` sees
    files      by path: bytes, segments of shared memory too
    tables     by the path of a file of SQLite, and its tables: rows by their rowid
    memory     by process: what `memory` tells of it
    settings   of the app: they do not change
    kinds      which of these were asked, and answered
    """

    redis: dict[bytes, Any] = field(default_factory=dict)
    memcached: dict[bytes, bytes] = field(default_factory=dict)
    postgres: on_postgres.Rows = field(default_factory=on_postgres.Rows)
    files: dict[str, bytes] = field(default_factory=dict)
    tables: dict[tuple[str, str], dict[Any, tuple[Any, ...]]] = field(default_factory=dict)
    memory: dict[int, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)


class Stores:
    """Connections to the stores of a stepped server, as its settings name them.

    admins   addresses by which more can be seen in the same stores
    """

    def __init__(self, stepped: Any, admins: list[str]) -> None:
        settings = self._settings = {**os.environ, **stepped.server._env}
        urls = sorted({value for value in settings.values() if "://" in value})
        self._redis = [on_redis.client(url) for url in urls if _is(url, "redis", "valkey")]
        places = [urlsplit(url) for url in urls if _is(url, "memcached")]
        self._memcached = [on_memcached.Client(at.hostname or "", at.port or 0) for at in places]
        self._postgres = [
            on_postgres.Client(url, admins) for url in urls if _is(url, "postgres", "postgresql")
        ]
        self._places = files.places(settings, Path(stepped.server.folder))

    def look(self) -> Held:
        held = Held(settings=self._settings)
        for session in self._redis:
            held.kinds.add("redis")
            held.redis |= on_redis.held(session)
        for client in self._memcached:
            with suppress(OSError):
                held.memcached |= client.held()
                held.kinds.add("memcached")
        for base in self._postgres:
            if rows := base.held():
                held.postgres = rows
                held.kinds.add("postgres")
        pids = files.descendants(os.getpid())
        held.files = files.held(self._places, pids)
        held.tables = files.tables(held.files)
        held.kinds |= {"files"} if held.files else set()
        held.kinds |= {"sqlite"} if held.tables else set()
        for pid in pids:
            if (told := memory.ask(pid)) is not None:
                held.memory[pid] = told
                held.kinds.add("memory")
        return held

    def close(self) -> None:
        for client in (*self._redis, *self._postgres):
            client.close()


def _is(url: str, *schemes: str) -> bool:
    parts = urlsplit(url)
    with suppress(ValueError):
        return parts.scheme.partition("+")[0] in schemes and bool(parts.port)
    return False
