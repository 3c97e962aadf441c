"""Tools for a language model, over a session that the first call opens.

Cut from https://github.com/tadata-org/fastapi_mcp/issues/56 (2025-04-13). A session is a number in
Redis, which every worker can count up.
"""

import os
import uuid
from typing import Annotated

import redis.asyncio as redis
from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel

app = FastAPI()
store = redis.from_url(os.environ["REDIS_URL"])
DAY = 86_400


class Call(BaseModel):
    method: str


@app.post("/mcp")
async def mcp(call: Call, response: Response, mcp_session_id: Annotated[str, Header()] = ""):
    if call.method == "initialize":
        mcp_session_id = uuid.uuid4().hex
        await store.set(f"session:{mcp_session_id}", 0, ex=DAY)
        response.headers["Mcp-Session-Id"] = mcp_session_id
    elif not await store.exists(f"session:{mcp_session_id}"):
        raise HTTPException(404, "session id not found")
    return {"method": call.method, "call": await store.incr(f"session:{mcp_session_id}")}
