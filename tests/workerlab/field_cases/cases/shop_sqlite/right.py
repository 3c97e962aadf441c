"""A shop that sells what it has in stock.

Cut from https://github.com/janavipandole/Cara/issues/6150 (2026-08-09): SQLite, the database that
the shop has unless told otherwise, ignores SELECT … FOR UPDATE. An UPDATE with a condition holds.
"""

import os

from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine(os.environ.get("SHOP_DATABASE", "sqlite:///./shop.db"))
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    stock: Mapped[int]


Base.metadata.create_all(engine)
with SessionLocal() as setup:
    setup.merge(Product(id=1, stock=1))
    setup.commit()
app = FastAPI()


@app.post("/api/orders")
def order(product: int = 1, quantity: int = 1):
    with SessionLocal() as db:
        enough = (Product.id == product) & (Product.stock >= quantity)
        taken = update(Product).where(enough).values(stock=Product.stock - quantity)
        if db.execute(taken).rowcount == 0:
            raise HTTPException(400, "not enough in stock")
        db.commit()
    return {"ordered": quantity}


@app.get("/api/products/{product}")
def show(product: int):
    with SessionLocal() as db:
        return {"stock": db.get(Product, product).stock}
