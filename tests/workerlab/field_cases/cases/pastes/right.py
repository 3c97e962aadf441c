"""Texts under names that people choose, first come, first served.

Cut from https://github.com/orhun/rustypaste/issues/609 (2026-08-14): whether the name is free and
writing under it are two steps. Opening with "x" makes the file, or fails.
"""

from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse

app = FastAPI()
PASTES = Path("pastes")
PASTES.mkdir(exist_ok=True)


@app.put("/{name}", status_code=201)
async def paste(name: str, request: Request):
    text = await request.body()
    try:
        with open(PASTES / name, "xb") as file:
            file.write(text)
    except FileExistsError:
        raise HTTPException(409, "this name is taken") from None
    return {"url": f"/{name}"}


@app.get("/{name}", response_class=PlainTextResponse)
async def show(name: str):
    return (PASTES / name).read_text()
