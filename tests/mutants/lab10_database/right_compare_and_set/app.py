"""No lock and no transaction: who comes too late reads again. The first request makes the row."""

import asyncio
import os
import random
import sqlite3
from contextlib import asynccontextmanager

from fastapi import FastAPI
from tortoise import Model, Tortoise, fields
from tortoise.contrib.fastapi import RegisterTortoise
from tortoise.exceptions import IntegrityError, OperationalError


class Meta(Model):
    id = fields.IntField(primary_key=True)
    count = fields.IntField(default=0)


@asynccontextmanager
async def lifespan(app):
    url, models = os.environ["DATABASE_URL"], {"models": [__name__]}
    async with RegisterTortoise(app, db_url=url, modules=models):
        yield


app = FastAPI(lifespan=lifespan)
ready = False


async def row():
    global ready
    while not ready:
        try:
            await Tortoise.generate_schemas()
            await Meta.get_or_create(id=1)
            ready = True
        except (IntegrityError, OperationalError, sqlite3.OperationalError):
            await asyncio.sleep(random.uniform(0, 0.1))
    return await Meta.get(id=1)


@app.post("/increment")
async def increment():
    while True:
        meta = await row()
        if await Meta.filter(id=1, count=meta.count).update(count=meta.count + 1):
            return {"count": meta.count + 1}


@app.get("/report")
async def report():
    return {"count": (await row()).count}


@app.post("/reset")
async def reset():
    await row()
    await Meta.filter(id=1).update(count=0)
    return {"count": 0}
