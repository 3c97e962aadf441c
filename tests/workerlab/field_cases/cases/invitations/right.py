"""Invitations to a workspace, each to be accepted once.

Cut from https://github.com/better-auth/better-auth/issues/9154 (2026-04-13): two requests both see
an invitation that is open. Here one UPDATE claims it.
"""

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import create_engine, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Mapped, declarative_base, mapped_column

engine = create_async_engine("sqlite+aiosqlite:///app.db", connect_args={"timeout": 10})
Session = async_sessionmaker(engine, expire_on_commit=False)
Base = declarative_base()
app = FastAPI()


class Invitation(Base):
    __tablename__ = "invitations"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    accepted: Mapped[bool] = mapped_column(default=False)


class Member(Base):
    __tablename__ = "members"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]


Base.metadata.create_all(create_engine("sqlite:///app.db", connect_args={"timeout": 10}))


async def session():
    async with Session() as session:
        yield session


@app.post("/invitations", status_code=201)
async def invite(email: str, db: AsyncSession = Depends(session)):
    invitation = Invitation(email=email)
    db.add(invitation)
    await db.commit()
    return {"id": invitation.id}


@app.post("/invitations/{invitation_id}/accept")
async def accept(invitation_id: int, db: AsyncSession = Depends(session)):
    is_open = (Invitation.id == invitation_id) & Invitation.accepted.is_(False)
    claim = update(Invitation).where(is_open).values(accepted=True).returning(Invitation.email)
    if (email := await db.scalar(claim)) is None:
        raise HTTPException(409, "not open")
    db.add(Member(email=email))
    await db.commit()
    return {"welcome": email}


@app.get("/members")
async def members(db: AsyncSession = Depends(session)):
    return {"members": await db.scalar(select(func.count()).select_from(Member))}
