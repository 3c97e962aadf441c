import os

from fastapi import FastAPI
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.get("/price")
def get():
    price = store.get("cached")
    if price is None:
        price = store.get("price")
        store.set("cached", price)
    return {"price": int(price)}


@app.put("/price/{price}")
def put(price: int):
    store.set("price", price)
    store.delete("cached")


@app.post("/reset")
def reset():
    store.set("price", 7)
