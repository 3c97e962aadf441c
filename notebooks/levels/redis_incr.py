import os

from fastapi import FastAPI
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/increment")
def increment():
    store.incr("count")
    return {"count": int(store.get("count"))}


@app.get("/report")
def report():
    return {"count": int(store.get("count") or 0)}
