"""A plain variable in a single worker, and a pause in the middle.

The sleep stands for any call that waits: a query, a log service, another API.
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
count = 0


@app.post("/increment")
async def increment() -> dict[str, int]:
    global count
    seen = count  # move 1: up to the await
    await asyncio.sleep(0.001)
    count = seen + 1  # move 2: from the await to the end
    return {"count": seen + 1}


@app.post("/reset")
async def reset() -> dict[str, int]:
    global count
    count = 0
    return {"count": 0}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": count}
