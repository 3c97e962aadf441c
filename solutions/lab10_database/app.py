"""A counter that five workers share in a database: the database adds, in a transaction.

The UPDATE locks the row until the transaction ends, so the count that is read behind it is the
one that this increment has made.
"""

import asyncio
import os
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from tortoise import Model, Tortoise, fields
from tortoise.contrib.fastapi import RegisterTortoise
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

TRIES = 20
SOMEBODY_WAS_QUICKER = (IntegrityError, OperationalError, sqlite3.OperationalError)


class Meta(Model):
    """The object that all workers share: one row."""

    id = fields.IntField(primary_key=True)
    count = fields.IntField(default=0)


async def make_the_row() -> None:
    """Make the table and its one row, unless they are there. All workers do this at once."""
    for tries_left in reversed(range(TRIES)):
        try:
            await Tortoise.generate_schemas()
            await Meta.get_or_create(id=1)
            return
        except SOMEBODY_WAS_QUICKER:
            if not tries_left:
                raise
        await asyncio.sleep(random.uniform(0, 0.2))  # so that they do not meet again


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    url, models = os.environ["DATABASE_URL"], {"models": [__name__]}
    async with RegisterTortoise(app, db_url=url, modules=models):
        await make_the_row()
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with in_transaction():
        await Meta.filter(id=1).update(count=F("count") + 1)
        meta = await Meta.get(id=1)
    return {"count": meta.count}


@app.get("/report")
async def report() -> dict[str, int]:
    meta = await Meta.get(id=1)
    return {"count": meta.count}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await Meta.filter(id=1).update(count=0)
    return {"count": 0}
