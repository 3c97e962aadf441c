import os

from fastapi import FastAPI
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.get("/price")
def price():
    known = store.get("price")
    if known is None:
        known = store.incr("computed") * 100
        store.set("price", known)
    return {"price": int(known)}


@app.get("/report")
def report():
    return {"computed": int(store.get("computed") or 0)}
