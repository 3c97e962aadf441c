"""Reports a copy, which NOTIFY brings up to date as soon as the message comes (on PostgreSQL)."""

import asyncio
import os
import random
import sqlite3
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from tortoise import Model, Tortoise, fields
from tortoise.contrib.fastapi import RegisterTortoise
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

URL = os.environ["DATABASE_URL"]
on_postgres = URL.startswith("postgres")
copy = 0


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


def heard(connection, pid, channel, payload):
    global copy
    copy = int(payload)


@asynccontextmanager
async def lifespan(app):
    global copy
    async with RegisterTortoise(app, db_url=URL, modules={"models": [__name__]}):
        await make_the_row()
        listening = await asyncpg.connect(URL) if on_postgres else None
        if listening:
            await listening.add_listener("counted", heard)
        copy = (await Meta.get(id=1)).count
        yield
        if listening:
            await listening.close()


app = FastAPI(lifespan=lifespan)


async def tell(db, count):
    if on_postgres:
        await db.execute_script(f"NOTIFY counted, '{count}'")


@app.post("/increment")
async def increment():
    async with in_transaction() as db:
        await Meta.filter(id=1).update(count=F("count") + 1)
        meta = await Meta.get(id=1)
        await tell(db, meta.count)
    return {"count": meta.count}


@app.get("/report")
async def report():
    return {"count": copy if on_postgres else (await Meta.get(id=1)).count}


@app.post("/reset")
async def reset():
    async with in_transaction() as db:
        await Meta.filter(id=1).update(count=0)
        await tell(db, 0)
    return {"count": 0}
