"""Tortoise ORM: read and save in a transaction; LOCKED=1 locks the row while it does."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contract import serve
from fastapi import FastAPI
from tortoise import fields
from tortoise.contrib.fastapi import RegisterTortoise
from tortoise.models import Model
from tortoise.transactions import in_transaction

locked = os.environ.get("LOCKED") == "1"


class Counts(Model):
    id = fields.IntField(primary_key=True)
    n = fields.IntField(default=0)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    url = os.environ["DATABASE_URL"]
    async with RegisterTortoise(app, db_url=url, modules={"models": [__name__]}):
        yield


async def increment() -> int:
    async with in_transaction():
        row = await (Counts.select_for_update() if locked else Counts).get(id=1)
        row.n += 1
        await row.save()
    return row.n


async def report() -> int:
    return (await Counts.get(id=1)).n


async def reset() -> int:
    await Counts.filter(id=1).update(n=0)
    return 0


app = serve(increment, report, reset, lifespan=lifespan)
