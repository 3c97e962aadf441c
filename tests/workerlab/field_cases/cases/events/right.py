"""The last events of a shop, for clients that ask again and again.

Cut from https://github.com/sysid/sse-starlette/issues/75 (2023-09-13): with more than one worker
the later events do not arrive. They stand in a stream of Redis, which keeps the last hundred.
"""

import os

import redis.asyncio as redis
from fastapi import Body, FastAPI

app = FastAPI()
store = redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/events", status_code=201)
async def publish(text: str = Body(embed=True)):
    await store.xadd("events", {"text": text}, maxlen=100)
    return {"published": text}


@app.get("/events")
async def latest(after: int = 0):
    found = await store.xrange("events")
    return {"events": [fields["text"] for _, fields in found][after:]}
