"""Who asks, kept in one object for the whole program.

Cut from https://github.com/chrisK824/fastapi-g-context/issues/2 (2024-09-04): a request that ends
clears what another one has set and still needs.
"""

import asyncio
from types import SimpleNamespace

from fastapi import FastAPI, Request

app = FastAPI()
g = SimpleNamespace()


@app.middleware("http")
async def fresh(request: Request, call_next):
    g.user = request.headers.get("x-user", "nobody")
    try:
        return await call_next(request)
    finally:
        vars(g).clear()


@app.get("/hello")
async def hello():
    await asyncio.sleep(0.01)  # asks another service
    return {"hello": g.user}
