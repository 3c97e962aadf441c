"""A plain ASGI app that reads, and writes when the head of its response is out already."""

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


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    count = 0 if scope["path"] == "/reset" else int(await store.get("count") or 0)
    await send({"type": "http.response.start", "status": 200, "headers": JSON})
    if scope["path"] == "/increment":
        count += 1
    if scope["path"] != "/report":
        await store.set("count", count)
    body = json.dumps({"count": count}).encode()
    await send({"type": "http.response.body", "body": body})
