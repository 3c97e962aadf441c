"""A search that each client may use twice a minute, whichever minute that is.

Cut from https://github.com/redis-developer/redis-ratelimiting-js/issues/2 (2026-03-03): the window is
emptied, counted and added to in commands of their own, and two requests see the same count.
"""

import os
import time
import uuid

from fastapi import Depends, FastAPI, Header, HTTPException, Response
from redis.asyncio import Redis

LIMIT, WINDOW = 2, 60
app = FastAPI()
redis = Redis.from_url(os.environ["REDIS_URL"])


async def limited(response: Response, client: str = Header("anyone")):
    key, now = f"searches:{client}", time.time()
    await redis.zremrangebyscore(key, 0, now - WINDOW)
    used = await redis.zcard(key)
    if used >= LIMIT:
        raise HTTPException(429, "slow down", {"Retry-After": str(WINDOW)})
    await redis.zadd(key, {uuid.uuid4().hex: now})
    await redis.expire(key, WINDOW)
    response.headers["X-RateLimit-Remaining"] = str(LIMIT - used - 1)


@app.get("/search", dependencies=[Depends(limited)])
async def search(q: str = "tea"):
    return {"found": [q], "at": time.time()}
