"""Accounts between which money moves; SQLAlchemy's ORM on PostgreSQL.

Cut from https://github.com/genlayerlabs/genlayer-studio/issues/1734 (2026-08-15): each session reads the
balances. Here it locks both accounts before, always in the same order.
"""

import os
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Mapped, declarative_base, mapped_column

engine = create_async_engine(os.environ["DATABASE_URL"])
sessions = async_sessionmaker(engine)
Base = declarative_base()


class Account(Base):
    __tablename__ = "accounts"
    name: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as db:
        yield db


app = FastAPI()
Db = Annotated[AsyncSession, Depends(session)]


@app.put("/accounts/{name}")
async def open_account(name: str, balance: int, db: Db):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await db.execute(insert(Account).values(name=name, balance=balance))
    await db.commit()


@app.post("/transfers/{giver}/{taker}/{amount}")
async def transfer(giver: str, taker: str, amount: int, db: Db):
    both = select(Account).where(Account.name.in_([giver, taker]))
    rows = await db.scalars(both.order_by(Account.name).with_for_update())
    one, two = sorted(rows, key=lambda account: account.name != giver)
    if one.balance < amount:
        raise HTTPException(409, "not enough")
    one.balance, two.balance = one.balance - amount, two.balance + amount
    await db.commit()
    return {"moved": amount}


@app.get("/accounts/{name}")
async def account(name: str, db: Db):
    return (await db.get_one(Account, name)).balance
