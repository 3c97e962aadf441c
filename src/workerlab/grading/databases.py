"""Databases of a PostgreSQL server of the grader's own, and how workers meet at their first step.

"Five workers may start at once on an empty database": whether two of them make the same table at
the same moment is luck, so here it is arranged. PostgreSQL looks whether a table exists, and
writes it into the catalogue pg_class only after that. While the grader holds a SHARE lock on
pg_class, every session may read and none may write: all workers see that there is no table,
and wait side by side. Then the lock is released, and all of them write at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from workerlab.grading.stores import RESPONSE_S

if TYPE_CHECKING:
    import asyncpg
    import psycopg

__all__ = ["all_make_their_tables_at_once", "new_database", "tables"]

NO_OTHER_S = 4.0  # seconds without a newcomer, after which waiting sessions are let go
LOOK_S = 0.01
LOCK = "BEGIN; LOCK TABLE pg_catalog.pg_class IN SHARE MODE"
TABLES = """SELECT tablename FROM pg_catalog.pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"""
WAITING = "SELECT count(DISTINCT pid) FROM pg_catalog.pg_locks WHERE NOT granted"
QUOTED_TABLES = """SELECT format('%I.%I', schemaname, tablename) FROM pg_catalog.pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""
# An app owns its database, and may give it settings and put its own views and functions there.
# Ours come first: a session of the grader, which is a superuser, must run no code of the app.
OURS = {
    "search_path": "pg_catalog",
    "role": "none",
    "local_preload_libraries": "",
    "default_transaction_read_only": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
SINCE_17 = {"transaction_timeout": "0"}  # of PostgreSQL


def new_database(url: str, name: str) -> str:
    """Make an empty database of that name, the app's own, on the server of `url`; its address."""
    _run(_ask(url, f'CREATE DATABASE "{name}"'))
    return in_database(url, name)


def in_database(url: str, name: str) -> str:
    """The same address, but for the database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def tables(url: str) -> list[str]:
    """The names of all tables in the database of this address, but for PostgreSQL's own."""
    return [row["tablename"] for row in _run(_ask(url, TABLES))]


def _run(work: Coroutine[None, None, list[asyncpg.Record]]) -> list[asyncpg.Record]:
    """In a thread, because a notebook has an event loop of its own, which runs already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _ask(url: str, statement: str) -> list[asyncpg.Record]:
    session = await _connect(url)
    try:
        rows: list[asyncpg.Record] = await session.fetch(statement)
        return rows
    finally:
        await session.close()


async def _connect(url: str) -> asyncpg.Connection:
    import asyncpg

    limits = {"timeout": RESPONSE_S, "command_timeout": RESPONSE_S}
    try:
        return await asyncpg.connect(url, server_settings=OURS | SINCE_17, **limits)
    except asyncpg.UndefinedObjectError:  # an older one does not know that setting
        return await asyncpg.connect(url, server_settings=OURS, **limits)


@contextmanager
def writers_wait(by: str) -> Iterator[Callable[[], int]]:
    """While the block runs, every reader of this database passes and every writer waits.

    by   an address in the database whose user may lock all its tables

    Yields a function that counts the sessions that wait for a lock. So one knows when every
    worker has read and wants to write, before any has written.
    """
    import psycopg

    with _as_admin(by) as watching, _as_admin(by) as holding:
        names = [row[0] for row in watching.execute(QUOTED_TABLES).fetchall()]
        if names:
            holding.execute(f"LOCK TABLE {', '.join(names)} IN SHARE MODE")
        try:
            yield lambda: watching.execute(WAITING).fetchall()[0][0]
        finally:
            with suppress(psycopg.Error):  # the database may have gone
                holding.rollback()


@contextmanager
def _as_admin(url: str) -> Iterator[psycopg.Connection]:
    """A session that finds only PostgreSQL's own names: an app may have put others in its way."""
    import psycopg

    settings = OURS | {"statement_timeout": f"{RESPONSE_S:.0f}s"}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    session = psycopg.connect(url, options=options, connect_timeout=int(RESPONSE_S))
    try:
        if session.info.server_version >= 170_000:
            for name, value in SINCE_17.items():
                session.execute(f"SET SESSION {name} = {value}")
            session.commit()
        yield session
    finally:
        session.close()


@contextmanager
def all_make_their_tables_at_once(url: str, workers: int, *, by: str = "") -> Iterator[None]:
    """No session finishes a CREATE TABLE in this database before `workers` sessions wait to do so.

    by   an address of the same server whose user may lock the catalogue, as a superuser may;
         the user of `url` unless given

    Workers that create no table, or that wait for a lock of the app, are let go after a few
    seconds without a newcomer, and in any case at the end of the block.
    """
    held, done = Event(), Event()
    by = in_database(by or url, urlsplit(url).path.lstrip("/"))
    with ThreadPoolExecutor(1) as pool:
        keeper = pool.submit(lambda: asyncio.run(_hold(by, workers, held, done)))
        try:
            held.wait()
            yield
        finally:
            done.set()
            keeper.result()


async def _hold(url: str, workers: int, held: Event, done: Event) -> None:
    try:
        session = await _connect(url)
        await session.execute(LOCK)
    finally:
        held.set()
    most, until = 0, float("inf")
    while not done.is_set() and most < workers and time.monotonic() < until:
        waiting = await session.fetchval(WAITING)
        if waiting > most:
            most, until = waiting, time.monotonic() + NO_OTHER_S
        await asyncio.sleep(LOOK_S)
    await session.close()  # which gives the lock back
