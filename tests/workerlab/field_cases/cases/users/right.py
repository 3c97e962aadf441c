"""Accounts, of which each has an address of its own; SQLAlchemy's ORM on SQLite.

Cut from https://github.com/fastapi-users/fastapi-users/issues/1388 (2024-04-22): two requests both look for
the address and find nobody. Here the database refuses the second row.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Mapped, declarative_base, mapped_column

engine = create_async_engine("sqlite+aiosqlite:///users.db")
sessions = async_sessionmaker(engine)
Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as db:
        yield db


app = FastAPI(lifespan=lifespan)
Db = Annotated[AsyncSession, Depends(session)]


@app.post("/users", status_code=201)
async def register(email: str, db: Db):
    if await db.scalar(select(User).where(User.email == email)):
        raise HTTPException(409, "REGISTER_USER_ALREADY_EXISTS")
    db.add(User(email=email))
    try:
        await db.commit()
    except IntegrityError:
        raise HTTPException(409, "REGISTER_USER_ALREADY_EXISTS") from None
    return {"email": email}


@app.get("/users")
async def users(db: Db):
    return [user.email for user in await db.scalars(select(User).order_by(User.id))]
