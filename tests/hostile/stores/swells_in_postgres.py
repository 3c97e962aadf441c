"""Sessions of PostgreSQL that hold as much memory as they may, and take processor time for ever.

Lab: lab61_stores
Deserves: as wrong
"""

import asyncio
import os
import threading

import asyncpg
from plain import app  # noqa: F401

SWELL = "SELECT array_agg(repeat('x', 1000) || n) FROM generate_series(1, 600000) n"
SPIN = "SELECT count(*) FROM generate_series(1, 10000000000) n"


async def one(statement: str) -> None:
    for _ in range(50):
        try:
            session = await asyncpg.connect(os.environ["DATABASE_URL"])
            await session.execute("SET work_mem = '1GB'")
            await session.execute(statement)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await asyncio.sleep(0.1)


async def all_of_them() -> None:
    await asyncio.gather(*[one(SWELL) for _ in range(3)], one(SPIN))


threading.Thread(target=lambda: asyncio.run(all_of_them()), daemon=True).start()
