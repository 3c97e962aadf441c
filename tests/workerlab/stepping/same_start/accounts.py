"""SQLAlchemy's asyncio on PostgreSQL, whose tables a migration makes; LOCK=1 locks the row."""

import os
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

LOCK = bool(os.environ.get("LOCK"))
engine = create_async_engine(os.environ["DATABASE_URL"])
NewSession = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


@asynccontextmanager
async def lifespan(app: FastAPI):
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_db():
    async with NewSession() as db:
        yield db


Db = Annotated[AsyncSession, Depends(get_db)]


@app.post("/accounts")
async def create(db: Db):
    account = Account(balance=100)
    db.add(account)
    await db.commit()
    return {"id": account.id}


@app.post("/accounts/{number}/withdraw/{amount}")
async def withdraw(number: int, amount: int, db: Db):
    account = await db.get(Account, number, with_for_update=LOCK)
    if account is None or account.balance < amount:
        raise HTTPException(409, "too little")
    account.balance -= amount
    await db.commit()
    return {"left": account.balance}


@app.get("/accounts/{number}")
async def read(number: int, db: Db):
    return {"balance": (await db.get(Account, number)).balance}
