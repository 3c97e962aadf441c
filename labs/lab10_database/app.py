"""A counter that five workers share in a database. It loses updates: fix it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from tortoise import Model, fields
from tortoise.contrib.fastapi import RegisterTortoise


class Meta(Model):
    """The object that all workers share: one row."""

    id = fields.IntField(primary_key=True)
    count = fields.IntField(default=0)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    url, models = os.environ["DATABASE_URL"], {"models": [__name__]}
    async with RegisterTortoise(app, db_url=url, modules=models, generate_schemas=True):
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment() -> dict[str, int]:
    meta, _ = await Meta.get_or_create(id=1)
    meta.count += 1
    await meta.save()
    return {"count": meta.count}


@app.get("/report")
async def report() -> dict[str, int]:
    meta, _ = await Meta.get_or_create(id=1)
    return {"count": meta.count}


@app.post("/reset")
async def reset() -> dict[str, int]:
    meta, _ = await Meta.get_or_create(id=1)
    meta.count = 0
    await meta.save()
    return {"count": 0}
