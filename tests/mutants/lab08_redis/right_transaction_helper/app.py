"""redis-py's own `transaction`, which watches and retries; sync endpoints."""

import os

from fastapi import FastAPI
from redis import Redis
from redis.client import Pipeline

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


def add_one(pipe: Pipeline) -> int:
    count = int(pipe.get("count") or 0) + 1
    pipe.multi()
    pipe.set("count", count)
    return count


@app.post("/increment")
def increment() -> dict[str, int]:
    return {"count": store.transaction(add_one, "count", value_from_callable=True)}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": int(store.get("count") or 0)}


@app.post("/reset")
def reset() -> dict[str, int]:
    store.set("count", 0)
    return {"count": 0}
