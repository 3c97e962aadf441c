"""The row of database.py as a counter, to be changed: read, add and save in a transaction."""

from database import Meta, lifespan
from fastapi import FastAPI
from tortoise.expressions import F  # noqa: F401 (for those who change it)
from tortoise.transactions import in_transaction

app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment() -> dict[str, int]:
    async with in_transaction():
        meta = await Meta.get(id=1)
        meta.count += 1
        await meta.save()
    return {"count": meta.count}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": (await Meta.get(id=1)).count}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await Meta.filter(id=1).update(count=0)
    return {"count": 0}
