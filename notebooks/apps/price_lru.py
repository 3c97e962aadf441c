"""Prices in Redis, remembered by lru_cache; who changes one clears the cache."""

import os
from functools import lru_cache
from typing import Annotated

from fastapi import Body, FastAPI
from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@lru_cache
def price_of(item: str) -> float:
    price = float(store.get(f"price:{item}") or 0)
    return price * float(store.get("tax") or 1)


@app.get("/price/{item}")
def price(item: str) -> dict[str, float]:
    return {"price": price_of(item)}


@app.put("/price/{item}")
def change(item: str, price: Annotated[float, Body(embed=True)]) -> None:
    store.set(f"price:{item}", price)
    price_of.cache_clear()
