import os

from fastapi import FastAPI, HTTPException
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/increment")
def increment():
    if not store.setnx("lock", "taken"):
        raise HTTPException(409)
    store.incr("count")
    store.delete("lock")
    return {"done": True}


@app.get("/report")
def report():
    return {"count": int(store.get("count") or 0)}
