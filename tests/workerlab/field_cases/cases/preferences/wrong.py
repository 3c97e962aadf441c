"""Preferences of a reader, one JSON document in a column.

Cut from https://github.com/odysseus-dev/odysseus/issues/6002 (2026-08-11): two changes of different
settings each write the whole document, and one of them is lost.
"""

from fastapi import FastAPI
from sqlalchemy import JSON, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine("sqlite:///prefs.db", connect_args={"timeout": 10})


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    name: Mapped[str] = mapped_column(primary_key=True)
    preferences: Mapped[dict] = mapped_column(JSON, default=dict)


Base.metadata.create_all(engine)
app = FastAPI()


@app.put("/users/{name}")
def create(name: str):
    with Session(engine) as session:
        session.merge(User(name=name, preferences={"theme": "light"}))
        session.commit()


@app.patch("/users/{name}/preferences")
def change(name: str, changes: dict):
    with Session(engine) as session:
        user = session.get(User, name)
        user.preferences = {**user.preferences, **changes}
        session.commit()
    return {"changed": sorted(changes)}


@app.get("/users/{name}/preferences")
def preferences(name: str):
    with Session(engine) as session:
        return session.get(User, name).preferences
