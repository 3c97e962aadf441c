import os

from fastapi import FastAPI
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.post("/transfer")
def transfer():
    store.decrby("ann", 10)
    store.incrby("ben", 10)


@app.get("/sum")
def total():
    ann = int(store.get("ann"))
    ben = int(store.get("ben"))
    return {"ann": ann, "ben": ben, "sum": ann + ben}


@app.post("/reset")
def reset():
    store.mset({"ann": 50, "ben": 50})
