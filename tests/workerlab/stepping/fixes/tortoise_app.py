"""Tortoise ORM and PostgreSQL: read and save, and select_for_update."""

import os
from contextlib import asynccontextmanager

from fastapi import FastAPI
from tortoise import fields
from tortoise.contrib.fastapi import RegisterTortoise
from tortoise.models import Model
from tortoise.transactions import in_transaction


class Counts(Model):
    id = fields.IntField(primary_key=True)
    n = fields.IntField(default=0)


@asynccontextmanager
async def lifespan(app):
    url = os.environ["DATABASE_URL"]
    async with RegisterTortoise(app, db_url=url, modules={"models": ["app"]}):
        yield


app = FastAPI(lifespan=lifespan)


async def racy():
    row = await Counts.get(id=1)
    row.n += 1
    await row.save()
    return row.n


async def for_update():
    async with in_transaction():
        row = await Counts.select_for_update().get(id=1)
        row.n += 1
        await row.save()
    return row.n


@app.post("/increment")
async def increment():
    return {"count": await globals()[os.environ["FIX"]]()}


@app.get("/report")
async def report():
    return {"count": (await Counts.get(id=1)).n}


@app.post("/reset")
async def reset():
    await Counts.filter(id=1).update(n=0)
    return {"count": 0}
