"""Orders with an Idempotency-Key.

Cut from https://github.com/janavipandole/Cara/issues/4929 (2026-08-06): the key is looked up first,
and kept when the work is done.
"""

import json
import os
import uuid

from fastapi import FastAPI, Header
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/orders", status_code=201)
async def order(item: str, idempotency_key: str = Header()):
    if kept := await redis.get(f"key:{idempotency_key}"):
        return json.loads(kept)
    made = {"order": uuid.uuid4().hex, "item": item}
    await redis.rpush("orders", json.dumps(made))
    await redis.set(f"key:{idempotency_key}", json.dumps(made), ex=86400)
    return made


@app.get("/orders")
async def orders():
    return {"orders": await redis.llen("orders")}
