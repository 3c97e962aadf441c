"""What warm workers would each import, and the process that they are forked from imports once.

Only libraries that start no thread and open nothing when they are imported; of those, the ones
that the app imports.
"""

import os
from pathlib import Path

from workerlab.servers.libraries import import_libraries

SERVING = ("uvicorn.server", "uvicorn.lifespan.on", "uvicorn.loops.auto", "uvicorn.logging")
PROTOCOLS = ("uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto", "uvloop")
LOOPS = ("uvicorn.loops.uvloop",)
KNOWN = frozenset({
    *("fastapi", "starlette", "pydantic", "anyio", "httpx", "asyncio", "multiprocessing"),
    *("redis", "aiocache", "aiomcache", "asyncpg", "asyncmy", "aiosqlite", "psycopg", "tortoise"),
    *("sqlalchemy", "sqlmodel"),
})  # fmt: skip


def app_file() -> Path | None:
    """The app's file; None for one that is named as a module."""
    target = os.environ.get("WORKERLAB_APP", "")
    return Path(target) if target.endswith(".py") else None


def preload() -> None:
    """What fails here fails again in a worker, and is reported there."""
    import_libraries(app_file(), also=(*SERVING, *PROTOCOLS, *LOOPS), only=KNOWN)
    if agent := os.environ.get("WORKERLAB_AGENT"):
        import_libraries(None, also=(agent,))
