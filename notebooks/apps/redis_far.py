"""Redis on another host: an answer within a second, whatever the network does.

Not to answer would be worse: the client waits, the worker waits, and soon everybody does.
"""

import os

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

patience = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}  # seconds
never_again = Retry(NoBackoff(), retries=0)  # an increment that is sent twice may count twice
store = Redis.from_url(os.environ["REDIS_URL"], retry=never_again, **patience)

app = FastAPI()


@app.exception_handler(exceptions.ConnectionError)
@app.exception_handler(exceptions.TimeoutError)
async def away(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": f"the store does not answer: {error}"}, 503)


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": await store.incr("count")}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int(await store.get("count") or 0)}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await store.set("count", 0)
    return {"count": 0}
