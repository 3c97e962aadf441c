"""Databases of a PostgreSQL server of the grader's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from workerlab.grading.stores import RESPONSE_S

if TYPE_CHECKING:
    import asyncpg
    import psycopg

__all__ = ["new_database", "tables"]

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
    _run(_create(url, name))
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
    session = await connected(url)
    try:
        rows: list[asyncpg.Record] = await session.fetch(statement)
        return rows
    finally:
        await session.close()


async def _create(url: str, name: str) -> list[asyncpg.Record]:
    session = await connected(url)
    try:
        # Its files are copied, and not written to the log besides, which takes longer.
        how = "STRATEGY FILE_COPY" if session.get_server_version().major >= 15 else ""
        rows: list[asyncpg.Record] = await session.fetch(f'CREATE DATABASE "{name}" {how}')
        return rows
    finally:
        await session.close()


async def connected(url: str) -> asyncpg.Connection:
    """A session of the grader's, which takes no settings from the app's database."""
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
