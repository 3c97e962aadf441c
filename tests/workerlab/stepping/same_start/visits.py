"""A number in each worker's own memory, behind a cache."""

from functools import lru_cache

from fastapi import FastAPI

app = FastAPI()


@lru_cache
def state():
    return {"visits": 0}


@app.post("/visit")
def visit():
    state()["visits"] += 1
    return state()


@app.get("/version")
def version():
    return {"version": 1}
