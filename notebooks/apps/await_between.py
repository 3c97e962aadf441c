"""No sharing at all, and still a race: an `await` stands between the read and the write."""

import asyncio

from fastapi import FastAPI

app = FastAPI()
count = 0


async def write_audit_line() -> None:
    """Stands for any call that waits: a query, a log service, another API."""
    await asyncio.sleep(0.001)


@app.post("/increment")
async def increment() -> dict[str, int]:
    global count
    seen = count
    await write_audit_line()
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
