import os

from fastapi import FastAPI, HTTPException
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/increment")
def increment():
    if not store.set("lock", "taken", nx=True, ex=10):
        raise HTTPException(409)
    count = int(store.get("count") or 0)
    store.set("count", count + 1)
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": int(store.get("count") or 0)}
