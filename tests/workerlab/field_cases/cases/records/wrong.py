"""Records of a library, edited by cataloguers who each saw some version.

Cut from https://github.com/inspirehep/inspirehep/issues/1387 (2020-10-02): who saves later silently
overwrites. Here the version is compared in Python, and both saves see the same one.
"""

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine("sqlite:///records.db", connect_args={"timeout": 10})


class Base(DeclarativeBase):
    pass


class Record(Base):
    __tablename__ = "records"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class Edit(BaseModel):
    title: str
    version: int


Base.metadata.create_all(engine)
app = FastAPI()


@app.post("/records/{number}", status_code=201)
def create(number: int, title: str):
    with Session(engine) as session, session.begin():
        session.add(Record(id=number, title=title))


@app.put("/records/{number}")
def save(number: int, edit: Edit):
    with Session(engine) as session, session.begin():
        record = session.get(Record, number)
        if record.version != edit.version:
            raise HTTPException(409, "somebody has edited this record")
        record.title = edit.title
        record.version += 1
    return {"saved": edit.title}


@app.get("/records/{number}")
def show(number: int):
    with Session(engine) as session:
        return session.get(Record, number)
