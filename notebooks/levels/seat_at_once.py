import os

from fastapi import FastAPI, HTTPException
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/book/{seat}/{name}", status_code=201)
def book(seat, name):
    if not store.hsetnx("seats", seat, name):
        raise HTTPException(409)
    return {seat: name}


@app.get("/report")
def report():
    return store.hgetall("seats")
