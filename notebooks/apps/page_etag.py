"""A page that many edit. Its ETag is its version; If-Match is compared, and then the page is written."""

import json
import os
from typing import Annotated

from fastapi import Body, FastAPI, Header, HTTPException, Response
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.get("/page")
async def read(response: Response) -> dict[str, str]:
    version, text = json.loads(await store.get("page") or '[0, ""]')
    response.headers["etag"] = f'"{version}"'
    return {"text": text}


@app.put("/page")
async def write(
    text: Annotated[str, Body(embed=True)], if_match: Annotated[str, Header()] = "*"
) -> None:
    version, _ = json.loads(await store.get("page") or '[0, ""]')
    if if_match not in ("*", f'"{version}"'):
        raise HTTPException(412)
    await store.set("page", json.dumps([version + 1, text]))


@app.delete("/page")
async def empty() -> None:
    await write("")
