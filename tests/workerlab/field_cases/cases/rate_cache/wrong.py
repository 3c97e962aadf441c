"""Exchange rates in a cache that lives in memory.

Cut from https://github.com/long2ice/fastapi-cache/issues/43 (2021-11-09): the cache in memory does
not work with several workers.
"""

from aiocache import Cache
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
cache = Cache(Cache.MEMORY, namespace="rates")


class Rate(BaseModel):
    rate: float


@app.put("/rates/{currency}")
async def keep(currency: str, body: Rate):
    await cache.set(currency, body.rate, ttl=3600)
    return {"kept": currency}


@app.get("/rates/{currency}")
async def rate(currency: str):
    found = await cache.get(currency)
    if found is None:
        raise HTTPException(404, "no rate")
    return {currency: found}
