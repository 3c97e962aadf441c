"""Texts under names that people choose, first come, first served.

Cut from https://github.com/orhun/rustypaste/issues/609 (2026-08-14): whether the name is free and
writing under it are two steps.
"""

from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse

app = FastAPI()
PASTES = Path("pastes")
PASTES.mkdir(exist_ok=True)


@app.put("/{name}", status_code=201)
async def paste(name: str, request: Request):
    path = PASTES / name
    if path.exists():
        raise HTTPException(409, "this name is taken")
    path.write_bytes(await request.body())
    return {"url": f"/{name}"}


@app.get("/{name}", response_class=PlainTextResponse)
async def show(name: str):
    return (PASTES / name).read_text()
