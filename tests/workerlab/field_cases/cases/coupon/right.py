"""Coupons that can be used a limited number of times.

Cut from https://github.com/BrainWise-DEV/POSNext/issues/198 (2026-03-25): two checkouts look at the
uses before either counts its own. One UPDATE looks and counts.
"""

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import create_engine, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine("sqlite:///pos.db", connect_args={"timeout": 10})


class Base(DeclarativeBase):
    pass


class Coupon(Base):
    __tablename__ = "coupons"
    code: Mapped[str] = mapped_column(primary_key=True)
    maximum_use: Mapped[int] = mapped_column(default=1)
    used: Mapped[int] = mapped_column(default=0)


Base.metadata.create_all(engine)
app = FastAPI()


def get_session():
    with Session(engine) as session:
        yield session


@app.post("/coupons/{code}", status_code=201)
def make(code: str, session: Session = Depends(get_session)):
    session.add(Coupon(code=code))
    session.commit()


@app.post("/coupons/{code}/redeem")
def redeem(code: str, session: Session = Depends(get_session)):
    free = (Coupon.code == code) & (Coupon.used < Coupon.maximum_use)
    if session.execute(update(Coupon).where(free).values(used=Coupon.used + 1)).rowcount == 0:
        raise HTTPException(410, "this coupon is used up")
    session.commit()
    return {"discount": 10}


@app.get("/coupons/{code}")
def show(code: str, session: Session = Depends(get_session)):
    return {"used": session.get(Coupon, code).used}
