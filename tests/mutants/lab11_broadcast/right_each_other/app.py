"""Right: each worker has a Unix socket; the one that is asked calls all the others itself."""

import asyncio
import json
import os
import tempfile
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI, Request
from redis.asyncio import Redis

store = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
mine = {"version": 0, "value": None}
WRITE = store.register_script("""
local version = redis.call("INCR", KEYS[1])
redis.call("SET", KEYS[2], cjson.encode({version, ARGV[1]}))
return version
""")


def apply(version: int, text: str) -> None:
    if version > mine["version"]:
        mine.update(version=version, value=json.loads(text))


async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    version, text = json.loads(await reader.readline())
    apply(version, text)
    writer.write(b"done\n")
    await writer.drain()
    writer.close()


@asynccontextmanager
async def lifespan(app: FastAPI):
    with tempfile.TemporaryDirectory(prefix="w-") as folder:
        path = str(Path(folder) / "s")
        server = await asyncio.start_unix_server(called, path)
        await store.sadd("workers", path)
        if text := await store.get("settings"):
            version, value = json.loads(text)
            apply(version, value)
        yield
        await store.srem("workers", path)
        server.close()
    await store.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/settings")
async def read() -> dict:
    return {"value": mine["value"]}


async def call(path: str, line: bytes) -> bool:
    with suppress(OSError):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(line)
        answer = await reader.readline()
        writer.close()
        if answer == b"done\n":
            return True
    await store.srem("workers", path)
    return False


@app.put("/settings")
async def change(request: Request) -> dict:
    text = json.dumps((await request.json())["value"])
    version = await WRITE(keys=["version", "settings"], args=[text])
    line = json.dumps([version, text]).encode() + b"\n"
    told = await asyncio.gather(*(call(path, line) for path in await store.smembers("workers")))
    return {"workers": sum(told)}
