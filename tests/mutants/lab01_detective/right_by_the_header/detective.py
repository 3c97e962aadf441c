"""Knows the workers by the header x-worker-pid, and asks two hundred at once."""

import asyncio

import httpx

COPIES = "one copy per worker"
SHARED = "one shared object"
LOSES = "shared, but loses updates"
PARTIAL = "reset reaches one worker"
CANNOT_TELL = "cannot tell: one worker"


async def diagnose(client: httpx.AsyncClient, url: str) -> str:
    async with httpx.AsyncClient(
        base_url=url,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
    ) as crowd:
        await asyncio.gather(*[crowd.post("/increment") for _ in range(151)])
        before = await asyncio.gather(*[crowd.get("/report") for _ in range(150)])
        await crowd.post("/reset")
        after = await asyncio.gather(*[crowd.get("/report") for _ in range(150)])
    told: dict[str, tuple[int, int]] = {}
    for first in before:
        pid = first.headers["x-worker-pid"]
        told[pid] = (first.json()["count"], 0)
    for second in after:
        pid = second.headers["x-worker-pid"]
        told[pid] = (told.get(pid, (first.json()["count"], 0))[0], second.json()["count"])
    counts, rests = zip(*told.values(), strict=True)
    if len(told) == 1:
        return CANNOT_TELL
    if len(set(counts)) > 1:
        return COPIES
    if counts[0] < 151:
        return LOSES
    return PARTIAL if any(rests) else SHARED
