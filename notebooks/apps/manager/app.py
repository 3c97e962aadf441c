"""A counter in another process. WAY says whether it adds here or there, and what it does first."""

import os
from multiprocessing.managers import BaseManager, DictProxy

from fastapi import FastAPI


class Manager(BaseManager):
    """Knows the way to the state server."""


Manager.register("syncdict", proxytype=DictProxy)
Manager.register("counter")
manager = Manager(os.environ["STATE_SERVER"], authkey=os.environ["STATE_KEY"].encode())
manager.connect()
store, counter = manager.syncdict(), manager.counter()
WAY = os.environ["WAY"]
if WAY == "as written":
    store.update(count=0)
app = FastAPI()


def get_then_update() -> int:
    count = store.get("count") + 1
    store.update([("count", count)])
    return count


@app.post("/increment")
def increment() -> dict[str, int]:
    return {"count": counter.add() if WAY == "method" else get_then_update()}


@app.get("/report")
def report() -> dict[str, int]:
    return {"count": counter.add(0) if WAY == "method" else store.get("count")}


@app.post("/reset")
def reset() -> dict[str, int]:
    counter.add(-counter.add(0))
    store.update(count=0)
    return {"count": 0}
