import os

from fastapi import FastAPI
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/increment")
def increment():
    count = int(store.get("count") or 0)
    store.set("count", count + 1)
    return {"count": count + 1}


@app.get("/report")
def report():
    return {"count": int(store.get("count") or 0)}
