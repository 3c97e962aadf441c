"""A counter that a state server keeps. It loses updates, and has more faults: fix it."""

import os
from multiprocessing.managers import BaseManager, DictProxy

from fastapi import FastAPI

app = FastAPI()


class Manager(BaseManager):
    """Knows the way to the state server."""


Manager.register("store", proxytype=DictProxy)


def address():
    where = os.environ["STATE_SERVER"]
    if where.startswith("/"):
        return where
    host, _, port = where.rpartition(":")
    return host, int(port)


manager = Manager(address(), authkey=os.environ["STATE_KEY"].encode())
manager.connect()
store = manager.store()
store.update(count=0)


@app.post("/increment")
def increment() -> dict[str, int]:
    count = store.get("count") + 1
    store.update(count=count)
    return {"count": count}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": store.get("count")}


@app.post("/reset")
def reset() -> dict[str, int]:
    store.update(count=0)
    return {"count": 0}
