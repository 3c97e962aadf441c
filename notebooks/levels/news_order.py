import os

from fastapi import FastAPI
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.put("/colour/{colour}")
def put(colour):
    store.set("colour", colour)
    store.rpush("news", f"it is {colour}")


@app.get("/report")
def report():
    return {"colour": store.get("colour"), "last news": store.lindex("news", -1)}
