"""Records of a library, edited by cataloguers who each saw some version.

Cut from https://github.com/inspirehep/inspirehep/issues/1387 (2020-10-02): who saves later silently
overwrites. SQLAlchemy compares the version when it writes, and raises if it is another one.
"""

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError

engine = create_engine("sqlite:///records.db", connect_args={"timeout": 10})


class Base(DeclarativeBase):
    pass


class Record(Base):
    __tablename__ = "records"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


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
    with Session(engine) as session:
        record = session.get(Record, number)
        if record.version != edit.version:
            raise HTTPException(409, "somebody has edited this record")
        record.title = edit.title
        try:
            session.commit()
        except StaleDataError:
            raise HTTPException(409, "somebody was quicker") from None
    return {"saved": edit.title}


@app.get("/records/{number}")
def show(number: int):
    with Session(engine) as session:
        return session.get(Record, number)
