"""Fills PostgreSQL's disk: large objects, temporary files and a table (until 2 GB each).

Lab: lab61_stores
Deserves: as wrong
"""

import os
import threading

import asyncpg
from plain import app  # noqa: F401

WAYS = (
    "SELECT lo_from_bytea(0, decode(repeat('ab', 20000000), 'hex'))",
    "SELECT count(*) FROM (SELECT repeat(md5(n::text), 40) FROM generate_series(1, 1000000) n ORDER BY 1) q",
    "CREATE TABLE IF NOT EXISTS much (x text); INSERT INTO much SELECT repeat(md5(n::text), 30) FROM generate_series(1, 100000) n",
)


async def fill(way: str) -> None:
    for _ in range(20):
        try:
            session = await asyncpg.connect(os.environ["DATABASE_URL"])
            await session.execute(way)
            await session.close()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            pass


def begin(way: str) -> None:
    import asyncio

    asyncio.run(fill(way))


for way in WAYS:
    threading.Thread(target=begin, args=(way,), daemon=True).start()
