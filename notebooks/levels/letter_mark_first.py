import os

from fastapi import FastAPI
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/send")
def send():
    if not store.setnx("sent", "yes"):
        return "was sent before"
    store.rpush("letters", "we are open")
    return "sent"


@app.get("/letters")
def letters():
    return store.lrange("letters", 0, -1)
