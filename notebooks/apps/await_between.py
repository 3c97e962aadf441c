"""No sharing at all, and still a race: an `await` between the read and the write.

The sleep stands for any call that waits: a query, a log service, another API.
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
count = 0


@app.post("/increment")
async def increment() -> dict[str, int]:
    global count
    seen = count
    await asyncio.sleep(0.001)
    count = seen + 1
    return {"count": count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": count}


@app.post("/reset")
async def reset() -> dict[str, int]:
    global count
    count = 0
    return {"count": count}
