"""The process that owns the count."""

import os
import secrets

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException

KEY = os.environ["STATE_KEY"]
numbers = {"count": 0}


async def known(x_key: str = Header()):
    if not secrets.compare_digest(x_key, KEY):
        raise HTTPException(403)


app = FastAPI(dependencies=[Depends(known)])


@app.post("/add")
async def add():
    numbers["count"] += 1
    return numbers


@app.post("/get")
async def get():
    return numbers


@app.post("/reset")
async def reset():
    numbers["count"] = 0
    return numbers


if __name__ == "__main__":
    where = os.environ["STATE_SERVER"]
    if where.startswith("/"):
        uvicorn.run(app, uds=where, log_level="warning")
    else:
        host, _, port = where.rpartition(":")
        uvicorn.run(app, host=host, port=int(port), log_level="warning")
