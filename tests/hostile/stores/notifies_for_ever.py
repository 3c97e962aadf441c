"""Fills PostgreSQL's queue of notifications, which one sleeping listener keeps from being emptied.

Lab: lab61_stores
Deserves: as wrong
"""

import asyncio
import os
import threading

import asyncpg
from plain import app  # noqa: F401


async def flood() -> None:
    try:
        listener = await asyncpg.connect(os.environ["DATABASE_URL"])
        await listener.execute("LISTEN noise; BEGIN")
        session = await asyncpg.connect(os.environ["DATABASE_URL"])
        while True:
            await session.execute(
                "SELECT pg_notify('noise', repeat('x', 7000) || n) FROM generate_series(1, 1000) n"
            )
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        pass


threading.Thread(target=lambda: asyncio.run(flood()), daemon=True).start()
