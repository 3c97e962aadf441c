"""Orders with an Idempotency-Key.

Cut from https://github.com/janavipandole/Cara/issues/4929 (2026-08-06): the key is looked up first,
and kept last. Here it is claimed first, and who comes meanwhile is told to come again.
"""

import json
import os
import uuid

from fastapi import FastAPI, Header, HTTPException
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/orders", status_code=201)
async def order(item: str, idempotency_key: str = Header()):
    key = f"key:{idempotency_key}"
    if not await redis.set(key, "", nx=True, ex=86400):
        if kept := await redis.get(key):
            return json.loads(kept)
        raise HTTPException(429, "this order is under way", {"Retry-After": "1"})
    made = {"order": uuid.uuid4().hex, "item": item}
    async with redis.pipeline(transaction=True) as pipe:
        await pipe.rpush("orders", json.dumps(made)).set(key, json.dumps(made), ex=86400).execute()
    return made


@app.get("/orders")
async def orders():
    return {"orders": await redis.llen("orders")}
