"""A count of visits.

Cut from https://github.com/fastapi/fastapi/issues/592 (2019-10-04): a global is one for each
worker. Here the count is in Redis.
"""

import os

from fastapi import FastAPI
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url(os.environ["REDIS_URL"])


@app.get("/")
async def home():
    return {"visits": await redis.incr("visits")}


@app.get("/health")
async def health():
    return {"ok": True}
