"""Counts once to see whether anybody is there, and forgets that one."""

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


async def diagnose(client: httpx.AsyncClient, url: str) -> str:
    await ask(client, "POST", f"{url}/increment")
    await many(client, "POST", f"{url}/increment", 101)
    reports = dict(await many(client, "GET", f"{url}/report", 100))
    if len(reports) == 1:
        return CANNOT_TELL
    if len(set(reports.values())) > 1:
        return COPIES
    if set(reports.values()) != {101}:
        return LOSES
    await ask(client, "POST", f"{url}/reset")
    after = dict(await many(client, "GET", f"{url}/report", 100))
    return PARTIAL if any(after.values()) else SHARED
