"""A variable of one worker alone, and an await between its read and its write."""

import asyncio

from fastapi import FastAPI

app = FastAPI()
count = 0


@app.post("/increment")
async def increment():
    global count
    seen = count
    await asyncio.sleep(0)
    count = seen + 1
    return {"count": count}


@app.get("/report")
async def report():
    return {"count": count}


@app.post("/reset")
async def reset():
    global count
    count = 0
    return {"count": 0}
