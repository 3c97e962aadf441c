import os

from fastapi import BackgroundTasks, FastAPI
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def save(item):
    store.rpush("orders", item)


@app.post("/orders/{item}")
def order(item, later: BackgroundTasks):
    later.add_task(save, item)
    return {"ordered": item}


@app.get("/orders")
def orders():
    return store.lrange("orders", 0, -1)
