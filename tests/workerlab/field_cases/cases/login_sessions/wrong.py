"""Signing in with a cookie.

Cut from https://github.com/journiv/journiv-app/issues/46 (2025-11-07): who is signed in stands in a
dict of one worker.
"""

import secrets

from fastapi import Cookie, FastAPI, Form, HTTPException, Response

app = FastAPI()
sessions = {}


@app.post("/login")
async def login(response: Response, username: str = Form()):
    sid = secrets.token_urlsafe(8)
    sessions[sid] = username
    response.set_cookie("sid", sid)
    return {"welcome": username}


@app.get("/me")
async def me(sid: str = Cookie("")):
    if sid not in sessions:
        raise HTTPException(401, "sign in first")
    return {"user": sessions[sid]}
