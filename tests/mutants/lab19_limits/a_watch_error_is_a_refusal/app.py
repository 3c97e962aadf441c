"""Refuses a request that met another one, though there is room for both."""

import math
import os
import time

from fastapi import FastAPI, HTTPException, Request, Response
from redis.asyncio import Redis
from redis.exceptions import WatchError

LIMIT, WINDOW_S = int(os.environ["LIMIT"]), int(os.environ["WINDOW_S"])
store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


def key_of(request: Request) -> str:
    key = request.headers.get("x-key")
    if key is None:
        raise HTTPException(400, "the header X-Key is missing")
    return key


async def ask(key: str) -> int:
    log = f"log:{key}"
    while True:
        async with store.pipeline() as pipe:
            await pipe.watch(log)
            now = time.time()
            kept = [float(moment) for moment in await pipe.lrange(log, 0, -1)]
            kept = [moment for moment in kept if moment > now - WINDOW_S]
            if len(kept) >= LIMIT:
                return max(1, math.ceil(kept[0] + WINDOW_S - now))
            pipe.multi()
            pipe.delete(log)
            pipe.rpush(log, *kept, now)
            try:
                await pipe.execute()
            except WatchError:
                return 1
            return 0


@app.get("/work")
async def work(request: Request) -> dict[str, str]:
    wait = await ask(key_of(request))
    await store.hincrby("metrics", "429" if wait else "200", 1)
    if wait:
        raise HTTPException(429, headers={"retry-after": str(wait)})
    return {"done": "yes"}


@app.get("/metrics")
async def metrics() -> Response:
    counted = await store.hgetall("metrics")
    lines = [
        f'work_total{{code="{c}"}} {int(counted.get(c.encode(), 0))}\n' for c in ("200", "429")
    ]
    return Response("".join(lines), media_type="text/plain")
