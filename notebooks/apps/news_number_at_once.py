"""Numbered news for clients that ask again and again. One script draws the number and keeps the message."""

import os
from typing import Annotated

from fastapi import Body, FastAPI
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()

keep = store.register_script("""
redis.call("ZADD", KEYS[2], redis.call("INCR", KEYS[1]), ARGV[1])
""")


@app.post("/news")
async def post(text: Annotated[str, Body(embed=True)]) -> None:
    await keep(keys=["number", "news"], args=[text])


@app.get("/news")
async def read(after: int = 0) -> dict[str, object]:
    found = await store.zrange("news", f"({after}", "+inf", byscore=True, withscores=True)
    return {"texts": [text for text, _ in found], "last": found[-1][1] if found else after}


@app.delete("/news")
async def forget() -> None:
    await store.delete("number", "news")
