"""The same, one worker after the other: each waits for a lock that PostgreSQL keeps."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from migrate_at_start import migrate

MIGRATIONS = 18  # any number, as long as all workers take the same


async def migrate_in_turn(base: asyncpg.Connection) -> None:
    async with base.transaction():
        await base.execute("SELECT pg_advisory_xact_lock($1)", MIGRATIONS)
        await migrate(base)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    base = await asyncpg.connect(os.environ["DATABASE_URL"])
    await migrate_in_turn(base)
    await base.close()
    yield


app = FastAPI(lifespan=lifespan)
