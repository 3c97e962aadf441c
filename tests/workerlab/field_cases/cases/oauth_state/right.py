"""Signing in at another service, which sends the reader back with our state.

Cut from https://github.com/yeongseon/cloudblocks/issues/36 (2026-03-17). The states stand in
Redis for ten minutes, and GETDEL lets each be used once.
"""

import os
import secrets

import redis.asyncio as redis
from fastapi import APIRouter, FastAPI, HTTPException

router = APIRouter(prefix="/auth")
store = redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@router.get("/start")
async def start(next: str = "/"):
    state = secrets.token_urlsafe(16)
    await store.set(f"state:{state}", next, ex=600)
    return {"state": state, "go_to": "https://provider.example/authorize"}


@router.get("/callback")
async def callback(state: str, code: str):
    target = await store.getdel(f"state:{state}")
    if target is None:
        raise HTTPException(400, "Invalid OAuth state")
    return {"signed_in": True, "next": target, "code": code}


app = FastAPI()
app.include_router(router)
