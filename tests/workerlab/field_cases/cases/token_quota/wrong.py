"""A budget of tokens for each user.

Cut from https://github.com/zouharvi/last-translation-benchmark/issues/118 (2026-05-28): what is
used is read at first, and written at the end.
"""

import aiosqlite
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
BUDGET = 10


class Prompt(BaseModel):
    tokens: int = Field(ge=1, le=10, examples=[6])


async def connected():
    db = await aiosqlite.connect("usage.db", timeout=10, isolation_level=None)
    await db.execute("CREATE TABLE IF NOT EXISTS used (user TEXT PRIMARY KEY, n INTEGER)")
    return db


@app.post("/users/{user}/prompts")
async def ask(user: str, prompt: Prompt):
    db = await connected()
    try:
        rows = await db.execute_fetchall("SELECT n FROM used WHERE user = ?", (user,))
        used = next(iter(rows), (0,))[0]
        if used + prompt.tokens > BUDGET:
            raise HTTPException(402, "the budget is used up")
        await db.execute("INSERT OR REPLACE INTO used VALUES (?, ?)", (user, used + prompt.tokens))
    finally:
        await db.close()
    return {"answer": "…"}


@app.get("/users/{user}/usage")
async def usage(user: str):
    db = await connected()
    rows = await db.execute_fetchall("SELECT n FROM used WHERE user = ?", (user,))
    await db.close()
    return {"used": next(iter(rows), (0,))[0]}
