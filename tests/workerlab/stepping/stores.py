"""The stores of the engine's own tests, kept out of the apps' folder so that they have no gates.

Each offers `read()`, `write(n)` and `add()`, which is atomic. STORE chooses the store, PLACE
says where it is.
"""

import fcntl
import mmap
import os
import sqlite3
import struct
import threading

PLACE = os.environ.get("PLACE", "")


class SharedMemory:
    """Eight bytes of a memory-mapped file."""

    def __init__(self) -> None:
        with open(PLACE, "a+b") as file:
            file.truncate(8)
            self.memory = mmap.mmap(file.fileno(), 8)

    def read(self) -> int:
        return struct.unpack("q", self.memory[:8])[0]

    def write(self, count: int) -> None:
        self.memory[:8] = struct.pack("q", count)

    def add(self) -> int:
        with lock():
            self.write(self.read() + 1)
            return self.read()


class Sqlite:
    """One row of a SQLite file, a connection for each thread."""

    def __init__(self) -> None:
        self.local = threading.local()

    @property
    def base(self) -> sqlite3.Connection:
        if not hasattr(self.local, "base"):
            self.local.base = sqlite3.connect(PLACE, isolation_level=None)
            self.local.base.execute("PRAGMA journal_mode=WAL")
            self.local.base.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, n)")
        return self.local.base

    def read(self) -> int:
        row = self.base.execute("SELECT n FROM t WHERE id = 1").fetchone()
        return row[0] if row else 0

    def write(self, count: int) -> None:
        self.base.execute("INSERT OR REPLACE INTO t VALUES (1, ?)", (count,))

    def add(self) -> int:
        self.base.execute("INSERT OR IGNORE INTO t VALUES (1, 0)")
        return self.base.execute("UPDATE t SET n = n + 1 RETURNING n").fetchone()[0]


class Redis:
    """One key of a Redis server."""

    def __init__(self) -> None:
        import redis

        self.redis = redis.from_url(PLACE)

    def read(self) -> int:
        return int(self.redis.get("n") or 0)

    def write(self, count: int) -> None:
        self.redis.set("n", count)

    def add(self) -> int:
        return self.redis.incr("n")


class lock:
    """An exclusive file lock that frees itself when its holder dies; a descriptor for each use."""

    def __init__(self, name: str = "lock") -> None:
        self.path = os.path.join(os.environ["LOCKS"], name)

    def __enter__(self) -> None:
        self.file = open(self.path, "w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self.file.close()


def nothing() -> None:
    """A step that touches nothing."""


STORES = {"memory": SharedMemory, "sqlite": Sqlite, "redis": Redis}
store = STORES[os.environ["STORE"]]() if "STORE" in os.environ else None
