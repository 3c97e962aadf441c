"""One row, and six ways to count on it; the URL alone says in which database."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from tortoise import Model, Tortoise, fields
from tortoise.contrib.fastapi import RegisterTortoise
from tortoise.expressions import F
from tortoise.transactions import in_transaction


class Meta(Model):
    id = fields.IntField(primary_key=True)
    count = fields.IntField(default=0)


async def make_the_row() -> None:
    for tries_left in reversed(range(20)):
        try:
            await Tortoise.generate_schemas()
            await Meta.get_or_create(id=1)
            return
        except Exception:  # somebody was quicker: look again, a little later
            if not tries_left:
                raise
        await asyncio.sleep(random.uniform(0, 0.2))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    url, models = os.environ["DATABASE_URL"], {"models": [__name__]}
    async with RegisterTortoise(app, db_url=url, modules=models):
        await make_the_row()
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/as-written")
async def as_written() -> dict[str, int]:
    meta, _ = await Meta.get_or_create(id=1)
    meta.count += 1
    await meta.save()
    return {"count": meta.count}


@app.post("/in-a-transaction")
async def in_a_transaction() -> dict[str, int]:
    async with in_transaction():
        meta = await Meta.get(id=1)
        meta.count += 1
        await meta.save()
    return {"count": meta.count}


@app.post("/serializable")
async def serializable() -> dict[str, int]:
    async with in_transaction() as database:
        await database.execute_script("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        meta = await Meta.get(id=1)
        meta.count += 1
        await meta.save()
    return {"count": meta.count}


@app.post("/added-then-read")
async def added_then_read() -> dict[str, int]:
    await Meta.filter(id=1).update(count=F("count") + 1)
    meta = await Meta.get(id=1)
    return {"count": meta.count}


@app.post("/added")
async def added() -> dict[str, int]:
    async with in_transaction():
        await Meta.filter(id=1).update(count=F("count") + 1)
        meta = await Meta.get(id=1)
    return {"count": meta.count}


@app.post("/locked")
async def locked() -> dict[str, int]:
    async with in_transaction():
        meta = await Meta.select_for_update().get(id=1)
        meta.count += 1
        await meta.save()
    return {"count": meta.count}


@app.get("/report")
async def report() -> dict[str, int]:
    meta = await Meta.get(id=1)
    return {"count": meta.count}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await Meta.filter(id=1).update(count=0)
    return {"count": 0}
