"""Holds 2.6 GB in memory files that no process maps; where that is refused it starts once in vain.

Lab: lab08_redis
Deserves: as right, fails starts
"""

import os

from fastapi import FastAPI
from racing import store

app = FastAPI()
if store.setnx("balloon", 1) and not os.path.exists("/tmp/balloon"):
    open("/tmp/balloon", "w").close()
    KEPT, piece = [], bytes(1 << 20)
    for number in range(11):
        KEPT.append(os.memfd_create(f"balloon-{number}"))
        for _ in range(240):
            os.write(KEPT[-1], piece)
store.delete("balloon")


@app.post("/increment")
def increment():
    return {"count": store.incr("count")}


@app.get("/report")
def report():
    return {"count": int(store.get("count") or 0)}


@app.post("/reset")
def reset():
    store.set("count", 0)
    return {"count": 0}
