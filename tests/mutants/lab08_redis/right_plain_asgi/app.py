"""Right: a plain ASGI app without a framework, whose response leaves in several messages."""

import json
import os

from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
JSON = [(b"content-type", b"application/json")]


async def lifespan(receive, send):
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await store.aclose()
    await send({"type": "lifespan.shutdown.complete"})


async def count_after(path):
    if path == "/increment":
        return await store.incr("count")
    if path == "/reset":
        await store.set("count", 0)
        return 0
    return int(await store.get("count") or 0)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    body = json.dumps({"count": await count_after(scope["path"])}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": JSON})
    await send({"type": "http.response.body", "body": body[:3], "more_body": True})
    await send({"type": "http.response.body", "body": body[3:]})
