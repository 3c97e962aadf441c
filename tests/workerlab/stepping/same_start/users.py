"""A tutorial's app: SQLAlchemy, its database beside it, and no endpoint that resets anything."""

from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

engine = create_engine("sqlite:///./sql_app.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]


Base.metadata.create_all(engine)
app = FastAPI()


def get_db():
    with SessionLocal() as db:
        yield db


Db = Annotated[Session, Depends(get_db)]


@app.post("/users")
def create_user(user: dict[str, str], db: Db):
    if db.scalar(select(User).where(User.email == user["email"])):
        raise HTTPException(400, "Email already registered")
    made = User(email=user["email"])
    db.add(made)
    db.commit()
    return {"id": made.id, "email": made.email}


@app.get("/users")
def read_users(db: Db):
    return [user.email for user in db.scalars(select(User).order_by(User.id))]
