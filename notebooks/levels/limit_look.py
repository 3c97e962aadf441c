import os

from fastapi import FastAPI, HTTPException
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.get("/work")
def work():
    if int(store.get("asked") or 0) >= 1:
        raise HTTPException(429)
    store.incr("asked")
    return "worked"
