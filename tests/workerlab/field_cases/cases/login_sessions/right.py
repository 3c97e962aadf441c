"""Signing in with a cookie.

Cut from https://github.com/journiv/journiv-app/issues/46 (2025-11-07): who is signed in must not
stand in a dict of one worker. Here it stands in a folder.
"""

import secrets
from pathlib import Path

from fastapi import Cookie, FastAPI, Form, HTTPException, Response

app = FastAPI()
SESSIONS = Path("sessions")
SESSIONS.mkdir(exist_ok=True)


@app.post("/login")
async def login(response: Response, username: str = Form()):
    sid = secrets.token_hex(8)
    (SESSIONS / sid).write_text(username)
    response.set_cookie("sid", sid)
    return {"welcome": username}


@app.get("/me")
async def me(sid: str = Cookie("")):
    if not sid or not (SESSIONS / sid).exists():
        raise HTTPException(401, "sign in first")
    return {"user": (SESSIONS / sid).read_text()}
