"""Asks until sixty answers in a row have brought no new worker."""

import asyncio

import httpx

COPIES = "one copy per worker"
SHARED = "one shared object"
LOSES = "shared, but loses updates"
PARTIAL = "reset reaches one worker"
CANNOT_TELL = "cannot tell: one worker"


async def ask(client: httpx.AsyncClient, method: str, url: str) -> tuple[int, int]:
    """The pid and the count of one answer, over a new connection."""
    answer = await client.request(method, url, headers={"Connection": "close"})
    return answer.json()["pid"], answer.json()["count"]


async def many(client: httpx.AsyncClient, method: str, url: str, n: int) -> list[tuple[int, int]]:
    return await asyncio.gather(*[ask(client, method, url) for _ in range(n)])


async def everybody(client: httpx.AsyncClient, url: str) -> dict[int, int]:
    seen: dict[int, int] = {}
    nobody_new = 0
    while nobody_new < 60:
        pid, count = await ask(client, "GET", f"{url}/report")
        nobody_new = 0 if pid not in seen else nobody_new + 1
        seen[pid] = count
    return seen


async def diagnose(client: httpx.AsyncClient, url: str) -> str:
    before = await everybody(client, url)
    if len(before) == 1:
        return CANNOT_TELL
    await many(client, "POST", f"{url}/increment", 61)
    after = await everybody(client, url)
    if len(set(after.values())) > 1:
        return COPIES
    if next(iter(after.values())) - next(iter(before.values())) < 61:
        return LOSES
    await ask(client, "POST", f"{url}/reset")
    return PARTIAL if any((await everybody(client, url)).values()) else SHARED
