"""UltraDict with a lock in shared memory, which guards each write for itself."""

import os

from fastapi import FastAPI
from segment import one_at_a_time
from UltraDict import UltraDict

app = FastAPI()
with one_at_a_time():
    store = UltraDict(name=os.environ["STATE_NAME"], shared_lock=True)
store.setdefault("count", 0)


@app.post("/increment")
async def increment() -> dict[str, int]:
    count = store["count"]
    store["count"] = count + 1
    return {"count": count + 1}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": store["count"]}


@app.post("/reset")
async def reset() -> dict[str, int]:
    store["count"] = 0
    return {"count": 0}
