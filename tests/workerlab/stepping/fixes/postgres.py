"""asyncpg and PostgreSQL: read and save, UPDATE … RETURNING, SELECT … FOR UPDATE."""

import os

import asyncpg
from serving import serve

pools = []


async def base():
    if not pools:
        pools.append(await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=3))
    return pools[0]


async def report():
    return await (await base()).fetchval("SELECT n FROM counts")


async def reset():
    await (await base()).execute("UPDATE counts SET n = 0")
    return 0


async def racy():
    pool = await base()
    count = await pool.fetchval("SELECT n FROM counts")
    await pool.execute("UPDATE counts SET n = $1", count + 1)
    return count + 1


async def returning():
    pool = await base()
    return await pool.fetchval("UPDATE counts SET n = n + 1 RETURNING n")


async def for_update():
    pool = await base()
    async with pool.acquire() as one, one.transaction():
        count = await one.fetchval("SELECT n FROM counts FOR UPDATE")
        await one.execute("UPDATE counts SET n = $1", count + 1)
    return count + 1


app = serve(globals()[os.environ["FIX"]], report, reset)
