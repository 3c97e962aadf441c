"""The grader's own questions to a submission's store, and what their failure means.

An app may do anything to its store: change its password, drop its tables, fill it, keep it busy
for ever, put a folder in the place of its file. A check that then cannot read what it needs has
failed, and says so in a sentence; it is no fault of the grader's. A store that this machine lacks
is another matter: `ServiceMissing`.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from workerlab.draw.words import clean
from workerlab.processes.sandbox import confined

if TYPE_CHECKING:
    import redis

__all__ = ["in_time", "redis_at"]

T = TypeVar("T")
RESPONSE_S = 10.0  # seconds for a store to answer one question: each takes some milliseconds
ALL_S = 20.0  # seconds for all questions of a kind: an app can store keys without end
LONGEST = 200  # signs of what a store said
SPEAKERS = {  # the libraries that speak to stores
    "redis": "Redis",
    "valkey": "Redis",
    "asyncpg": "PostgreSQL",
    "psycopg": "PostgreSQL",
    "tortoise": "the database",
    "sqlite3": "SQLite",
    "aiosqlite": "SQLite",
    "asyncmy": "MariaDB",
    "aiomysql": "MariaDB",
    "pymysql": "MariaDB",
    "pymemcache": "Memcached",
    "aiomcache": "Memcached",
}
OURS = ("workerlab-", "workerlab_")  # how the places begin that an app is given
FULL = (errno.ENOSPC, errno.EDQUOT)  # in a sandbox the app's own places; else perhaps the machine
NOT_THEIRS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def redis_at(url: str) -> redis.Redis:
    """A client of the store at this address, which waits for no response for ever."""
    from redis import Redis

    limits = {"socket_timeout": RESPONSE_S, "socket_connect_timeout": RESPONSE_S}
    return Redis.from_url(url, **limits, retry_on_timeout=False)


def in_time(things: Iterator[T], what: str, seconds: float = ALL_S) -> Iterator[T]:
    """The same things, one by one; an assertion when the app has made too many of them."""
    until = time.monotonic() + seconds
    for number, thing in enumerate(things):
        assert time.monotonic() < until, (
            f"after {seconds:g} s and {number} {what} there are still more: the app fills its store"
        )
        yield thing


def explanation(error: BaseException) -> str:
    """What a failed question to a submission's store means, in a sentence; "" for another error."""
    for one in _chain(error):
        if store := _store_of(one):
            said = clean(one, LONGEST).rstrip(".") or type(one).__name__
            return (
                f"this check asked {store} and got no use of it: {said}. The app has changed, "
                "stopped, blocked or filled its store, and must leave it as a store"
            )
        if isinstance(one, OSError) and (place := _place_of(one)):
            return (
                f"this check could not use {place}: {clean(one.strerror or one, LONGEST)}. The app "
                "has put something else in its place, or filled it"
            )
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, those in a group of errors, and what they came from."""
    ahead, seen = [error], set()
    while ahead:
        one = ahead.pop(0)
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            ahead += [more for more in (one.__cause__, one.__context__) if more is not None]
            ahead += getattr(one, "exceptions", ())


def _store_of(error: BaseException) -> str | None:
    """The store that this error speaks of: by its own class, or by where it was raised."""
    modules = [kind.__module__ for kind in type(error).__mro__]
    modules += _modules(error.__traceback__)
    found = (SPEAKERS.get(module.partition(".")[0]) for module in modules)
    return next((store for store in found if store), None)


def _modules(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        yield traceback.tb_frame.f_globals.get("__name__", "")
        traceback = traceback.tb_next


def _place_of(error: OSError) -> str:
    """The place of the app's that an error names, by its last part; "" for any other."""
    if not isinstance(error.filename, str | Path) or error.errno in NOT_THEIRS:
        return ""
    sandbox = confined()
    if error.errno in FULL and not (sandbox and sandbox.bubblewrap):
        return ""
    path = Path(error.filename)
    return clean(path.name, LONGEST) if any(part.startswith(OURS) for part in path.parts) else ""
