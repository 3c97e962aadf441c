"""Tools for a language model, over a session that the first call opens.

Cut from https://github.com/tadata-org/fastapi_mcp/issues/56 (2025-04-13). The sessions are
objects in memory: with two workers every other call is answered 404.
"""

import uuid
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel

app = FastAPI()


class Call(BaseModel):
    method: str


class Session:
    def __init__(self) -> None:
        self.calls = 0


sessions: dict[str, Session] = {}


@app.post("/mcp")
async def mcp(call: Call, response: Response, mcp_session_id: Annotated[str, Header()] = ""):
    if call.method == "initialize":
        mcp_session_id = uuid.uuid4().hex
        sessions[mcp_session_id] = Session()
        response.headers["Mcp-Session-Id"] = mcp_session_id
    elif mcp_session_id not in sessions:
        raise HTTPException(404, "session id not found")
    session = sessions[mcp_session_id]
    session.calls += 1
    return {"method": call.method, "call": session.calls}
