"""Texts that a model writes, for credits.

Cut from https://github.com/Muneerali199/Draftdeckai/issues/477 (2026-05-13): credits are looked at before
the text is written, and taken afterwards. Here a credit is taken first, if there is one.
"""

import asyncio
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with aiosqlite.connect("credits.db", timeout=10) as app.state.db:
        await app.state.db.execute("CREATE TABLE IF NOT EXISTS users (name UNIQUE, credits)")
        await app.state.db.execute("INSERT OR IGNORE INTO users VALUES ('ada', 1)")
        await app.state.db.commit()
        yield


app = FastAPI(lifespan=lifespan)


async def credits_of(name: str) -> int:
    query = "SELECT credits FROM users WHERE name = ?"
    async with app.state.db.execute(query, (name,)) as rows:
        return (await rows.fetchone())[0]


async def write(topic: str) -> str:
    await asyncio.sleep(0.02)
    return f"All about {topic}."


@app.post("/generate/{name}")
async def generate(name: str, topic: str = "tea"):
    take = "UPDATE users SET credits = credits - 1 WHERE name = ? AND credits > 0"
    taken = (await app.state.db.execute(take, (name,))).rowcount
    await app.state.db.commit()
    if not taken:
        raise HTTPException(402, "no credits are left")
    text = await write(topic)
    return {"text": text}


@app.get("/credits/{name}")
async def show(name: str):
    return {"credits": await credits_of(name)}
