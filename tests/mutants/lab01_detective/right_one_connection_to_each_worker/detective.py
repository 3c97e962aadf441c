"""Finds one connection to each worker, keeps it, and asks whom it likes."""

import asyncio
from contextlib import AsyncExitStack

import httpx

COPIES = "one copy per worker"
SHARED = "one shared object"
LOSES = "shared, but loses updates"
PARTIAL = "reset reaches one worker"
CANNOT_TELL = "cannot tell: one worker"


async def meet(url: str, leaving: AsyncExitStack) -> list[httpx.AsyncClient]:
    """One client for each worker, found among forty."""
    met: dict[int, httpx.AsyncClient] = {}
    for _ in range(40):
        one = await leaving.enter_async_context(httpx.AsyncClient(base_url=url))
        pid = (await one.get("/report")).json()["pid"]
        met.setdefault(pid, one)
    return [*met.values()]


async def diagnose(client: httpx.AsyncClient, url: str) -> str:
    async with AsyncExitStack() as leaving:
        workers = await meet(url, leaving)
        if len(workers) == 1:
            return CANNOT_TELL

        async def everybody(method: str, path: str) -> list[int]:
            answers = await asyncio.gather(*[one.request(method, path) for one in workers])
            return [answer.json()["count"] for answer in answers]

        await workers[0].post("/increment")
        if await everybody("GET", "/report") != [1] * len(workers):
            return COPIES
        for _ in range(20):
            await everybody("POST", "/increment")
        if await everybody("GET", "/report") != [1 + 20 * len(workers)] * len(workers):
            return LOSES
        await workers[0].post("/reset")
        return PARTIAL if any(await everybody("GET", "/report")) else SHARED
