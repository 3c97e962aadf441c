"""Imported by the process that warm workers are forked from: what they would each import.

Only libraries that start no thread and open nothing when they are imported; of those, the ones
that the app imports.
"""

import os
from pathlib import Path

from workerlab.servers.libraries import import_libraries

SERVING = ("uvicorn.server", "uvicorn.lifespan.on", "uvicorn.loops.auto", "uvicorn.logging")
PROTOCOLS = ("uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto", "uvloop")
KNOWN = frozenset({
    *("fastapi", "starlette", "pydantic", "anyio", "httpx", "asyncio", "multiprocessing"),
    *("redis", "aiocache", "aiomcache", "asyncpg", "asyncmy", "aiosqlite", "psycopg", "tortoise"),
})  # fmt: skip


def preload() -> None:
    """What fails here fails again in a worker, and is reported there."""
    target = os.environ.get("WORKERLAB_APP", "")
    app = Path(target) if target.endswith(".py") else None
    import_libraries(app, also=(*SERVING, *PROTOCOLS), only=KNOWN)
    if agent := os.environ.get("WORKERLAB_AGENT"):
        import_libraries(None, also=(agent,))


preload()
