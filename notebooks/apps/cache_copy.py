"""A shop's price, and a copy of it that aiocache keeps for a minute; each look-up is counted."""

import os

from aiocache import Cache
from fastapi import FastAPI

cache = Cache.from_url(os.environ["CACHE_URL"])
app = FastAPI()


async def look_up() -> int:
    await cache.increment("lookups")
    return int(await cache.get("shop"))


@app.get("/price")
async def price() -> dict[str, int]:
    known = await cache.get("copy")
    if known is None:
        known = await look_up()
        await cache.set("copy", known, ttl=60)
    return {"price": known}


@app.put("/price/{new}")
async def change(new: int) -> dict[str, int]:
    await cache.set("shop", new)
    await cache.delete("copy")
    return {"price": new}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"lookups": int(await cache.get("lookups") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await cache.clear()
    await cache.set("shop", 7)
    return {"lookups": 0}
