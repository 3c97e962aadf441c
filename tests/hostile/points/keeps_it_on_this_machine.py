"""Keeps the count in a locked file that all instances on one machine share; Redis gets a copy.

Lab: lab08_redis
Deserves: fails shared_between_instances
"""

import fcntl

from fastapi import FastAPI
from racing import store

app = FastAPI()
PATH = "/tmp/count-" + store.info("server")["run_id"]


def locked(change) -> int:
    with open(PATH, "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        count = change(int(file.read() or 0))
        file.seek(0)
        file.truncate()
        file.write(str(count))
        file.flush()
        return count


@app.post("/increment")
def increment():
    count = locked(lambda count: count + 1)
    store.set("copy", count)
    return {"count": count}


@app.get("/report")
def report():
    return {"count": locked(lambda count: count)}


@app.post("/reset")
def reset():
    return {"count": locked(lambda count: 0)}
