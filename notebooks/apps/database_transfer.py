"""Two rows of database.py, and transfers between them: each transaction locks both."""

from database import Meta, lifespan
from fastapi import FastAPI
from tortoise.transactions import in_transaction

app = FastAPI(lifespan=lifespan)


async def locked(number: int) -> Meta:
    return await Meta.select_for_update().get(id=number)


@app.post("/transfer/{source}/{target}/{amount}")
async def transfer(source: int, target: int, amount: int) -> dict[str, int]:
    async with in_transaction():
        giver = await locked(source)
        taker = await locked(target)
        giver.count -= amount
        taker.count += amount
        await giver.save()
        await taker.save()
    return {"transferred": amount}


@app.get("/report")
async def report() -> dict[int, int]:
    return {row.id: row.count for row in await Meta.all()}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await Meta.get_or_create(id=2)
    await Meta.all().update(count=10)
    return {"count": 10}
