"""A score in a sorted set; a class, a router and dependencies around it."""

import os
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel
from redis.asyncio import Redis


class Count(BaseModel):
    count: int


class Meta:
    """The object of the question, with its state outside of any worker."""

    def __init__(self) -> None:
        self.store = Redis.from_url(os.environ["REDIS_URL"])

    async def add(self) -> int:
        return int(await self.store.zincrby("meta", 1, "count"))

    async def read(self) -> int:
        return int(await self.store.zscore("meta", "count") or 0)

    async def clear(self) -> None:
        await self.store.zadd("meta", {"count": 0})


meta = Meta()


async def get_meta() -> Meta:
    return meta


Shared = Annotated[Meta, Depends(get_meta)]
router = APIRouter()


@router.post("/increment")
async def increment(shared: Shared) -> Count:
    return Count(count=await shared.add())


@router.get("/report")
async def report(shared: Shared) -> Count:
    return Count(count=await shared.read())


@router.post("/reset")
async def reset(shared: Shared) -> Count:
    await shared.clear()
    return Count(count=0)


app = FastAPI()
app.include_router(router)
