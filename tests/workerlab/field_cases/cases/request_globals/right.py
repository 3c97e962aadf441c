"""Who asks, kept in a context of each request.

Cut from https://github.com/chrisK824/fastapi-g-context/issues/2 (2024-09-04): a request that ends
clears what another one has set and still needs. A ContextVar has a value for each of them.
"""

import asyncio
from contextvars import ContextVar

from fastapi import Depends, FastAPI, Header

app = FastAPI()
user: ContextVar[str] = ContextVar("user", default="nobody")


async def remember(x_user: str = Header("nobody")):
    token = user.set(x_user)
    yield
    user.reset(token)


@app.get("/hello", dependencies=[Depends(remember)])
async def hello():
    await asyncio.sleep(0.01)  # asks another service
    return {"hello": user.get()}
