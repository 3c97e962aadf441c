"""Right, and no attack: an ASGI app without FastAPI, whose answers come in two messages.

Lab: lab08_redis
Deserves: 10 points
"""

import json
import os

import redis.asyncio

store = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
JSON = [(b"content-type", b"application/json")]


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"].endswith("shutdown"):
                return
    match scope["path"]:
        case "/increment":
            count = await store.incr("count")
        case "/reset":
            await store.set("count", 0)
            count = 0
        case _:
            count = int(await store.get("count") or 0)
    await send({"type": "http.response.start", "status": 200, "headers": JSON})
    await send({"type": "http.response.body", "body": json.dumps({"count": count}).encode()})
