import asyncio

from fastapi import FastAPI

app = FastAPI()
meta = {"count": 0}


@app.post("/increment")
async def increment():
    await asyncio.sleep(0)
    meta["count"] += 1
    return {"count": meta["count"]}


@app.get("/report")
async def report():
    return {"count": meta["count"]}


@app.post("/reset")
async def reset():
    meta["count"] = 0
