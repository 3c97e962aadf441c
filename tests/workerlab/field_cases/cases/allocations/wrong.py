"""Stock that orders allocate; two checkouts allocate more than there is.

Cut from https://github.com/saleor/saleor/issues/543 (2016-08-17).
"""

import os
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(os.environ["DATABASE_URL"].replace("sql://", "sql+asyncpg://"))
sessions = async_sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Stock(Base):
    __tablename__ = "stock"
    sku: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    allocated: Mapped[int] = mapped_column(default=0)


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.begin() as db:
        await db.execute(text("SELECT pg_advisory_xact_lock(9)"))
        await db.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)


@app.put("/stock/{sku}")
async def put(sku: str, quantity: int):
    async with sessions.begin() as db:
        await db.merge(Stock(sku=sku, quantity=quantity, allocated=0))


@app.post("/checkout/{sku}")
async def checkout(sku: str, wanted: int = 1):
    async with sessions.begin() as db:
        stock = (await db.scalars(select(Stock).where(Stock.sku == sku))).one()
        if stock.quantity - stock.allocated < wanted:
            raise HTTPException(409, "sold out")
        stock.allocated += wanted
    return {"allocated": wanted}


@app.get("/stock/{sku}")
async def show(sku: str):
    async with sessions() as db:
        return {"allocated": (await db.get_one(Stock, sku)).allocated}
