"""An await between read and write: two requests in one worker lose an update."""

import asyncio

from fastapi import FastAPI
from stores import store

app = FastAPI()


@app.post("/increment")
async def increment():
    count = store.read()
    await asyncio.sleep(0)
    store.write(count + 1)
    return {"count": count + 1}


@app.get("/report")
async def report():
    return {"count": store.read()}


@app.post("/reset")
async def reset():
    store.write(0)
    return {"count": 0}
