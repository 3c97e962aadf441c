"""Signing in at another service, which sends the reader back with our state.

Cut from https://github.com/yeongseon/cloudblocks/issues/36 (2026-03-17). The states stand in a
dict of the module: the callback may come to a worker that has never seen them.
"""

import secrets

from fastapi import APIRouter, FastAPI, HTTPException

router = APIRouter(prefix="/auth")
_states: dict[str, str] = {}


@router.get("/start")
async def start(next: str = "/"):
    state = secrets.token_urlsafe(16)
    _states[state] = next
    return {"state": state, "go_to": "https://provider.example/authorize"}


@router.get("/callback")
async def callback(state: str, code: str):
    target = _states.pop(state, None)
    if target is None:
        raise HTTPException(400, "Invalid OAuth state")
    return {"signed_in": True, "next": target, "code": code}


app = FastAPI()
app.include_router(router)
