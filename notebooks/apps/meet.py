"""Who can be inside at the same time? Each request waits until a second one has come in."""

import asyncio
import os
import threading

from fastapi import FastAPI

app = FastAPI()
tasks = asyncio.Barrier(2)
threads = threading.Barrier(2)
blocking = threading.Barrier(2)


def said(met: bool) -> dict[str, int | bool]:
    return {"met": met, "pid": os.getpid(), "thread": threading.get_ident()}


def come_together(barrier: threading.Barrier, patience: float) -> bool:
    try:
        barrier.wait(patience)  # seconds
    except threading.BrokenBarrierError:
        return False
    return True


@app.get("/await")
async def with_await(patience: float = 15) -> dict[str, int | bool]:
    async with asyncio.timeout(patience):
        await tasks.wait()
    return said(met=True)


@app.get("/def")
def in_a_thread(patience: float = 15) -> dict[str, int | bool]:
    return said(come_together(threads, patience))


@app.get("/async")
async def without_await(patience: float = 15) -> dict[str, int | bool]:
    return said(come_together(blocking, patience))
