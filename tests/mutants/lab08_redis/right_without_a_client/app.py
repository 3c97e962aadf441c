"""No client library: the protocol of Redis, spoken over a socket of its own."""

import asyncio
import os
from urllib.parse import urlsplit

from fastapi import FastAPI

url = urlsplit(os.environ["REDIS_URL"])
app = FastAPI()


async def ask(command: str) -> str:
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    try:
        writer.write(f"SELECT {url.path.strip('/') or 0}\r\n{command}\r\n".encode())
        await reader.readline()
        answer = (await reader.readline()).decode().strip()
        return (await reader.readline()).decode().strip() if answer.startswith("$") else answer
    finally:
        writer.close()


@app.post("/increment")
async def increment() -> dict[str, int]:
    return {"count": int((await ask("INCR count")).lstrip(":"))}


@app.get("/report")
async def report() -> dict[str, int]:
    return {"count": int((await ask("INCRBY count 0")).lstrip(":"))}


@app.post("/reset")
async def reset() -> dict[str, int]:
    await ask("SET count 0")
    return {"count": 0}
