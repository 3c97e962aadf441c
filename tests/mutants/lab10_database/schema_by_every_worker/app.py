"""The database adds, but every worker makes the table, and only one can."""

import os
from contextlib import asynccontextmanager

from fastapi import FastAPI
from tortoise import Model, fields
from tortoise.contrib.fastapi import RegisterTortoise
from tortoise.expressions import F
from tortoise.transactions import in_transaction


class Meta(Model):
    id = fields.IntField(primary_key=True)
    count = fields.IntField(default=0)


@asynccontextmanager
async def lifespan(app):
    url, models = os.environ["DATABASE_URL"], {"models": [__name__]}
    async with RegisterTortoise(app, db_url=url, modules=models, generate_schemas=True):
        await Meta.get_or_create(id=1)
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment():
    async with in_transaction():
        await Meta.filter(id=1).update(count=F("count") + 1)
        meta = await Meta.get(id=1)
    return {"count": meta.count}


@app.get("/report")
async def report():
    meta = await Meta.get(id=1)
    return {"count": meta.count}


@app.post("/reset")
async def reset():
    await Meta.filter(id=1).update(count=0)
    return {"count": 0}
