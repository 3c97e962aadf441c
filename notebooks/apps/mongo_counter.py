"""MongoDB: $inc adds inside the server, which answers what it has made of the document."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from pymongo import AsyncMongoClient, ReturnDocument

ONE = {"_id": 1}  # the one document


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncMongoClient(os.environ["MONGODB_URL"]) as client:
        app.state.counts = client.get_default_database("workerlab").counts
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment() -> dict[str, int]:
    more, new = {"$inc": {"count": 1}}, ReturnDocument.AFTER
    meta = await app.state.counts.find_one_and_update(ONE, more, upsert=True, return_document=new)
    return {"count": meta["count"]}


@app.get("/report")
async def report() -> dict[str, int]:
    meta = await app.state.counts.find_one(ONE)
    return {"count": meta["count"] if meta else 0}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await app.state.counts.update_one(ONE, {"$set": {"count": 0}}, upsert=True)
    return {"count": 0}
