"""One count, and three endpoints that add one to it. They differ in one word, or in one line."""

import asyncio

from fastapi import FastAPI

app = FastAPI()
count = 0


@app.post("/async")
async def without_await() -> dict[str, int]:
    global count
    seen = count
    count = seen + 1
    return {"count": seen + 1}


@app.post("/await")
async def with_await() -> dict[str, int]:
    global count
    seen = count
    await asyncio.sleep(0)  # any call that waits
    count = seen + 1
    return {"count": seen + 1}


@app.post("/def")
def in_a_thread() -> dict[str, int]:
    global count
    seen = count
    count = seen + 1
    return {"count": seen + 1}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": count}


@app.post("/reset")
async def reset() -> dict[str, int]:
    global count
    count = 0
    return {"count": 0}
