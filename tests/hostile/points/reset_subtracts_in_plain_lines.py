"""Its reset subtracts what it has read, in two lines: what reset_subtracts_hidden does as well.

Lab: lab08_redis
Deserves: at most 7 points
"""

from fastapi import FastAPI
from racing import store

app = FastAPI()


@app.post("/increment")
def increment():
    return {"count": store.incr("count")}


@app.get("/report")
def report():
    return {"count": int(store.get("count") or 0)}


@app.post("/reset")
def reset():
    count = int(store.get("count") or 0)
    store.decrby("count", count)
    return {"count": 0}
