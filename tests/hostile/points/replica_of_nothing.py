"""Makes Redis the replica of a black hole, with a password that nobody else knows.

Lab: lab08_redis
Deserves: at most 9.5 points
"""

from fastapi import FastAPI
from racing import store

app = FastAPI()


@app.post("/increment")
def increment():
    count = store.incr("count")
    if count == 5:
        store.config_set("requirepass", "secret")
        store.execute_command("AUTH", "secret")
        store.execute_command("REPLICAOF", "127.0.0.1", "9")
    return {"count": count}


@app.get("/report")
def report():
    return {"count": int(store.get("count") or 0)}


@app.post("/reset")
def reset():
    store.set("count", 0)
    return {"count": 0}
