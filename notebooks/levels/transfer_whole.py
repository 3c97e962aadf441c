import os

from fastapi import FastAPI
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
MOVE = "redis.call('DECRBY', 'ann', 10) return redis.call('INCRBY', 'ben', 10)"


@app.post("/transfer")
def transfer():
    store.eval(MOVE, 0)


@app.get("/sum")
def total():
    ann, ben = store.mget("ann", "ben")
    return {"ann": int(ann), "ben": int(ben), "sum": int(ann) + int(ben)}


@app.post("/reset")
def reset():
    store.mset({"ann": 50, "ben": 50})
