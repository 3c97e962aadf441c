"""Votes for a choice.

Cut from https://github.com/machinalis/mypy-django-example/issues/2 (2016-10-04): a vote is lost when
another request votes at the same time.
"""

from contextlib import asynccontextmanager

from fastapi import FastAPI
from tortoise import fields
from tortoise.contrib.fastapi import RegisterTortoise
from tortoise.models import Model


class Choice(Model):
    id = fields.IntField(primary_key=True)
    votes = fields.IntField(default=0)


@asynccontextmanager
async def lifespan(app: FastAPI):
    orm = RegisterTortoise(
        app, db_url="sqlite://polls.db", modules={"models": [__name__]}, generate_schemas=True
    )
    async with orm:
        yield


app = FastAPI(lifespan=lifespan)


@app.put("/choices/{number}")
async def create(number: int):
    await Choice.get_or_create(id=number)
    return {"id": number}


@app.post("/choices/{number}/vote")
async def vote(number: int):
    choice = await Choice.get(id=number)
    choice.votes += 1
    await choice.save()
    return {"voted": number}


@app.get("/choices/{number}")
async def show(number: int):
    return {"votes": (await Choice.get(id=number)).votes}
