"""A page that many edit: comparing the version and writing are one step, and nobody writes without."""

import json
import os
from typing import Annotated

from fastapi import Body, FastAPI, Header, HTTPException, Response
from redis.asyncio import Redis, WatchError

store = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


@app.get("/page")
async def read(response: Response) -> dict[str, str]:
    version, text = json.loads(await store.get("page") or '[0, ""]')
    response.headers["etag"] = f'"{version}"'
    return {"text": text}


@app.put("/page")
async def write(
    text: Annotated[str, Body(embed=True)], if_match: Annotated[str, Header()] = ""
) -> None:
    if not if_match:
        raise HTTPException(428)
    async with store.pipeline() as pipe:
        await pipe.watch("page")
        version, _ = json.loads(await pipe.get("page") or '[0, ""]')
        if if_match not in ("*", f'"{version}"'):
            raise HTTPException(412)
        pipe.multi()
        pipe.set("page", json.dumps([version + 1, text]))
        try:
            await pipe.execute()
        except WatchError:
            raise HTTPException(412) from None


@app.delete("/page")
async def empty() -> None:
    await write("", "*")
