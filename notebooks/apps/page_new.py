"""A page that is created once: If-None-Match: * asks for it, and who comes second is answered 412."""

import os
from typing import Annotated

from fastapi import Body, FastAPI, Header, HTTPException
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()


@app.put("/page")
async def write(
    text: Annotated[str, Body(embed=True)], if_none_match: Annotated[str, Header()] = ""
) -> None:
    if if_none_match == "*" and await store.exists("page"):
        raise HTTPException(412)
    await store.set("page", text)


@app.get("/page")
async def read() -> dict[str, str]:
    return {"text": await store.get("page") or ""}


@app.delete("/page")
async def remove() -> None:
    await store.delete("page")
