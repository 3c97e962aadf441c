"""UltraDict with its usual lock, as in the answer: every worker that starts writes a zero."""

import os

from fastapi import FastAPI
from segment import one_at_a_time
from UltraDict import UltraDict

app = FastAPI()
with one_at_a_time():
    store = UltraDict(name=os.environ["STATE_NAME"])
    store.update(count=0)


@app.post("/increment")
async def increment() -> dict[str, int]:
    count = store["count"]
    store["count"] = count + 1
    return {"count": count + 1}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": store["count"], "maker": hasattr(store.control, "created_by_ultra")}


@app.post("/reset")
async def reset() -> dict[str, int]:
    store["count"] = 0
    return {"count": 0}
