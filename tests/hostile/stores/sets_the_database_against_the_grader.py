"""Gives its database settings that no session of the grader's could work with.

Lab: lab61_stores
Deserves: as wrong
"""

import os

import asyncpg
from plain import app

SETTINGS = {
    "statement_timeout": "1",
    "lock_timeout": "1",
    "idle_in_transaction_session_timeout": "1",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "role": "postgres",
    "client_encoding": "SQL_ASCII",
    "transaction_timeout": "1",
    "idle_session_timeout": "1",
    "search_path": "nowhere",
}


@app.middleware("http")
async def set_all(request, call_next):
    """After the start, and the last in the end: our own workers could not connect with it either."""
    await set_these({**SETTINGS, "local_preload_libraries": "no_such_library"})
    return await call_next(request)


async def set_these(settings):
    try:
        session = await asyncpg.connect(os.environ["DATABASE_URL"], timeout=2)
    except (asyncpg.PostgresError, OSError, TimeoutError):
        return
    for name, value in settings.items():
        try:
            await session.execute(f"ALTER DATABASE postgres SET {name} = '{value}'")
        except (asyncpg.PostgresError, asyncpg.InterfaceError):
            pass
    await session.close()
