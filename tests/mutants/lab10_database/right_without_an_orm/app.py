"""No ORM: one statement for each request, over asyncpg or over sqlite3."""

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager, closing

import asyncpg
from fastapi import FastAPI

URL = os.environ["DATABASE_URL"]
TOO_LATE = (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError)
TABLE = "CREATE TABLE IF NOT EXISTS counts (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)"
ADD = """INSERT INTO counts VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET n = counts.n + 1 RETURNING n"""
LOOK = "SELECT n FROM counts WHERE id = 1"
CLEAR = """INSERT INTO counts VALUES (1, 0)
ON CONFLICT (id) DO UPDATE SET n = 0 RETURNING n"""


class OnPostgres:
    async def open(self):
        self.pool = await asyncpg.create_pool(URL, min_size=1, max_size=4)
        while True:
            try:
                return await self.pool.execute(TABLE)
            except TOO_LATE:
                pass

    async def ask(self, statement):
        return await self.pool.fetchval(statement)

    async def close(self):
        await self.pool.close()


class OnSQLite:
    async def open(self):
        await self.ask(TABLE)

    async def ask(self, statement):
        return await asyncio.to_thread(self._ask, statement)

    def _ask(self, statement):
        path = URL.removeprefix("sqlite://")
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as base:
            rows = base.execute(statement).fetchall()
        return rows[0][0] if rows else None

    async def close(self):
        pass


store = OnPostgres() if URL.startswith("postgres") else OnSQLite()


@asynccontextmanager
async def lifespan(app):
    await store.open()
    yield
    await store.close()


app = FastAPI(lifespan=lifespan)


@app.post("/increment")
async def increment():
    return {"count": await store.ask(ADD)}


@app.get("/report")
async def report():
    return {"count": await store.ask(LOOK) or 0}


@app.post("/reset")
async def reset():
    return {"count": await store.ask(CLEAR)}
