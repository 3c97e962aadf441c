import os

from fastapi import FastAPI, HTTPException
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.put("/price/{price}")
def put(price: int):
    store.set("price", price)
    if price < 5:
        store.set("price", 10)
        raise HTTPException(422)


@app.get("/bill")
def bill():
    tea = int(store.get("price"))
    rice = int(store.get("price"))
    return {"tea": tea, "rice": rice}


@app.post("/reset")
def reset():
    store.set("price", 10)
