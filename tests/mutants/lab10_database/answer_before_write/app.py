"""Counts in a background task, after the answer."""

import asyncio
import os
import random
import sqlite3
from contextlib import asynccontextmanager

from fastapi import FastAPI
from tortoise import Model, Tortoise, fields
from tortoise.contrib.fastapi import RegisterTortoise
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.expressions import F
from tortoise.transactions import in_transaction
from fastapi import BackgroundTasks


class Meta(Model):
    id = fields.IntField(primary_key=True)
    count = fields.IntField(default=0)


async def make_the_row():
    for tries_left in reversed(range(20)):
        try:
            await Tortoise.generate_schemas()
            await Meta.get_or_create(id=1)
            return
        except (IntegrityError, OperationalError, sqlite3.OperationalError):
            if not tries_left:
                raise
        await asyncio.sleep(random.uniform(0, 0.2))


@asynccontextmanager
async def lifespan(app):
    url = os.environ["DATABASE_URL"]
    async with RegisterTortoise(app, db_url=url, modules={"models": [__name__]}):
        await make_the_row()
        yield


app = FastAPI(lifespan=lifespan)


async def add():
    async with in_transaction():
        await Meta.filter(id=1).update(count=F("count") + 1)


@app.post("/increment")
async def increment(later: BackgroundTasks):
    meta = await Meta.get(id=1)
    later.add_task(add)
    return {"count": meta.count + 1}


@app.get("/report")
async def report():
    meta = await Meta.get(id=1)
    return {"count": meta.count}


@app.post("/reset")
async def reset():
    await Meta.filter(id=1).update(count=0)
    return {"count": 0}
