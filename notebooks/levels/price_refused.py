import os

from fastapi import FastAPI, HTTPException
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.put("/price/{price}")
def put(price: int):
    store.set("price", price)
    if price < int(store.get("cost")):
        store.set("price", 10)
        raise HTTPException(422)


@app.get("/price")
def get():
    return {"price": int(store.get("price"))}


@app.post("/reset")
def reset():
    store.mset({"price": 10, "cost": 5})
