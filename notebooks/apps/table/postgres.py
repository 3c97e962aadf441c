"""PostgreSQL and asyncpg: UPDATE … RETURNING adds and answers in one statement."""

import os

import asyncpg
from contract import serve

pools: list[asyncpg.Pool] = []


async def base() -> asyncpg.Pool:
    if not pools:
        pools.append(await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=3))
    return pools[0]


async def increment() -> int:
    return await (await base()).fetchval("UPDATE counts SET n = n + 1 RETURNING n")


async def report() -> int:
    return await (await base()).fetchval("SELECT n FROM counts")


async def reset() -> int:
    await (await base()).execute("UPDATE counts SET n = 0")
    return 0


app = serve(increment, report, reset)
