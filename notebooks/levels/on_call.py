import os

from fastapi import FastAPI, HTTPException
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/leave/{doctor}")
def leave(doctor):
    if store.scard("on call") < 2:
        raise HTTPException(409)
    store.srem("on call", doctor)


@app.get("/report")
def report():
    return sorted(store.smembers("on call"))


@app.post("/reset")
def reset():
    store.sadd("on call", "ann", "ben")
