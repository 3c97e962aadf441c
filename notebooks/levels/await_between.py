import asyncio

from fastapi import FastAPI

app = FastAPI()
meta = {"count": 0}


@app.post("/increment")
async def increment():
    seen = meta["count"]
    await asyncio.sleep(0)
    meta["count"] = seen + 1
    return {"count": seen + 1}


@app.get("/report")
async def report():
    return {"count": meta["count"]}


@app.post("/reset")
async def reset():
    meta["count"] = 0
