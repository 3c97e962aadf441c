"""A shopping cart, one JSON text for each reader.

Cut from https://github.com/open-telemetry/opentelemetry-demo/issues/3824 (2026-08-10). The cart is
watched: if another request has written it, this one begins anew.
"""

import json
import os

import redis
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
store = redis.Redis.from_url(os.environ["REDIS_URL"])


class Item(BaseModel):
    product: str
    quantity: int = 1


class CartStore:
    def get(self, user: str) -> dict[str, int]:
        return json.loads(store.get(f"cart:{user}") or "{}")

    def add(self, user: str, item: Item) -> None:
        def change(pipe: redis.client.Pipeline) -> None:
            cart = json.loads(pipe.get(f"cart:{user}") or "{}")
            cart[item.product] = cart.get(item.product, 0) + item.quantity
            pipe.multi()
            pipe.set(f"cart:{user}", json.dumps(cart))

        store.transaction(change, f"cart:{user}")


carts = CartStore()


@app.post("/cart/{user}", status_code=201)
def add(user: str, item: Item):
    carts.add(user, item)
    return item


@app.get("/cart/{user}")
def show(user: str):
    return carts.get(user)
