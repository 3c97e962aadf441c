"""An update that changes nothing takes the lock, on either database; then it is read and saved."""

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager

from fastapi import FastAPI
from tortoise import Model, Tortoise, fields
from tortoise.contrib.fastapi import RegisterTortoise
from tortoise.exceptions import OperationalError
from tortoise.expressions import F
from tortoise.transactions import in_transaction
from tortoise.utils import generate_schema_for_client

URL = os.environ["DATABASE_URL"]


class Meta(Model):
    id = fields.IntField(primary_key=True)
    count = fields.IntField(default=0)


async def make():
    if URL.startswith("postgres"):
        async with in_transaction() as db:
            await db.execute_script("SELECT pg_advisory_xact_lock(10)")
            await generate_schema_for_client(db, safe=True)
            await Meta.get_or_create(id=1, using_db=db)
        return
    for _ in range(400):  # the others make it, too: on a busy machine that takes a while
        try:
            await Tortoise.generate_schemas()
            await Meta.get_or_create(id=1)
            return
        except (OperationalError, sqlite3.OperationalError):
            await asyncio.sleep(0.05)


@asynccontextmanager
async def lifespan(app):
    async with RegisterTortoise(app, db_url=URL, modules={"models": [__name__]}):
        await make()
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment():
    async with in_transaction():
        await Meta.filter(id=1).update(count=F("count"))
        meta = await Meta.get(id=1)
        meta.count += 1
        await meta.save()
    return {"count": meta.count}


@app.get("/report")
async def report():
    return {"count": (await Meta.get(id=1)).count}


@app.post("/reset")
async def reset():
    async with in_transaction():
        await Meta.filter(id=1).update(count=F("count"))
        meta = await Meta.get(id=1)
        meta.count = 0
        await meta.save()
    return {"count": 0}
